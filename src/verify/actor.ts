// Who attacks. Actors are impersonated, so one administrator's kubeconfig serves for all of them on any cluster.
import type { KubeConfig } from '@kubernetes/client-node';
import { Credentials } from '../kube/credentials.ts';

/** An identity as the API server would authenticate it. Without a user: the one of the kubeconfig. */
export interface Actor {
  user?: string;
  groups?: string[];
}

export const person = (user: string): Actor => ({ user, groups: ['system:authenticated'] });
export const serviceAccount = (namespace: string, name: string): Actor => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
export const controller = (name: string): Actor => serviceAccount('kube-system', name);

export interface Request {
  method: 'POST' | 'PATCH' | 'DELETE' | 'GET' | 'PUT';
  /** From `/api` or `/apis` on. */
  path: string;
  body?: object;
  /** How a PATCH is meant. Absent: a list is a JSON Patch, anything else a merge patch. */
  patch?: 'apply' | 'strategic';
}

export interface Answer {
  status: number;
  message: string;
  /** What the API server remarks beside its answer. */
  warnings: string[];
  body: unknown;
}

export class Impersonator {
  readonly #credentials: Credentials;

  constructor(kubeConfig: KubeConfig) {
    this.#credentials = new Credentials(kubeConfig);
  }

  /** Never throws for an answer of the API server. With `dryRun` admission decides and nothing is stored. */
  async send(actor: Actor, request: Request, { dryRun }: { dryRun: boolean }): Promise<Answer> {
    const access = await this.#credentials.current();
    const { method, path, body } = request;
    const parameters = [...(dryRun ? ['dryRun=All'] : []), ...(request.patch === 'apply' ? ['fieldManager=attempt', 'force=true'] : [])];
    const query = parameters.length > 0 ? `${path.includes('?') ? '&' : '?'}${parameters.join('&')}` : '';
    const response = await access.requests.request({
      origin: access.origin,
      path: access.basePath + path + query,
      method,
      headers: {
        ...access.headers,
        accept: 'application/json',
        ...(actor.user && { 'impersonate-user': actor.user, 'impersonate-group': actor.groups ?? [] }),
        ...(body && { 'content-type': contentType(request) }),
      },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.body.text();
    const parsed = parse(text);
    return {
      status: response.statusCode,
      message: messageOf(parsed) ?? text,
      warnings: warningsIn(response.headers.warning),
      body: parsed,
    };
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }
}

function contentType({ method, body, patch }: Request): string {
  if (method !== 'PATCH') return 'application/json';
  if (patch === 'apply') return 'application/apply-patch+yaml'; // JSON is YAML
  if (patch === 'strategic') return 'application/strategic-merge-patch+json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const warningsIn = (header: string | string[] = []): string[] =>
  [
    ...[header]
      .flat()
      .join(', ')
      .matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g),
  ].map(([, text = '']) => text);

const messageOf = (body: unknown) =>
  typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string' ? body.message : undefined;

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
}

export interface Answer {
  status: number;
  message: string;
  body: unknown;
}

export class Impersonator {
  readonly #credentials: Credentials;

  constructor(kubeConfig: KubeConfig) {
    this.#credentials = new Credentials(kubeConfig);
  }

  /** Never throws for an answer of the API server. With `dryRun` admission decides and nothing is stored. */
  async send(actor: Actor, { method, path, body }: Request, { dryRun }: { dryRun: boolean }): Promise<Answer> {
    const access = await this.#credentials.current();
    const query = dryRun ? `${path.includes('?') ? '&' : '?'}dryRun=All` : '';
    const response = await access.requests.request({
      origin: access.origin,
      path: access.basePath + path + query,
      method,
      headers: {
        ...access.headers,
        accept: 'application/json',
        ...(actor.user && { 'impersonate-user': actor.user, 'impersonate-group': actor.groups ?? [] }),
        ...(body && { 'content-type': contentType(method, body) }),
      },
      body: body ? JSON.stringify(body) : null,
    });
    const text = await response.body.text();
    const parsed = parse(text);
    return { status: response.statusCode, message: messageOf(parsed) ?? text, body: parsed };
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }
}

/** A patch that is a list is a list of JSON Patch operations. */
const contentType = (method: Request['method'], body: object) =>
  method !== 'PATCH' ? 'application/json' : Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const messageOf = (body: unknown) =>
  typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string' ? body.message : undefined;

// The verbs of the API, typed by kind: paths, field manager, strict validation, paging, watch streams. Every write passes the gate first.

import { ApiError, isNotFound } from './errors.ts';
import type { Kind } from './kind.ts';
import type { KubeObject, Stored } from './object.ts';
import type { Transport } from './transport.ts';

export interface Where {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
}

export interface Page<T extends KubeObject> {
  metadata: { resourceVersion: string; continue?: string };
  items: Stored<T>[];
}

export type WatchEvent<T extends KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: Stored<T> }
  | { type: 'ERROR'; object: { code?: number; reason?: string; message?: string } };

export const patchTypes = { apply: 'application/apply-patch+yaml', merge: 'application/merge-patch+json' } as const;

export interface Patch {
  type: keyof typeof patchTypes;
  subresource?: 'status';
  body: object;
}

/** Throws when this process must not write (any more). */
export type WriteGate = () => void;

const pageSize = '500';

export class Client {
  readonly transport: Transport;
  readonly #fieldManager: string;
  readonly #gate: WriteGate;

  constructor(transport: Transport, { fieldManager, gate }: { fieldManager: string; gate: WriteGate }) {
    this.transport = transport;
    this.#fieldManager = fieldManager;
    this.#gate = gate;
  }

  async get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<Stored<T> | undefined> {
    try {
      return await this.transport.request<Stored<T>>({ method: 'GET', path: pathOf(kind, namespace, name) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Everything, from etcd, page by page; starts again when the snapshot expires between pages. */
  async list<T extends KubeObject>(kind: Kind<T>, where: Where = {}): Promise<Stored<T>[]> {
    const items: Stored<T>[] = [];
    let token: string | undefined;
    do {
      try {
        const page = await this.page(kind, where, token);
        items.push(...page.items);
        token = page.metadata.continue || undefined;
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 410 && token)) throw error;
        items.length = 0;
        token = undefined;
      }
    } while (token);
    return items;
  }

  async page<T extends KubeObject>(kind: Kind<T>, where: Where, token?: string, signal?: AbortSignal): Promise<Page<T>> {
    const page = await this.transport.request<Page<T>>({
      method: 'GET',
      path: pathOf(kind, where.namespace),
      query: { labelSelector: where.labelSelector, limit: pageSize, continue: token },
      signal,
    });
    for (const item of page.items) Object.assign(item, { apiVersion: kind.apiVersion, kind: kind.kind }); // lists leave it out
    return page;
  }

  async *watch<T extends KubeObject>(
    kind: Kind<T>,
    where: Where,
    query: Record<string, string>,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ): AsyncGenerator<WatchEvent<T>> {
    const body = await this.transport.stream({
      method: 'GET',
      path: pathOf(kind, where.namespace),
      query: { labelSelector: where.labelSelector, watch: 'true', allowWatchBookmarks: 'true', ...query },
      timeoutMs,
      signal,
    });
    for await (const line of lines(body)) yield JSON.parse(line) as WatchEvent<T>;
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T, { dryRun = false } = {}): Promise<Stored<T>> {
    this.#gate();
    return this.transport.request({
      method: 'POST',
      path: pathOf(kind, object.metadata.namespace),
      query: { fieldManager: this.#fieldManager, fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined },
      body: object,
    });
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    { name, namespace }: { name: string; namespace?: string | undefined },
    patch: Patch,
  ): Promise<Stored<T>> {
    this.#gate();
    return this.transport.request({
      method: 'PATCH',
      path: pathOf(kind, namespace, name) + (patch.subresource ? `/${patch.subresource}` : ''),
      query: { fieldManager: this.#fieldManager, fieldValidation: 'Strict', force: patch.type === 'apply' ? 'true' : undefined },
      contentType: patchTypes[patch.type],
      body: patch.body,
    });
  }

  /** A missing or replaced object is fine: what was meant is gone. */
  async delete<T extends KubeObject>(
    kind: Kind<T>,
    object: Stored<T>,
    options: { gracePeriodSeconds?: number; propagation?: string } = {},
  ): Promise<void> {
    this.#gate();
    const { name, namespace, uid } = object.metadata;
    try {
      await this.transport.request({
        method: 'DELETE',
        path: pathOf(kind, namespace, name),
        body: {
          preconditions: { uid },
          propagationPolicy: options.propagation ?? 'Background',
          gracePeriodSeconds: options.gracePeriodSeconds,
        },
      });
    } catch (error) {
      if (!(isNotFound(error) || (error instanceof ApiError && error.code === 409))) throw error;
    }
  }
}

/** URL path of a kind, or of one object. Names are encoded: RBAC names may hold `:` and upper case. */
export function pathOf(kind: Kind<KubeObject>, namespace?: string, name?: string): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

async function* lines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line) yield line;
  }
}

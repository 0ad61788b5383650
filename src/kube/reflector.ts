// Keeps a store equal to the API server, for ever: does what its Reflection asks, waits between failures, and never stops by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.ts';
import type { Client, Where } from './client.ts';
import { ApiError } from './errors.ts';
import type { Kind } from './kind.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';
import { type Mirror, Reflection } from './reflection.ts';
import { everywhere, type Store } from './store.ts';

/** The server ends a watch after a random time in this range, so that the watches of many clients do not end together. */
const watchSeconds = { least: 300, most: 600 };
const graceMs = 15_000;
/** A watch that ended sooner, without an event, counts as a failure: else a broken proxy would make this a busy loop. */
const shortMs = 1000;

export class Reflector<T extends KubeObject> {
  /** Resolves when the store holds the full state for the first time. */
  readonly synced: Promise<void>;
  readonly #client: Client;
  readonly #kind: Kind<T>;
  readonly #where: Where;
  readonly #logger: Logger;
  readonly #reflection: Reflection<T>;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(client: Client, kind: Kind<T>, where: Where, store: Store<T>, logger: Logger) {
    this.#client = client;
    this.#kind = kind;
    this.#where = where;
    this.#logger = logger.child({ reflector: kind.plural, ...(where.namespace && { namespace: where.namespace }) });
    const scope = where.namespace ?? everywhere;
    let onSynced = () => {};
    this.synced = new Promise((resolve) => {
      onSynced = resolve;
    });
    const mirror: Mirror<T> = {
      replace: (objects, version) => {
        store.replace(objects, version, scope);
        onSynced();
      },
      receive: (object) => store.receive(object, scope),
      remove: (object) => store.remove(object, scope),
      advance: (version) => store.advance(version, scope),
    };
    this.#reflection = new Reflection(mirror);
  }

  start(): void {
    this.#running ??= this.#run(this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#reflection.failed(error instanceof ApiError ? error.code : undefined);
        const waitMs = backoff.failed(performance.now());
        this.#logger.info({ err: error, waitMs: Math.round(waitMs) }, 'the watch was interrupted and will be resumed');
        await delay(waitMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const ask = this.#reflection.next();
    if (ask.do === 'list') return this.#reflection.page(await this.#client.page(this.#kind, this.#where, ask.page, signal));
    const timeoutSeconds = Math.round(watchSeconds.least + Math.random() * (watchSeconds.most - watchSeconds.least));
    const query = {
      timeoutSeconds: String(timeoutSeconds),
      ...(ask.do === 'watch'
        ? { resourceVersion: ask.resourceVersion }
        : { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }),
    };
    const started = performance.now();
    let events = 0;
    for await (const event of this.#client.watch(this.#kind, this.#where, query, { timeoutMs: timeoutSeconds * 1000 + graceMs, signal })) {
      if (event.type === 'ERROR') {
        const { code = 500, reason = 'Unknown', message = 'the watch failed' } = event.object;
        throw new ApiError(code, reason, message);
      }
      this.#reflection.event(event);
      events++;
    }
    if (events === 0 && performance.now() - started < shortMs) throw new Error('the watch ended at once');
  }
}

// Runs one controller: changes of the cache become keys, keys become reconciliations by a few workers, and what they throw becomes a
// retry, a condition and a log line.
import { type ApiError, isConflict, isNamespaceTerminating, isTransient, ReconcileError } from './errors.ts';
import type { Kind } from './kind.ts';
import type { Controller } from './kube.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { KubeObject } from './object.ts';
import type { Store } from './store.ts';
import { WorkQueue } from './workqueue.ts';

export interface ControllerOptions {
  storeOf: (kind: Kind<KubeObject>) => Store<KubeObject>;
  logger: Logger;
  metrics: Metrics;
  /** Reconciliations at once. */
  workers: number;
}

/** Failures of one key in a row before an unexpected error shows in its status: most pass by themselves. */
const patience = 3;

export class RunningController {
  readonly #spec: Controller;
  readonly #queue: WorkQueue;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #workers: Promise<void>[];
  readonly #unsubscribe: (() => void)[];

  constructor(spec: Controller, { storeOf, logger, metrics, workers }: ControllerOptions) {
    this.#spec = spec;
    this.#queue = new WorkQueue(spec.name, metrics);
    this.#logger = logger.child({ controller: spec.name });
    this.#metrics = metrics;
    metrics.maxWorkers.set({ controller: spec.name }, workers);
    this.#unsubscribe = spec.watches.map(({ kind, enqueue, changed }) => {
      const store = storeOf(kind);
      for (const object of store.list()) for (const key of enqueue(object)) this.#queue.add(key, 'low');
      return store.subscribe(({ before, after, initial }) => {
        if (before && after && changed && !changed(before, after)) return;
        const keys = new Set([before, after].flatMap((object) => (object ? enqueue(object) : [])));
        for (const key of keys) this.#queue.add(key, initial ? 'low' : 'normal');
      });
    });
    this.#workers = Array.from({ length: workers }, () => this.#work());
  }

  /** Waits for what is in progress; starts nothing more. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#queue.shutDown();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const controller = this.#spec.name;
      const finish = this.#metrics.reconcileSeconds.startTimer({ controller });
      this.#metrics.activeWorkers.inc({ controller });
      const result = await this.#reconcile(key);
      this.#metrics.reconciles.inc({ controller, result });
      this.#metrics.activeWorkers.dec({ controller });
      finish();
      this.#queue.done(key);
    }
  }

  async #reconcile(key: string): Promise<'success' | 'requeue_after' | 'requeue' | 'error'> {
    try {
      const { requeueAt } = await this.#spec.reconcile(key);
      this.#queue.forget(key);
      if (!requeueAt) return 'success';
      this.#queue.addAfter(key, requeueAt.getTime() - Date.now());
      return 'requeue_after';
    } catch (error) {
      if (isConflict(error) || isNamespaceTerminating(error)) return this.#later(key, error);
      await this.#failed(key, error);
      return 'error';
    }
  }

  /** Ordinary races: look again with newer eyes. */
  #later(key: string, { reason }: ApiError): 'requeue' {
    this.#logger.debug({ object: key, reason }, 'will look again');
    this.#queue.addRateLimited(key);
    return 'requeue';
  }

  async #failed(key: string, error: unknown): Promise<void> {
    const expected = error instanceof ReconcileError;
    if (expected && !error.retry) this.#queue.forget(key);
    else this.#queue.addRateLimited(key);
    this.#metrics.reconcileErrors.inc({ controller: this.#spec.name });
    const isOurs = !expected && !isTransient(error);
    this.#logger[isOurs ? 'error' : 'info']({ object: key, err: error, failures: this.#queue.failures(key) }, 'reconciliation failed');
    if (!expected && (!isOurs || this.#queue.failures(key) < patience)) return;
    const { reason, message } = expected ? error : { reason: 'InternalError', message: 'the operator failed; its log has the details' };
    try {
      await this.#spec.onError?.(key, { reason, message });
    } catch (cause) {
      this.#logger.info({ object: key, err: cause }, 'the failure could not be written to the status');
    }
  }
}

// Leader election on a Lease, with client-go's times: 15 s lease, 10 s to renew it, a try every 2 s. Trusts no clock but its own monotonic one:
// a lease has expired when its record has not changed for 15 s as seen from here.
//
//   follow ──expired or free──> PUT ──ok──> lead (renew every 2 s) ──not renewed for 10 s, or taken──> lost: the process must exit
import { setTimeout as delay } from 'node:timers/promises';
import { pathOf } from './client.ts';
import { ApiError, ConnectionError, isAlreadyExists, isConflict, isNotFound, NotLeading } from './errors.ts';
import type { Lease } from './kind.ts';
import { Leases } from './kind.ts';
import type { Logger } from './log.ts';
import type { Stored } from './object.ts';
import type { Transport } from './transport.ts';

const leaseMs = 15_000;
const renewMs = 10_000;
const retryMs = 2_000;
const jitter = 1.2;
const requestMs = 5_000;

export interface LeaseOptions {
  namespace: string;
  name: string;
  /** Unique per process; shown as the holder. */
  identity: string;
}

export class LeaderElection {
  readonly #transport: Transport;
  readonly #options: LeaseOptions;
  readonly #logger: Logger;
  readonly #path: string;
  #record: Stored<Lease> | undefined;
  /** Monotonic time at which the record was first seen as it is. */
  #recordSince = 0;
  /** Monotonic time after which nothing may be written. */
  #deadline = Number.NEGATIVE_INFINITY;

  constructor(transport: Transport, options: LeaseOptions, logger: Logger) {
    this.#transport = transport;
    this.#options = options;
    this.#logger = logger.child({ lease: `${options.namespace}/${options.name}`, identity: options.identity });
    this.#path = pathOf(Leases, options.namespace);
  }

  get isLeading(): boolean {
    return performance.now() < this.#deadline;
  }

  /** Every write passes here first, because a blocked event loop may wake up long after the lease was lost.
   * @throws NotLeading */
  readonly gate = (): void => {
    if (!this.isLeading) throw new NotLeading('this process does not hold the Lease, so it must not write');
  };

  /** Waits until this process leads. */
  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (await this.#try()) {
        this.#logger.info('became the leader');
        return;
      }
      await delay(retryMs * (1 + Math.random() * (jitter - 1)), undefined, { signal });
    }
  }

  /** Keeps the lease until the signal aborts.
   * @throws NotLeading when the lease is lost: what this process believes may be outdated, so it must end */
  async hold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(retryMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      if (!(await this.#try()) && (!this.isLeading || this.#isHeldByOther())) {
        this.#deadline = Number.NEGATIVE_INFINITY;
        throw new NotLeading('the Lease was lost');
      }
    }
  }

  /** Lets the next process lead at once. Call when nothing of this process writes any more. */
  async release(): Promise<void> {
    if (!this.isLeading || !this.#record) return;
    this.#deadline = Number.NEGATIVE_INFINITY;
    const spec = { ...this.#record.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() };
    await this.#put({ ...this.#record, spec }).catch((error) => this.#logger.warn({ err: error }, 'the Lease was not released'));
  }

  /** One attempt to get or renew the lease; true when it is ours. */
  async #try(): Promise<boolean> {
    const now = performance.now();
    try {
      if (!this.isLeading || !this.#record) this.#see(await this.#read());
      const record = this.#record;
      const holder = record?.spec?.holderIdentity;
      const validMs = Math.min((record?.spec?.leaseDurationSeconds ?? 0) * 1000, leaseMs);
      if (holder && holder !== this.#options.identity && now < this.#recordSince + validMs) return false;
      this.#see(record ? await this.#put(this.#renewed(record)) : await this.#create());
      this.#deadline = now + renewMs; // from before the request: the server may have counted from then
      return true;
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof ConnectionError)) throw error;
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) this.#see(await this.#read().catch(() => this.#record));
      this.#logger.info({ err: error }, 'the Lease was not renewed');
      return false;
    }
  }

  #isHeldByOther(): boolean {
    return this.#record?.spec?.holderIdentity !== this.#options.identity;
  }

  #see(record: Stored<Lease> | undefined): void {
    if (record?.metadata.resourceVersion !== this.#record?.metadata.resourceVersion) this.#recordSince = performance.now();
    this.#record = record;
  }

  #renewed(record: Stored<Lease>): Stored<Lease> {
    const { identity } = this.#options;
    const before = record.spec;
    const same = before?.holderIdentity === identity;
    const spec = {
      ...before,
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1000,
      renewTime: microTime(),
      acquireTime: same ? before?.acquireTime : microTime(),
      leaseTransitions: (before?.leaseTransitions ?? 0) + (same ? 0 : 1),
    };
    return { ...record, spec };
  }

  async #read(): Promise<Stored<Lease> | undefined> {
    try {
      return await this.#transport.request({ method: 'GET', path: `${this.#path}/${this.#options.name}`, timeoutMs: requestMs });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #create(): Promise<Stored<Lease>> {
    const { name, namespace, identity } = this.#options;
    const now = microTime();
    const spec = { holderIdentity: identity, leaseDurationSeconds: leaseMs / 1000, acquireTime: now, renewTime: now, leaseTransitions: 0 };
    const body = { apiVersion: Leases.apiVersion, kind: Leases.kind, metadata: { name, namespace }, spec };
    return this.#transport.request({ method: 'POST', path: this.#path, body, timeoutMs: requestMs });
  }

  /** With the resourceVersion of the record: of two candidates one gets a conflict. */
  #put(record: Stored<Lease>): Promise<Stored<Lease>> {
    return this.#transport.request({ method: 'PUT', path: `${this.#path}/${this.#options.name}`, body: record, timeoutMs: requestMs });
  }
}

/** Now, as metav1.MicroTime wants it: six digits. */
export const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

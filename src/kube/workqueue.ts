// Work to do, by key: each key waits at most once and is worked on by at most one worker, however often it is added. Port of client-go's
// semantics:   add -> waiting -> get -> processing -> done;   an add while processing makes the key wait again at done.
import type { Metrics } from './metrics.ts';

const firstRetryMs = 5;
const longestRetryMs = 1_000_000;
/** setTimeout's limit is 24 days; a key that is woken too early is simply looked at once more. */
const longestDelayMs = 24 * 3_600_000;

export type Priority = 'normal' | 'low';

interface Delayed {
  at: number;
  timer: NodeJS.Timeout;
}

export class WorkQueue {
  readonly #name: string;
  readonly #metrics: Metrics | undefined;
  readonly #waiting: Record<Priority, Set<string>> = { normal: new Set(), low: new Set() };
  readonly #waitingSince = new Map<string, number>();
  readonly #processing = new Set<string>();
  /** Added while processing. */
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #idle: ((key: string | undefined) => void)[] = [];
  #shut = false;

  constructor(name: string, metrics?: Metrics) {
    this.#name = name;
    this.#metrics = metrics;
  }

  get length(): number {
    return this.#waiting.normal.size + this.#waiting.low.size;
  }

  /** Adds a key now. A waiting key keeps its place, or moves from low to normal. An earlier delayed add is merged into this one. */
  add(key: string, priority: Priority = 'normal'): void {
    if (this.#shut) return;
    this.#cancelDelayed(key);
    if (this.#processing.has(key)) {
      if (priority === 'normal' || !this.#dirty.has(key)) this.#dirty.set(key, priority);
      return;
    }
    if (this.#waiting.normal.has(key) || (priority === 'low' && this.#waiting.low.has(key))) return;
    this.#metrics?.queueAdds.inc({ name: this.#name });
    const worker = this.#idle.shift();
    if (worker) {
      this.#processing.add(key);
      worker(key);
      return;
    }
    this.#waiting.low.delete(key);
    this.#waiting[priority].add(key);
    if (!this.#waitingSince.has(key)) this.#waitingSince.set(key, performance.now());
    this.#measure();
  }

  /** Adds a key later; of several times the earliest counts, and a waiting key is early enough. */
  addAfter(key: string, delayMs: number): void {
    if (this.#shut) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    if (this.#waiting.normal.has(key) || this.#waiting.low.has(key) || this.#dirty.has(key)) return;
    const ms = Math.min(delayMs, longestDelayMs);
    const at = performance.now() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier && earlier.at <= at) return;
    this.#cancelDelayed(key);
    this.#delayed.set(key, { at, timer: setTimeout(() => this.add(key), ms) });
  }

  /** Adds a key after a failure: 5 ms, doubling with each failure since `forget`, at most 1000 s. */
  addRateLimited(key: string): void {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.#metrics?.queueRetries.inc({ name: this.#name });
    this.addAfter(key, Math.min(firstRetryMs * 2 ** failures, longestRetryMs));
  }

  /** The key succeeded (or is given up): its next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures since `forget`. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Waits for a key; the caller owns it until `done`. Undefined after `shutDown`. */
  async get(): Promise<string | undefined> {
    if (this.#shut) return undefined;
    for (const keys of [this.#waiting.normal, this.#waiting.low]) {
      for (const key of keys) {
        keys.delete(key);
        this.#processing.add(key);
        this.#metrics?.queueSeconds.observe({ name: this.#name }, (performance.now() - (this.#waitingSince.get(key) ?? 0)) / 1000);
        this.#waitingSince.delete(key);
        this.#measure();
        return key;
      }
    }
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    const priority = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (priority) this.add(key, priority);
  }

  /** Hands out nothing more and forgets what waits: after a restart everything is looked at anyway. */
  shutDown(): void {
    this.#shut = true;
    for (const key of [...this.#delayed.keys()]) this.#cancelDelayed(key);
    for (const worker of this.#idle.splice(0)) worker(undefined);
  }

  #cancelDelayed(key: string): void {
    clearTimeout(this.#delayed.get(key)?.timer);
    this.#delayed.delete(key);
  }

  #measure(): void {
    this.#metrics?.queueDepth.set({ name: this.#name }, this.length);
  }
}

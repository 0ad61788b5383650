// How much each caller may ask, as token buckets: what is not used fills up to a burst. Pure apart from its memory; the caller gives the time.
interface Bucket {
  tokens: number;
  at: number;
}

export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;

  /** @param most callers that are remembered; the one that asked least recently is forgotten, which gives it a full bucket */
  constructor({ perSecond, burst, most = 10_000 }: { perSecond: number; burst: number; most?: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#most = most;
  }

  /** Takes one from the bucket of the caller.
   * @param at milliseconds
   * @returns seconds until the next may be taken; 0: this one was */
  take(caller: string, at: number): number {
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#burst, at };
    const tokens = Math.min(this.#burst, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * this.#perSecond);
    const isThere = tokens >= 1;
    this.#buckets.delete(caller); // the last in the map is the most recent
    this.#buckets.set(caller, { tokens: isThere ? tokens - 1 : tokens, at });
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    return isThere ? 0 : (1 - tokens) / this.#perSecond;
  }
}

// Waiting times that double after each failure, with jitter, and start over after a healthy time. The numbers are client-go's.
const firstMs = 800;
const longestMs = 30_000;
const healthyMs = 120_000;

export class Backoff {
  #nextMs = firstMs;
  #lastFailure = Number.NEGATIVE_INFINITY;

  /** How long to wait after a failure at this (monotonic) time, in ms. */
  failed(now: number): number {
    if (now - this.#lastFailure > healthyMs) this.#nextMs = firstMs;
    const waitMs = this.#nextMs * (1 + Math.random());
    this.#nextMs = Math.min(this.#nextMs * 2, longestMs);
    this.#lastFailure = now;
    return Math.min(waitMs, longestMs);
  }
}

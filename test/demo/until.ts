// Waiting for something that the cluster does by itself.
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  timeoutMs: number;
  pollMs?: number;
}

/** Asks again until the answer is neither undefined nor false.
 * @throws Error that says what was waited for, with the last error of the check as its cause */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  { timeoutMs, pollMs = 250 }: UntilOptions,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (let cause: unknown; ; await delay(pollMs)) {
    try {
      const answer = await check();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > end) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}${why}`, { cause });
    }
  }
}

// What the API server last answered to the probe of each lab, and when to ask again: rarely, and not all labs at once. Kept in memory:
// after a restart the labs are asked one after the other within one interval, and before anybody is let in in any case.
import { createHash } from 'node:crypto';
import type { Answer } from './probe.ts';

const intervalMs = 600_000;

interface Asked {
  answer: Answer | undefined;
  next: Date;
}

export class Probes {
  readonly #intervalMs: number;
  readonly #asked = new Map<string, Asked>();

  /** @param everyMs between two probes of one lab */
  constructor(everyMs = intervalMs) {
    this.#intervalMs = everyMs;
  }

  /** The last answer that said yes or no, and when to ask again. */
  of(lab: string, now: Date): Asked {
    const asked = this.#asked.get(lab) ?? { answer: undefined, next: new Date(now.getTime() + share(lab) * this.#intervalMs) };
    this.#asked.set(lab, asked);
    return asked;
  }

  /** An unclear answer leaves the last one as it is. The next time varies with the lab by a tenth. */
  record(lab: string, answer: Answer, now: Date): void {
    const next = new Date(now.getTime() + (0.9 + 0.2 * share(lab)) * this.#intervalMs);
    this.#asked.set(lab, { answer: answer.walls === 'unclear' ? this.#asked.get(lab)?.answer : answer, next });
  }

  forget(lab: string): void {
    this.#asked.delete(lab);
  }
}

/** From 0 to 1, always the same for one name: spreads labs over time. */
const share = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32;

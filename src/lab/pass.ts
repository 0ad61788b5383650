// One pass over a lab: what it has found out so far, and the ways in which it ends.
import { earliest } from '../access/earliest.ts';
import type { LabReason } from '../api/lab.ts';
import type { Report, Verdict } from './status.ts';

export interface Outcome {
  report: Report;
  requeueAt?: Date | undefined;
}

/** How soon to look again at what cannot be done now, when nothing else calls. */
const stalledMs = 30_000;

export class Pass {
  /** For the report, whichever way the pass ends. */
  readonly so: Omit<Report, 'verdict'>;
  readonly #nextChange: Date | undefined;
  readonly #clock: () => Date;

  /** @param nextChange when time alone changes who has which right */
  constructor(so: Omit<Report, 'verdict' | 'reserved'>, nextChange: Date | undefined, clock: () => Date) {
    this.so = { reserved: false, ...so };
    this.#nextChange = nextChange;
    this.#clock = clock;
  }

  /** Somebody has to do something. */
  stalled(reason: LabReason, message: string): Outcome {
    return this.ended({ state: 'Stalled', reason, message }, undefined, stalledMs);
  }

  /** It goes on by itself: after this time, or with the next event. */
  progressing(message: string, afterMs?: number, reason: LabReason = 'Progressing'): Outcome {
    return this.ended({ state: 'Reconciling', reason, message }, undefined, afterMs);
  }

  /** @param nextLook @param afterMs when to look again without any event, whichever comes first */
  ended(verdict: Verdict, nextLook: Date | undefined, afterMs?: number): Outcome {
    const later = afterMs === undefined ? undefined : new Date(this.#clock().getTime() + afterMs);
    return { report: { ...this.so, verdict }, requeueAt: earliest([nextLook, this.#nextChange, later]) };
  }
}

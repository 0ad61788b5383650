// Writes down that somebody is there, at most once a minute for each person and lab, whichever copy hears of it. Never keeps an answer waiting, and
// a visit that cannot be written is left to the next one.

import type { Person } from '../access/facts.ts';
import type { AccessModel } from '../access/model.ts';
import { standingOf } from '../access/standing.ts';
import { type Visit, visitLease } from '../access/visit.ts';
import type { Logger } from '../kube/log.ts';

const everyMs = 60_000;
/** Writes under way; what comes on top is left to the next visit. */
const most = 32;

export class Visits {
  readonly #write: (visit: ReturnType<typeof visitLease>) => Promise<unknown>;
  readonly #logger: Logger;
  readonly #written = new Map<string, number>();
  #underWay = 0;

  constructor(write: (visit: ReturnType<typeof visitLease>) => Promise<unknown>, logger: Logger) {
    this.#write = write;
    this.#logger = logger;
  }

  /** Only people who have rights in the lab: somebody inactive does not come back by being there (CM-17, CM-18). */
  record(model: AccessModel, labName: string, person: Person, at: number): void {
    const lab = model.lab(labName);
    const { user } = person;
    if (!lab || user === undefined || standingOf(lab, person, at).is !== 'in') return;
    const key = `${labName} ${user}`;
    // What other copies have written comes back through the model, a moment later.
    const last = Math.max(this.#written.get(key) ?? -Infinity, lab.lastSeen.get(user) ?? -Infinity);
    if (at - last < everyMs || this.#underWay >= most) return;
    this.#written.delete(key);
    this.#written.set(key, at);
    this.#forget(at);
    void this.#send({ lab: labName, user, at }, key);
  }

  async #send(visit: Visit, key: string): Promise<void> {
    this.#underWay++;
    try {
      await this.#write(visitLease(visit));
    } catch (error) {
      this.#written.delete(key);
      this.#logger.warn({ err: error, lab: visit.lab }, 'a visit was not written; the next one is tried again');
    } finally {
      this.#underWay--;
    }
  }

  /** The oldest come first. */
  #forget(at: number): void {
    for (const [key, written] of this.#written) {
      if (at - written < everyMs) return;
      this.#written.delete(key);
    }
  }
}

// Tries many attacks at once, but not too many: a verification must not be an attack on the API server itself.
import type { Answer, Impersonator } from './actor.ts';
import { type Attack, type Attempt, attempt, dryRun, type Outcome } from './attack.ts';

const atOnce = 16;

/** Outcomes in the order of the attacks; a twin that many share is asked once. */
export async function tryAll(
  impersonator: Impersonator,
  attacks: Attack[],
  each: (outcome: Outcome) => void = () => undefined,
): Promise<Outcome[]> {
  const known = new Map<string, Promise<Answer>>();
  const plain = dryRun(impersonator);
  const send = (asked: Attempt) => {
    const key = JSON.stringify(asked);
    const answer = known.get(key) ?? plain(asked);
    known.set(key, answer);
    return answer;
  };
  const outcomes: Outcome[] = [];
  const waiting = attacks.entries();
  const work = async () => {
    for (const [index, attack] of waiting) {
      const outcome = await attempt(impersonator, attack, send);
      outcomes[index] = outcome;
      each(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}

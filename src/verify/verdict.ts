// What an attack came to, for people who did not write it.

import { absentIn } from './absent.ts';
import type { Impersonator } from './actor.ts';
import type { Outcome, Wall } from './attack.ts';
import { type Catalogued, catalogue } from './attacks.ts';
import type { Scene } from './scene.ts';
import { tryAll } from './trial.ts';

export const verdicts = {
  Refused: 'the wall that is meant to refuse it did, and its twin was admitted',
  RefusedByAnother: 'another wall refused it first, and its twin was admitted',
  Admitted: 'nothing refused it: there is a way through the walls',
  TwinRefused: 'it was refused, and so was what should be allowed: this proves nothing, and the lab may be stuck',
  Unclear: 'the API server neither admitted nor refused it',
  NotTried: 'the lab does not have what the attack needs',
} as const;
export type Verdict = keyof typeof verdicts;

export interface Result {
  id: string;
  table: string;
  attack: string;
  wall: Wall;
  verdict: Verdict;
  refusedBy?: Wall;
  /** Why it was not tried. */
  why?: string;
  /** Words of the API server. */
  said?: Outcome['said'];
}

/** Tries every attack on the lab of the scene. Nothing is stored. */
export async function tryLab(impersonator: Impersonator, scene: Scene, each: (result: Result) => void): Promise<Result[]> {
  const all = catalogue(scene).map((entry) => ({ entry, why: reasonNotToTry(entry) }));
  const possible = all.filter(({ why }) => why === undefined).map(({ entry }) => entry);
  const entries = new Map(possible.map((entry) => [entry.attack, entry]));
  const outcomes = await tryAll(impersonator, [...entries.keys()], (outcome) => each(judge(entries.get(outcome.attack)!, outcome)));
  const results = new Map(outcomes.map((outcome) => [outcome.attack, judge(entries.get(outcome.attack)!, outcome)]));
  return all.map(({ entry, why }) => results.get(entry.attack) ?? { ...known(entry), verdict: 'NotTried', why: why! });
}

function reasonNotToTry({ attack: { refused, admitted } }: Catalogued): string | undefined {
  const missing = absentIn([refused, admitted]);
  if (missing) return missing;
  return JSON.stringify(refused) === JSON.stringify(admitted) ? 'in this lab the attack is no different from what is allowed' : undefined;
}

const known = ({ id, table, attack: { name, wall } }: Catalogued) => ({ id, table, attack: name, wall });

export function judge(entry: Catalogued, { attack, refused, refusedBy, unclear, admitted, said }: Outcome): Result {
  const verdict = unclear
    ? 'Unclear'
    : !refused
      ? 'Admitted'
      : !admitted
        ? 'TwinRefused'
        : refusedBy === attack.wall
          ? 'Refused'
          : 'RefusedByAnother';
  return { ...known(entry), verdict, ...(refusedBy && { refusedBy }), said };
}

export const isGood = ({ verdict }: Result): boolean => !['Admitted', 'TwinRefused', 'Unclear'].includes(verdict);

export const countOf = (results: Result[]): Record<Verdict, number> => {
  const counts = Object.fromEntries(Object.keys(verdicts).map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
};

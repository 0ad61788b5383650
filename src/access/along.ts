// Every rule that bears on a place, from the storage root down to it: what a person reads who asks why. Pure.
import type { GrantFacts, Person, Place } from './facts.ts';
import type { AccessModel } from './model.ts';
import { isSubject } from './subject.ts';

export interface Bearing {
  grant: GrantFacts;
  /** The directory at which it stands: the place itself, or one above. */
  path: string[];
  state: 'Pending' | 'Active' | 'Ended';
  /** Whether the person is among its subjects: any of them for an Allow, all for a Restrict. Absent: nobody was asked about. */
  concerns?: boolean;
}

/** @param person absent: rules alone, whoever they concern */
export function rulesBearingOn(model: AccessModel, { lab, volume, path }: Place, person: Person | undefined, at: number): Bearing[] {
  const grants = model.grantsOf(lab).filter((grant) => grant.volume === volume);
  return [...Array(path.length + 1).keys()].flatMap((length) => {
    const here = path.slice(0, length);
    return grants
      .filter(({ paths }) => paths.some((other) => other.length === length && other.every((segment, index) => segment === here[index])))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(
        (grant): Bearing => ({
          grant,
          path: here,
          state: stateOf(grant, at),
          ...(person && { concerns: concerns(model, grant, person, at) }),
        }),
      );
  });
}

export const stateOf = ({ notBefore = -Infinity, expiresAt = Infinity }: GrantFacts, at: number): Bearing['state'] =>
  at < notBefore ? 'Pending' : at < expiresAt ? 'Active' : 'Ended';

function concerns(model: AccessModel, { effect, subjects }: GrantFacts, person: Person, at: number): boolean {
  const matches = subjects.map((subject) => isSubject(model, subject, person, at));
  return effect === 'Allow' ? matches.includes(true) : !matches.includes(false);
}

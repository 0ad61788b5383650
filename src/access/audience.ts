// Turns the rights of people into mounts: an instance may mount a path only if everybody in its audience may use it. Pure. What is
// mounted is mounted whole: the platform cannot leave out a directory below, so one that somebody may not read keeps the path out.
import { can, type Rule } from './can.ts';
import type { Person, Place } from './facts.ts';
import type { AccessModel } from './model.ts';

/** `Import` is a source to bring data in from: whoever may read it need not be allowed to (CS-16, CS-17). */
export type MountMode = 'ReadOnly' | 'ReadWrite' | 'Import';

/** The first person who lacks something, and what. */
export interface Lack {
  person: Person;
  verb: string;
  /** Where: the path itself, or a restricted directory below it. */
  place: Place;
  rule: Rule;
}

const verbs: Record<MountMode, string[]> = { ReadOnly: ['read'], ReadWrite: ['read', 'write'], Import: ['read', 'import'] };

/** Everybody of a group of an identity provider, which nobody can list: counts only where a rule names the group or everybody. */
export const everybodyIn = (externalGroup: string): Person => ({ user: `group:${externalGroup}`, groups: [externalGroup] });

/** @returns undefined: the audience may have the mount */
export function lackOf(model: AccessModel, audience: Person[], place: Place, mode: MountMode, at: number): Lack | undefined {
  const places = placesUnder(model, place);
  for (const person of audience) {
    for (const where of places) {
      for (const verb of verbs[mode]) {
        const { allowed, rule } = can(model, { person, place: where, verb, at });
        if (!allowed) return { person, verb, place: where, rule };
      }
    }
  }
  return undefined;
}

/** The place, and what lies below it under rules of its own. */
export const placesUnder = (model: AccessModel, place: Place): Place[] => [place, ...restrictedBelow(model, place)];

/** Directories below a place for which a rule of their own stands: restricted ones, and those derived from data elsewhere. */
function restrictedBelow(model: AccessModel, { lab, volume, path }: Place): Place[] {
  return model
    .grantsOf(lab)
    .filter((grant) => grant.volume === volume && (grant.effect === 'Restrict' || grant.derivedFrom.length > 0))
    .flatMap(({ paths }) => paths)
    .filter((below) => below.length > path.length && path.every((segment, index) => segment === below[index]))
    .map((below) => ({ lab, volume, path: below }));
}

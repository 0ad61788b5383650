// Which data an instance may mount: what everybody in its audience may have, until when. Pure. The answer for later instants is asked of the
// same rules, so that the platform can keep it with no operator: a mount ends when the first rule that it rests on does.
import { everybodyIn, type Lack, lackOf, type MountMode, placesUnder } from './audience.ts';
import type { Person, Place } from './facts.ts';
import type { AccessModel } from './model.ts';
import { lossesAhead, standingOf } from './standing.ts';

export interface InstanceFacts {
  lab: string;
  name: string;
  /** Who answers for its code; the facility when absent. */
  owner?: string;
  /** People of the lab, and groups of the lab. Both empty: everybody in the lab. */
  users: string[];
  groups: string[];
}

export type MountDecision = (
  | { allowed: true /** Milliseconds since 1970; absent: no end in sight. */; until?: number }
  | { allowed: false; lack: Lack }
) & {
  /** Milliseconds since 1970: when the answer may be another one though nothing but time changes. */
  changesAt?: number;
};

export function decideMount(model: AccessModel, instance: InstanceFacts, place: Place, mode: MountMode, at: number): MountDecision {
  const lackAt = (instant: number) => lackOf(model, audienceOf(model, instance, instant), place, mode, instant);
  const lack = lackAt(at);
  const { certain, departures, unlessSeen } = instantsAhead(model, instance, place, at);
  const next = (...instants: number[]) => {
    const soonest = Math.min(...instants);
    return soonest < Infinity && { changesAt: soonest };
  };
  // An audience that gets smaller may have what it may not have now.
  if (lack) return { allowed: false, lack, ...next(...certain, ...departures, ...unlessSeen) };
  // And what it has it keeps, until the last one has left it.
  const ends = [...certain, ...departures.slice(-1)].sort((a, b) => a - b);
  const until = ends.find((instant) => lackAt(instant) !== undefined);
  return { allowed: true, ...(until !== undefined && { until }), ...next(...unlessSeen, until ?? Infinity) };
}

/** Who counts as using the instance. Whoever has left the lab, or is out for a time, uses nothing; the owner's code runs all the same.
 *  Nobody at all: the lab as a whole, which is nobody in particular. */
export function audienceOf(model: AccessModel, { lab: name, name: instance, owner, users, groups }: InstanceFacts, at: number): Person[] {
  const lab = model.lab(name);
  const through = `${name}/${instance}`;
  if (!lab) return [{ wholeLab: name, through }];
  const chosen = lab.facts.groups.filter((group) => (users.length + groups.length === 0 ? true : groups.includes(group.name)));
  const listed = users.length + groups.length === 0 ? lab.facts.members.map(({ user }) => user) : users;
  const people: Person[] = [
    ...[...new Set([...listed, ...chosen.flatMap(({ users }) => users)])].map((user) => ({ user, through })),
    ...[...new Set(chosen.flatMap(({ externalGroups }) => externalGroups))].map((group) => ({ ...everybodyIn(group), through })),
  ].filter((person) => standingOf(lab, person, at).is === 'in');
  const audience = owner === undefined || people.some(({ user }) => user === owner) ? people : [{ user: owner, through }, ...people];
  return audience.length > 0 ? audience : [{ wholeLab: name, through }];
}

/** Somebody who asks in an instance: as one of those who use it, if the person is. */
export function asUserOf(model: AccessModel, instance: InstanceFacts, person: Person, at: number): Person {
  const { user, groups = [] } = person;
  const isSame = (one: Person) => user !== undefined && (one.user === user || one.groups?.some((group) => groups.includes(group)));
  const asUser = audienceOf(model, instance, at).find(isSame);
  return asUser?.through === undefined ? person : { ...person, through: asUser.through };
}

interface InstantsAhead {
  /** When a rule begins or ends, in order. */
  certain: number[];
  /** When people leave the lab of the instance, and the audience with it, in order. */
  departures: number[];
  /** When people become inactive; a visit moves that, so that no mount ends by it. */
  unlessSeen: number[];
}

/** Later instants at which the answer may change with no change of any object. */
function instantsAhead(model: AccessModel, instance: InstanceFacts, place: Place, at: number): InstantsAhead {
  const certain = new Set<number>();
  const labs = new Set<string>([instance.lab]);
  const grantors = new Set<string>();
  const asked = new Set<string>();
  const look = (where: Place) => {
    const key = `${where.lab}:${[where.volume, ...where.path].join('/')}`;
    if (asked.has(key)) return;
    asked.add(key);
    labs.add(where.lab);
    for (const { allows, restricts, derivations } of model.rulesAlong(where)) {
      for (const grant of [...allows, ...restricts, ...derivations]) {
        // It counts for as long as its grantor may share all that it gives, which others may have given him.
        if (grant.grantor !== undefined) {
          grantors.add(grant.grantor);
          for (const path of grant.paths) look({ ...where, path });
        }
        for (const instant of [grant.notBefore, grant.expiresAt]) if (instant !== undefined && instant > at) certain.add(instant);
        for (const { kind, name = '' } of grant.subjects) if (kind === 'Lab' || kind === 'Group') labs.add(name.split('/')[0] ?? '');
      }
      for (const input of derivations.flatMap(({ derivedFrom }) => derivedFrom)) look(input);
    }
  };
  for (const where of placesUnder(model, place)) look(where);
  const departures: number[] = [];
  const unlessSeen: number[] = [];
  const audience = audienceOf(model, instance, at);
  for (const name of labs) {
    const lab = model.lab(name);
    if (!lab) continue;
    for (const person of audience) {
      const { ends, inactive } = lossesAhead(lab, person, at);
      const leaves = name === instance.lab && person.user !== instance.owner;
      if (ends !== undefined && leaves) departures.push(ends);
      else if (ends !== undefined) certain.add(ends);
      if (inactive !== undefined) unlessSeen.push(inactive);
    }
    for (const user of grantors) {
      const { ends, inactive } = lossesAhead(lab, { user }, at);
      if (ends !== undefined) certain.add(ends);
      if (inactive !== undefined) unlessSeen.push(inactive);
    }
  }
  const inOrder = (instants: Iterable<number>) => [...instants].sort((a, b) => a - b);
  return { certain: inOrder(certain), departures: inOrder(departures), unlessSeen };
}

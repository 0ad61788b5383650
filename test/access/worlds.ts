// Random facilities and questions for the access model, from a seed. Names are few, so that rules meet often.
import type { GrantFacts, LabFacts, Person, Place, Subject } from '../../src/access/facts.ts';
import { standardRoles } from '../../src/access/role.ts';
import { platformVerbs } from '../../src/api/datarole.ts';
import type { World } from './naive.ts';

/** mulberry32: a small generator whose whole state is one number. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number) => Math.floor(next() * bound);
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const some = <T>(values: readonly T[], most: number): T[] => [...new Set(Array.from({ length: below(most + 1) }, () => one(values)))];
  const maybe = (chance: number) => next() < chance;
  return { below, one, some, maybe };
}
type Random = ReturnType<typeof randomFrom>;

export const users = ['ana', 'ben', 'cy', 'dee', 'root'];
const external = ['oidc:x', 'oidc:y'];
export const labs = ['smith', 'jones'];
export const groupNames = ['ben', 'g1', 'g2'];
const segments = ['a', 'ab', 'users', 'ana', 'ben'];
const roles = [...Object.keys(standardRoles), 'gates', 'gone'];
export const verbs = [...platformVerbs, 'app:x.y'];
export const now = 1_000;

export interface Question {
  person: Person;
  place: Place;
  verb: string;
  at: number;
}

export function randomWorld(random: Random): World {
  const { one, some, maybe } = random;
  const known = labs.slice(0, maybe(0.8) ? 2 : 1);
  return {
    facility: { admins: { users: maybe(0.1) ? ['root'] : [], groups: maybe(0.1) ? ['oidc:y'] : [] }, allowAnonymous: maybe(0.5) },
    roles: { ...standardRoles, gates: ['app:x.y'] },
    labs: known.map((name) => randomLab(name, random)),
    grants: Array.from({ length: random.below(7) }, (_, index) => randomGrant(`g${index}`, random)),
    seen: Object.fromEntries(some(users, 2).map((user) => [`${one(labs)} ${user}`, now - one([5, 10, 20])])),
  };
}

export function randomQuestion({ one, some, maybe, ...random }: Random): Question {
  const place = randomPlace({ one, some, maybe, ...random });
  const account = `system:serviceaccount:lab-${one(labs)}:relion`;
  const through = maybe(0.15) ? { through: `${one(labs)}/relion` } : {};
  const person: Person = maybe(0.1)
    ? {}
    : { user: maybe(0.1) ? account : one(users), ...(maybe(0.3) && { groups: some(external, 2) }), ...through };
  return { person, place, verb: one(verbs), at: now };
}

function randomLab(name: string, { one, some, maybe }: Random): LabFacts {
  return {
    name,
    ...(maybe(0.05) && { suspended: true }),
    members: some(users, 3).map((user) => ({
      user,
      roles: some(roles, 2),
      ...(maybe(0.15) && { suspended: true }),
      ...(maybe(0.2) && { expiresAt: one([now - 1, now, now + 1]) }),
      ...(maybe(0.2) && { newDataRole: one(roles) }),
      ...(maybe(0.2) && { directory: one(['ana', 'ben', 'of ben']) }), // the last is none
      ...(maybe(0.1) && { reactivatedAt: now - one([4, 9, 15]) }),
    })),
    groups: some(groupNames, 3).map((group) => ({
      name: group,
      users: some(users, 2),
      externalGroups: some(external, 1),
      roles: maybe(0.4) ? some(roles, 2) : [],
    })),
    defaultRoles: maybe(0.5) ? some(roles, 1) : [],
    newDataRole: one(roles),
    visibility: one(['Lab', 'Lab', 'Facility', 'Public']),
    ...(maybe(0.5) && { userRoot: one(['users', 'a/users']) }),
    groupDelegation: maybe(0.5),
    allowAnonymous: maybe(0.5),
    inactivity: maybe(0.4) ? [{ group: one(groupNames), maxMs: one([5, 10]), contacts: [] }] : [],
  };
}

function randomGrant(name: string, random: Random): GrantFacts {
  const { one, some, maybe } = random;
  return {
    lab: one(labs),
    name,
    volume: one(['v', 'v', 'w']),
    paths: [randomPath(random), ...(maybe(0.3) ? [randomPath(random)] : [])],
    effect: maybe(0.65) ? 'Allow' : 'Restrict',
    subjects: Array.from({ length: random.below(4) }, () => randomSubject(random)),
    roles: some(roles, 2),
    permissions: some(verbs, 2),
    ...(maybe(0.4) && { grantor: one(users) }),
    ...(maybe(0.2) && { notBefore: one([now - 1, now, now + 1]) }),
    ...(maybe(0.2) && { expiresAt: one([now - 1, now, now + 1]) }),
    derivedFrom: maybe(0.3) ? Array.from({ length: 1 + random.below(2) }, () => randomPlace(random)) : [],
  };
}

function randomSubject({ one }: Random): Subject {
  return one<() => Subject>([
    () => ({ kind: 'User', name: one(users) }),
    () => ({ kind: 'Group', name: one([...external, ...labs.flatMap((lab) => groupNames.map((group) => `${lab}/${group}`))]) }),
    () => ({ kind: 'Lab', name: one(labs) }),
    () => ({ kind: 'ServiceAccount', name: `${one(labs)}/relion` }),
    () => ({ kind: 'Authenticated' }),
    () => ({ kind: 'Everyone' }),
  ])();
}

const randomPath = ({ one, below }: Random): string[] => Array.from({ length: below(4) }, () => one(segments));
export const randomPlace = (random: Random): Place => ({
  lab: random.one(labs),
  volume: random.one(['v', 'v', 'w']),
  path: randomPath(random),
});

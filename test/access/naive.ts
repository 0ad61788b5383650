// A second evaluator of permissions, written straight from the texts and as plainly as possible: lists and loops, no index, nothing of
// src/access but the shape of its facts. Slow, and meant to be read beside the requirements.
import type { FacilityFacts, GrantFacts, LabFacts, Person, Place, Subject } from '../../src/access/facts.ts';

export interface World {
  facility: FacilityFacts;
  roles: Record<string, readonly string[]>;
  labs: LabFacts[];
  grants: GrantFacts[];
  /** `lab user` to the time of the last visit. */
  seen: Record<string, number>;
}

export function naive(world: World, person: Person, place: Place, verb: string, at: number): boolean {
  const isAboutPeople = ['share', 'shareExternal', 'administer', 'token'].includes(verb);
  const { through: _through, ...alone } = person;
  return answer({ ...world, accepted: acceptedGrants(world, at) }, isAboutPeople ? alone : person, place, verb, at, []);
}

/** A world, and the grants whose grantor may share what they give. */
type Judged = World & { accepted: Set<GrantFacts> };

/** Nobody may share at first but the facility; whoever then may makes further grants count, until no more do. */
function acceptedGrants(world: World, at: number): Set<GrantFacts> {
  const accepted = new Set(world.grants.filter(({ grantor }) => grantor === undefined));
  for (let before = -1; before < accepted.size; ) {
    before = accepted.size;
    for (const grant of world.grants) if (mayBeGiven({ ...world, accepted }, grant, at)) accepted.add(grant);
  }
  return accepted;
}

/** Sharing with somebody of the lab and with somebody else are two rights; a Restrict, or where data comes from, needs the first. */
function mayBeGiven(world: Judged, { lab: name, volume, paths, grantor, effect, subjects }: GrantFacts, at: number): boolean {
  const lab = world.labs.find((candidate) => candidate.name === name);
  const isOwn = ({ kind, name: who = '' }: Subject) => {
    if (kind === 'Lab') return who === name;
    if (kind === 'Group' || kind === 'ServiceAccount') return who.split('/')[0] === name && who.includes('/');
    if (kind !== 'User' || !lab) return false;
    return lab.members.some(({ user }) => user === who) || lab.groups.some(({ users }) => users.includes(who));
  };
  const plain = effect === 'Restrict' || subjects.length === 0;
  const verbs = [...(plain || subjects.some(isOwn) ? ['share'] : []), ...(!plain && !subjects.every(isOwn) ? ['shareExternal'] : [])];
  return paths.every((path) =>
    verbs.every((verb) => grantor === undefined || answer(world, { user: grantor }, { lab: name, volume, path }, verb, at, [])),
  );
}

/** The sentence of section 2.3, from top to bottom. */
function answer(world: Judged, person: Person, place: Place, verb: string, at: number, trail: string[]): boolean {
  const lab = world.labs.find((candidate) => candidate.name === place.lab);
  if (!lab) return false;
  // suspended, expired or inactive member -> no
  if (isShutOut(world, lab, person, at)) return false;
  // facility admin -> yes
  if (person.user !== undefined && world.facility.admins.users.includes(person.user)) return true;
  if ((person.groups ?? []).some((group) => world.facility.admins.groups.includes(group))) return true;
  // anonymous, unless facility AND lab allow it -> no; never imports, never manages
  if (person.user === undefined) {
    if (!world.facility.allowAnonymous || !lab.allowAnonymous) return false;
    if (['import', 'share', 'shareExternal', 'administer', 'token'].includes(verb)) return false;
  }
  const here = world.grants.filter((grant) => isOver(grant, place) && isActiveAt(grant, at));
  const inputs = here.flatMap(({ derivedFrom }) => derivedFrom);
  // share on derived data -> the intersection of the inputs' share subjects
  if ((verb === 'share' || verb === 'shareExternal') && inputs.length > 0) {
    for (const input of inputs) {
      const inputLab = world.labs.find((candidate) => candidate.name === input.lab);
      if (!inputLab || isShutOut(world, inputLab, person, at)) return false;
    }
    if (!common(inputs.map((input) => sharers(world, input, verb, at, []))).some((subject) => holds(world, parse(subject), person, at)))
      return false;
    // said by somebody who may share there; else it only takes away
    if (here.some((grant) => grant.derivedFrom.length > 0 && world.accepted.has(grant))) return true;
  }
  if (!['share', 'shareExternal', 'administer', 'token'].includes(verb)) {
    // every active Restrict must match in all its subjects
    for (const restrict of here)
      if (restrict.effect === 'Restrict') for (const subject of restrict.subjects) if (!holds(world, subject, person, at)) return false;
    // derived data: read on every input, export and fork too
    for (const input of inputs)
      for (const needed of verb === 'export' || verb === 'fork' ? ['read', verb] : ['read']) {
        const step = JSON.stringify([input, needed]);
        if (!trail.includes(step) && !answer(world, person, input, needed, at, [...trail, step])) return false;
      }
  }
  // some active Allow
  for (const allow of here)
    if (allow.effect === 'Allow' && world.accepted.has(allow) && includesVerb(world, allow.roles, allow.permissions, verb))
      for (const subject of allow.subjects) if (holds(world, subject, person, at)) return true;
  return isImplied(world, lab, person, place, verb, at);
}

function isImplied(world: World, lab: LabFacts, person: Person, { path }: Place, verb: string, at: number): boolean {
  if (verb === 'read' && lab.visibility === 'Public') return true;
  if (verb === 'read' && lab.visibility === 'Facility' && person.user !== undefined) return true;
  if (person.user === undefined || isShutOut(world, lab, person, at)) return false;
  const member = lab.members.find(({ user }) => user === person.user);
  const groups = lab.groups.filter((group) => isIn(group, person));
  const root = lab.userRoot?.split('/');
  const text = path.join('/');
  // CM-25, CM-26: personal directories
  if (root && path.length > root.length && `${text}/`.startsWith(`${root.join('/')}/`)) {
    const home = path[root.length] as string;
    const owner = lab.members.findLast(({ user, directory = user }) => directory === home);
    if (owner && owner.user === person.user && includesVerb(world, [owner.newDataRole ?? lab.newDataRole], [], verb)) return true;
    if (lab.groupDelegation && (verb === 'read' || verb === 'write') && groups.some(({ name }) => name === home)) return true;
  }
  const held = [...(member ? (member.roles.length > 0 ? member.roles : lab.defaultRoles) : []), ...groups.flatMap(({ roles }) => roles)];
  if (!includesVerb(world, held, [], verb)) return false;
  if (!['write', 'import', 'delete'].includes(verb) || !root || includesVerb(world, held, [], 'administer')) return true;
  const within = `${text}/`.startsWith(`${root.join('/')}/`);
  const above = text === '' || `${root.join('/')}/`.startsWith(`${text}/`);
  return !within && !above;
}

const isOver = (grant: GrantFacts, place: Place) =>
  grant.lab === place.lab &&
  grant.volume === place.volume &&
  grant.paths.some((path) => path.length === 0 || `${place.path.join('/')}/`.startsWith(`${path.join('/')}/`));

const isActiveAt = ({ notBefore, expiresAt }: GrantFacts, at: number) =>
  (notBefore === undefined || notBefore <= at) && (expiresAt === undefined || at < expiresAt);

const includesVerb = (world: World, roles: readonly string[], permissions: string[], verb: string) =>
  [...permissions, ...roles.flatMap((role) => world.roles[role] ?? [])].includes(verb);

const isIn = ({ users, externalGroups }: LabFacts['groups'][number], { user, groups = [] }: Person) =>
  (user !== undefined && users.includes(user)) || groups.some((group) => externalGroups.includes(group));

function isShutOut(world: World, lab: LabFacts, person: Person, at: number): boolean {
  if (person.user === undefined) return false;
  const member = lab.members.find(({ user }) => user === person.user);
  if (lab.suspended && (member || lab.groups.some((group) => isIn(group, person)))) return true;
  if (member?.suspended) return true;
  if (member?.expiresAt !== undefined && member.expiresAt <= at) return true;
  const visits = [world.seen[`${lab.name} ${person.user}`], member?.reactivatedAt].filter((visit) => visit !== undefined);
  if (visits.length === 0) return false;
  const seen = Math.max(...visits);
  return lab.inactivity.some(({ group, maxMs }) => at - seen > maxMs && lab.groups.some((one) => one.name === group && isIn(one, person)));
}

/** Who belongs to the lab and is not shut out. */
export function belongs(world: World, lab: LabFacts, person: Person, at: number): boolean {
  if (person.user === undefined || isShutOut(world, lab, person, at)) return false;
  return lab.members.some(({ user }) => user === person.user) || lab.groups.some((group) => isIn(group, person));
}

function holds(world: World, { kind, name = '' }: Subject, person: Person, at: number): boolean {
  if (kind === 'Everyone') return true;
  if (kind === 'Authenticated') return person.user !== undefined;
  if (kind === 'User') return person.user === name;
  const [labName, rest] = name.split('/');
  if (kind === 'ServiceAccount') return person.through === name || person.user === `system:serviceaccount:lab-${labName}:${rest}`;
  const lab = world.labs.find((candidate) => candidate.name === labName);
  if (kind === 'Lab') return lab !== undefined && belongs(world, lab, person, at);
  if (rest === undefined) return (person.groups ?? []).includes(name);
  return lab !== undefined && belongs(world, lab, person, at) && lab.groups.some((group) => group.name === rest && isIn(group, person));
}

/** Subjects as written, `kind:name`, that hold a sharing verb over a place. */
function sharers(world: Judged, place: Place, verb: string, at: number, trail: string[]): string[] {
  const lab = world.labs.find((candidate) => candidate.name === place.lab);
  const step = JSON.stringify(place);
  if (!lab || trail.includes(step)) return [];
  const here = world.grants.filter((grant) => isOver(grant, place) && isActiveAt(grant, at));
  const inputs = here.flatMap(({ derivedFrom }) => derivedFrom);
  const ofInputs = inputs.map((input) => sharers(world, input, verb, at, [...trail, step]));
  if (here.some((grant) => grant.derivedFrom.length > 0 && world.accepted.has(grant))) return common(ofInputs);
  const direct = [
    ...here
      .filter((grant) => grant.effect === 'Allow' && world.accepted.has(grant) && includesVerb(world, grant.roles, grant.permissions, verb))
      .flatMap(({ subjects }) => subjects.map(({ kind, name = '' }) => `${kind}:${name}`)),
    ...lab.members
      .filter(({ roles }) => includesVerb(world, roles.length > 0 ? roles : lab.defaultRoles, [], verb))
      .map(({ user }) => `User:${user}`),
    ...lab.groups.filter(({ roles }) => includesVerb(world, roles, [], verb)).map(({ name }) => `Group:${lab.name}/${name}`),
  ];
  return common([direct, ...ofInputs]);
}

const common = ([first = [], ...others]: string[][]) => first.filter((key) => others.every((other) => other.includes(key)));
const parse = (key: string): Subject => ({
  kind: key.slice(0, key.indexOf(':')) as Subject['kind'],
  name: key.slice(key.indexOf(':') + 1),
});

// Who gets which role binding in a lab: what the model says about every member, everybody whom a group lists and every group of the
// identity provider. Pure. Only what holds in the whole lab can be said by a binding, and that somebody may share some part of it;
// visibility, and what is open to nobody in particular, give data and no right in a namespace.
import { everybodyIn } from './audience.ts';
import { can } from './can.ts';
import type { GrantFacts, Person, Place, Subject } from './facts.ts';
import type { AccessModel } from './model.ts';
import { directoryOf, type LabIndex, lossesAhead, standingOf } from './standing.ts';

/** A person or a group of the identity provider, under the name that the API server gives it. */
export interface Holder {
  kind: 'User' | 'Group';
  name: string;
}

const labWideVerbs = ['read', 'compute', 'share', 'shareExternal', 'administer'] as const;
const sharingVerbs = ['share', 'shareExternal'] as const;
/** `sharepart`: may share something of the lab, which a grant or the own directory decides; the model asks which when a grant is made. */
export type LabVerb = (typeof labWideVerbs)[number] | 'sharepart';

export interface Rights {
  holder: Holder;
  verbs: ReadonlySet<LabVerb>;
}

export interface Holders {
  /** Whoever belongs to the lab now, and whoever may share a part of it; sorted: the order in which a spec lists people means nothing. */
  rights: Rights[];
  /** When time alone changes who has rights. */
  nextChange: Date | undefined;
}

export function holdersIn(model: AccessModel, labName: string, at: number): Holders {
  const lab = model.lab(labName);
  if (!lab) return { rights: [], nextChange: undefined };
  const parts = sharedParts(model, lab, at);
  const ofLab = holdersOfLab(lab);
  const candidates = new Map([...ofLab, ...parts.subjects.flatMap((subject) => holdersOf(model, subject))].map((one) => [keyOf(one), one]));
  const rights = [...candidates]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, holder]) => {
      const verbs = verbsOf(model, lab, holder, parts.places, at);
      return verbs.size > 0 ? [{ holder, verbs }] : [];
    });
  const instants = [
    ...ofLab.flatMap((holder) => Object.values(lossesAhead(lab, personOf(holder), at))),
    ...parts.grants.flatMap(({ notBefore, expiresAt }) => [notBefore, expiresAt]),
  ].filter((instant) => instant !== undefined && instant > at && Number.isFinite(instant)) as number[];
  return { rights, nextChange: instants.length > 0 ? new Date(instants.reduce((a, b) => Math.min(a, b))) : undefined };
}

function verbsOf(model: AccessModel, lab: LabIndex, holder: Holder, places: Place[], at: number): Set<LabVerb> {
  const person = personOf(holder);
  const standing = standingOf(lab, person, at);
  if (standing.is === 'out') return new Set();
  const roles = standing.is === 'in' ? rolesOf(lab, standing) : [];
  const verbs = new Set<LabVerb>(labWideVerbs.filter((verb) => model.grants(verb, roles)));
  const missing = sharingVerbs.filter((verb) => !verbs.has(verb));
  const own = standing.is === 'in' && standing.member ? homesOf(lab, standing.member) : [];
  const sharesPart = [...own, ...places].some((place) => missing.some((verb) => can(model, { person, place, verb, at }).allowed));
  return sharesPart ? verbs.add('sharepart') : verbs;
}

/** Roles in the whole lab, of the person as a member and of the groups that hold the person (CE-7). */
const rolesOf = (
  { facts, groups }: LabIndex,
  { member, groups: names }: { member?: LabIndex['facts']['members'][number]; groups: string[] },
) => [
  ...(member ? (member.roles.length > 0 ? member.roles : facts.defaultRoles) : []),
  ...names.flatMap((name) => groups.get(name)?.roles ?? []),
];

/** The personal directory: the same in every root, so that any serves to ask about it. */
function homesOf({ facts }: LabIndex, member: LabIndex['facts']['members'][number]): Place[] {
  const directory = directoryOf(member);
  if (facts.userRoot === undefined || directory === undefined) return [];
  return [{ lab: facts.name, volume: '', path: [...facts.userRoot.split('/'), directory] }];
}

/** Parts of the lab that a rule lets somebody share: where, by which grants, and whom these name. */
function sharedParts(model: AccessModel, lab: LabIndex, at: number): { places: Place[]; grants: GrantFacts[]; subjects: Subject[] } {
  const grants = model.grantsOf(lab.facts.name).filter((grant) => grant.derivedFrom.length > 0 || givesSharing(model, grant));
  const places = grants
    .filter(({ notBefore = -Infinity, expiresAt = Infinity }) => notBefore <= at && at < expiresAt)
    .flatMap(({ lab, volume, paths }) => paths.map((path) => ({ lab, volume, path })));
  return { places, grants, subjects: places.flatMap((place) => namedAt(model, place, new Set())) };
}

const givesSharing = (model: AccessModel, { effect, roles, permissions }: GrantFacts): boolean =>
  effect === 'Allow' && sharingVerbs.some((verb) => permissions.includes(verb) || model.grants(verb, roles));

/** Whom rules at a place name that may let them share it; whether they do is asked of `can`. Derived data belongs to whom every one of its inputs
 *  names, so that the first one names them all. */
function namedAt(model: AccessModel, place: Place, asked: Set<string>): Subject[] {
  const key = `${place.lab}:${place.volume}/${place.path.join('/')}`;
  if (asked.has(key)) return [];
  asked.add(key);
  const rules = [...model.rulesAlong(place)];
  const [input] = rules.flatMap(({ derivations }) => derivations).flatMap(({ derivedFrom }) => derivedFrom);
  if (input) return [{ kind: 'Lab', name: input.lab }, ...namedAt(model, input, asked)];
  return rules.flatMap(({ allows }) => allows.filter((grant) => givesSharing(model, grant))).flatMap(({ subjects }) => subjects);
}

/** Those of a subject whom a role binding can name: neither accounts, which are no people, nor everybody. */
function holdersOf(model: AccessModel, { kind, name = '' }: Subject): Holder[] {
  const [labName = '', groupName] = name.split('/', 2);
  const lab = model.lab(labName);
  if (kind === 'User') return holders([name], []);
  if (kind === 'Lab') return lab ? holdersOfLab(lab) : [];
  if (kind !== 'Group') return [];
  if (groupName === undefined) return holders([], [name]);
  const group = lab?.groups.get(groupName);
  return group ? holders(group.users, group.externalGroups) : [];
}

const holdersOfLab = ({ facts: { members, groups } }: LabIndex): Holder[] =>
  holders(
    [...members.map(({ user }) => user), ...groups.flatMap(({ users }) => users)],
    groups.flatMap(({ externalGroups }) => externalGroups),
  );

/** Names under `system:` belong to the cluster; nobody writes a binding to one. */
const holders = (users: string[], groups: string[]): Holder[] => [
  ...users.filter(isOfPeople).map((name): Holder => ({ kind: 'User', name })),
  ...groups.filter(isOfPeople).map((name): Holder => ({ kind: 'Group', name })),
];
const isOfPeople = (name: string) => !name.startsWith('system:');

const personOf = ({ kind, name }: Holder): Person => (kind === 'User' ? { user: name } : everybodyIn(name));
const keyOf = ({ kind, name }: Holder) => `${kind} ${name}`;

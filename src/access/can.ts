// May a person do something at a place, now? The one answer that everything else asks: mounts, role bindings, review endpoint, command
// line. Pure. Nothing is allowed unless a rule says so; there is no rule that denies, only Restricts that all must be met.
import type { GrantFacts, InactivityFacts, Person, Place, Subject } from './facts.ts';
import { leastFixpoint } from './fixpoint.ts';
import type { AccessModel } from './model.ts';
import { directoryOf, type LabIndex, type OutReason, type Standing, standingOf } from './standing.ts';
import { isSubject, subjectKey } from './subject.ts';

export interface Question {
  person: Person;
  place: Place;
  /** A platform verb, or what an application decides: `app:resource.verb`. */
  verb: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** What decided. Enough to tell a person why, and an auditor where it is written. */
export type Rule =
  | { by: 'FacilityAdmin' }
  | { by: 'Lab'; lab: string }
  | { by: 'Member'; lab: string; roles: string[] }
  | { by: 'Group'; lab: string; group: string; roles: string[] }
  | { by: 'PersonalDirectory'; owner: string }
  | { by: 'GroupDelegation'; group: string; owner: string }
  | { by: 'Visibility'; visibility: 'Facility' | 'Public' }
  | { by: 'Grant'; lab: string; grant: string }
  | { by: 'Inputs'; grants: string[] }
  | { by: 'LabUnknown'; lab: string }
  | { by: 'NotActive'; because: OutReason; since?: number; period?: InactivityFacts }
  | { by: 'Anonymous'; gate: 'facility' | 'lab' | 'import' }
  | { by: 'Restrict'; lab: string; grant: string; missing: Subject }
  | { by: 'Input'; input: Place; rule: Rule }
  | { by: 'PersonalDirectoryOfAnother'; owner?: string }
  | { by: 'NothingAllows' };

export interface Decision {
  allowed: boolean;
  rule: Rule;
}

const yes = (rule: Rule): Decision => ({ allowed: true, rule });
const no = (rule: Rule): Decision => ({ allowed: false, rule });

/** Decide about people and grants, not about data: Restricts and inputs say nothing about them. */
const sharing = new Set(['share', 'shareExternal']);
const aboutPeople = new Set([...sharing, 'administer', 'token']);
/** What changes files: a role in the lab gives it everywhere but in the personal directories of others (CM-25). */
const changing = new Set(['write', 'import', 'delete']);

export function can(model: AccessModel, question: Question): Decision {
  return decide(model, aboutPeople.has(question.verb) ? alone(question) : question, acceptedAt(model, question.at), new Set());
}

/** Who may share and administer is asked of people, whatever they use: the API server sees no instance between. */
function alone(question: Question): Question {
  const { through: _through, ...person } = question.person;
  return { ...question, person };
}

/** Whether an Allow, or what says where data comes from, counts: its grantor may share what it gives. */
type IsAccepted = (grant: GrantFacts) => boolean;

/** Asked of the same rules, each time: a grantor who loses the right to share takes it from whoever had it from him, at once. Two who have it only
 *  from each other have it from nobody. */
const acceptedAt = (model: AccessModel, at: number): IsAccepted =>
  leastFixpoint<GrantFacts>((grant, isAccepted) => unshareable(model, grant, at, isAccepted) === undefined);

/** What the grantor of a grant may not share, if anything. A Restrict counts whoever wrote it: it only takes away. */
export interface Unshareable {
  place: Place;
  verb: SharingVerb;
  rule: Rule;
}

/** @returns undefined: the grantor may share all of it, or the facility answers for it */
export const acceptanceLack = (model: AccessModel, grant: GrantFacts, at: number): Unshareable | undefined =>
  unshareable(model, grant, at, acceptedAt(model, at));

function unshareable(model: AccessModel, grant: GrantFacts, at: number, isAccepted: IsAccepted): Unshareable | undefined {
  const { lab, volume, paths, grantor } = grant;
  if (grantor === undefined) return undefined;
  for (const verb of sharingVerbs(model, grant)) {
    for (const path of paths) {
      const place = { lab, volume, path };
      const { allowed, rule } = decide(model, { person: { user: grantor }, place, verb, at }, isAccepted, new Set());
      if (!allowed) return { place, verb, rule };
    }
  }
  return undefined;
}

export type SharingVerb = 'share' | 'shareExternal';

/** What its grantor must hold: sharing inside the lab and outside are two rights (CE-21). Who is not of the lab is outside. */
function sharingVerbs(model: AccessModel, { lab, effect, subjects }: GrantFacts): SharingVerb[] {
  if (effect === 'Restrict' || subjects.length === 0) return ['share'];
  const inside = subjects.map((subject) => isInside(model, lab, subject));
  return [...(inside.includes(true) ? (['share'] as const) : []), ...(inside.includes(false) ? (['shareExternal'] as const) : [])];
}

function isInside(model: AccessModel, labName: string, { kind, name = '' }: Subject): boolean {
  if (kind === 'Lab') return name === labName;
  if (kind === 'Group' || kind === 'ServiceAccount') return name.startsWith(`${labName}/`);
  const lab = model.lab(labName);
  return kind === 'User' && lab !== undefined && (lab.members.has(name) || lab.groupsByUser.has(name));
}

/** @param asked places under way: data derived from each other in a circle asks each of them once */
function decide(model: AccessModel, question: Question, isAccepted: IsAccepted, asked: Set<string>): Decision {
  const { person, place, verb, at } = question;
  const lab = model.lab(place.lab);
  if (!lab) return no({ by: 'LabUnknown', lab: place.lab });
  const standing = standingOf(lab, person, at);
  if (standing.is === 'out') return no(notActive(standing));
  if (isFacilityAdmin(model, person)) return yes({ by: 'FacilityAdmin' });
  const gate = isAnonymous(person) ? anonymousGate(model, lab, verb) : undefined;
  if (gate) return no({ by: 'Anonymous', gate });

  const allows: GrantFacts[] = [];
  const restricts: GrantFacts[] = [];
  const derivations: GrantFacts[] = [];
  for (const rules of model.rulesAlong(place)) {
    allows.push(...rules.allows.filter((grant) => isActive(grant, at)));
    restricts.push(...rules.restricts.filter((grant) => isActive(grant, at)));
    derivations.push(...rules.derivations.filter((grant) => isActive(grant, at)));
  }
  if (sharing.has(verb) && derivations.length > 0) {
    const byInputs = sharedByInputs(model, question, derivations, isAccepted);
    if (!byInputs.allowed || derivations.some(isAccepted)) return byInputs;
    // Said by somebody who may not share there: it only takes away, and gives nobody the right over what is not derived at all.
  }
  if (!aboutPeople.has(verb)) {
    const unmet = unmetRestrict(model, restricts, person, at) ?? unreadableInput(model, derivations, question, isAccepted, asked);
    if (unmet) return no(unmet);
  }
  const implied = impliedBy(model, lab, standing, question);
  if (implied?.allowed) return implied;
  const grant = allows.find(
    (grant) => gives(model, grant, verb) && grant.subjects.some((subject) => isSubject(model, subject, person, at)) && isAccepted(grant),
  );
  if (grant) return yes({ by: 'Grant', lab: grant.lab, grant: grant.name });
  return implied ?? no({ by: 'NothingAllows' });
}

const isAnonymous = ({ user, wholeLab }: Person): boolean => user === undefined && wholeLab === undefined;

/** From the very instant of its end a grant gives nothing. */
const isActive = ({ notBefore = -Infinity, expiresAt = Infinity }: GrantFacts, at: number): boolean => notBefore <= at && at < expiresAt;

const notActive = ({ because, since, period }: Extract<Standing, { is: 'out' }>): Rule => ({
  by: 'NotActive',
  because,
  ...(since !== undefined && { since }),
  ...(period && { period }),
});

const isFacilityAdmin = ({ facility: { admins } }: AccessModel, { user, groups = [] }: Person): boolean =>
  (user !== undefined && admins.users.includes(user)) || groups.some((group) => admins.groups.includes(group));

/** Somebody unknown passes two gates, and never brings data in: nobody would answer for it (CM-14..CM-16, GX-12). */
function anonymousGate(model: AccessModel, lab: LabIndex, verb: string): 'facility' | 'lab' | 'import' | undefined {
  if (!model.facility.allowAnonymous) return 'facility';
  if (!lab.facts.allowAnonymous) return 'lab';
  return verb === 'import' || aboutPeople.has(verb) ? 'import' : undefined;
}

const gives = (model: AccessModel, { roles, permissions }: GrantFacts, verb: string): boolean =>
  permissions.includes(verb) || model.grants(verb, roles);

/** Access needs every subject of every Restrict: a person who holds one of two roles is outside (GX-16..GX-18, GX-33). */
function unmetRestrict(model: AccessModel, restricts: GrantFacts[], person: Person, at: number): Rule | undefined {
  for (const { lab, name, subjects } of restricts) {
    const missing = subjects.find((subject) => !isSubject(model, subject, person, at));
    if (missing) return { by: 'Restrict', lab, grant: name, missing };
  }
  return undefined;
}

/** What was made of several inputs is for those who may read every one of them (GX-26). */
function unreadableInput(
  model: AccessModel,
  derivations: GrantFacts[],
  question: Question,
  isAccepted: IsAccepted,
  asked: Set<string>,
): Rule | undefined {
  const verbs = question.verb === 'export' || question.verb === 'fork' ? ['read', question.verb] : ['read'];
  for (const input of derivations.flatMap(({ derivedFrom }) => derivedFrom)) {
    for (const verb of verbs) {
      const key = `${verb} ${input.lab}:${input.volume}/${input.path.join('/')}`;
      if (asked.has(key)) continue;
      const decision = decide(model, { ...question, place: input, verb }, isAccepted, new Set([...asked, key]));
      if (!decision.allowed) return { by: 'Input', input, rule: decision.rule };
    }
  }
  return undefined;
}

/** Rights over what was derived belong to whom every input gives them: an intersection of subjects as they are written, so that a person who
 *  holds both roles still manages nothing (GX-25, GX-27, GX-28). */
function sharedByInputs(model: AccessModel, { person, verb, at }: Question, derivations: GrantFacts[], isAccepted: IsAccepted): Decision {
  const inputs = derivations.flatMap(({ derivedFrom }) => derivedFrom);
  if (inputs.some((input) => isOut(model, input.lab, person, at))) return no({ by: 'NothingAllows' });
  const common = inAll(inputs.map((input) => sharersOf(model, input, verb, at, isAccepted, new Set())));
  return [...common.values()].some((subject) => isSubject(model, subject, person, at))
    ? yes({ by: 'Inputs', grants: derivations.map(({ name }) => name) })
    : no({ by: 'NothingAllows' });
}

const isOut = (model: AccessModel, labName: string, person: Person, at: number): boolean => {
  const lab = model.lab(labName);
  return lab === undefined || standingOf(lab, person, at).is === 'out';
};

const inAll = ([first = new Map<string, Subject>(), ...others]: Map<string, Subject>[]) =>
  new Map([...first].filter(([key]) => others.every((other) => other.has(key))));

/** Subjects that hold a sharing verb at a place, by their key. Facility administrators are none: they hold it everywhere. */
function sharersOf(
  model: AccessModel,
  place: Place,
  verb: string,
  at: number,
  isAccepted: IsAccepted,
  asked: Set<string>,
): Map<string, Subject> {
  const lab = model.lab(place.lab);
  const key = `${place.lab}:${place.volume}/${place.path.join('/')}`;
  if (!lab || asked.has(key)) return new Map();
  const rules = [...model.rulesAlong(place)];
  const active = (grants: GrantFacts[]) => grants.filter((grant) => isActive(grant, at));
  const derivations = rules.flatMap(({ derivations }) => active(derivations));
  const ofInputs = derivations
    .flatMap(({ derivedFrom }) => derivedFrom)
    .map((input) => sharersOf(model, input, verb, at, isAccepted, new Set([...asked, key])));
  if (derivations.some(isAccepted)) return inAll(ofInputs);
  const { members, groups, defaultRoles, name } = lab.facts;
  const subjects: Subject[] = [
    ...rules.flatMap(({ allows }) =>
      active(allows)
        .filter((grant) => gives(model, grant, verb) && isAccepted(grant))
        .flatMap(({ subjects }) => subjects),
    ),
    ...members
      .filter(({ roles }) => model.grants(verb, roles.length > 0 ? roles : defaultRoles))
      .map(({ user }): Subject => ({ kind: 'User', name: user })),
    ...groups.filter(({ roles }) => model.grants(verb, roles)).map((group): Subject => ({ kind: 'Group', name: `${name}/${group.name}` })),
  ];
  return inAll([new Map(subjects.map((subject) => [subjectKey(subject), subject])), ...ofInputs]);
}

/** What nobody has to write down: roles in the lab, the own directory, groups named after its owner, visibility. Undefined: nothing of it. */
function impliedBy(model: AccessModel, lab: LabIndex, standing: Standing, { person, place, verb }: Question): Decision | undefined {
  const { facts } = lab;
  const home = homeAt(lab, place.path);
  if (person.wholeLab === facts.name && standing.is === 'in' && !aboutPeople.has(verb)) return yes({ by: 'Lab', lab: facts.name });
  if (standing.is === 'in') {
    if (home.owner && home.owner.user === person.user && model.grants(verb, [home.owner.newDataRole ?? facts.newDataRole]))
      return yes({ by: 'PersonalDirectory', owner: home.owner.user });
    if (facts.groupDelegation && home.name !== undefined && (verb === 'read' || verb === 'write') && standing.groups.includes(home.name))
      return yes({ by: 'GroupDelegation', group: home.name, owner: home.owner?.user ?? home.name });
    const byRole = roleGiving(model, lab, standing, verb);
    // Whoever administers a lab may change everything in it (CM-27, CM-33).
    const isFree = home.at === 'outside' || !changing.has(verb) || roleGiving(model, lab, standing, 'administer') !== undefined;
    if (byRole) return isFree ? yes(byRole) : no({ by: 'PersonalDirectoryOfAnother', ...(home.owner && { owner: home.owner.user }) });
  }
  if (verb === 'read' && facts.visibility === 'Public') return yes({ by: 'Visibility', visibility: 'Public' });
  if (verb === 'read' && facts.visibility === 'Facility' && !isAnonymous(person)) return yes({ by: 'Visibility', visibility: 'Facility' });
  return undefined;
}

function roleGiving(
  model: AccessModel,
  { facts, groups }: LabIndex,
  standing: Extract<Standing, { is: 'in' }>,
  verb: string,
): Rule | undefined {
  const { member } = standing;
  const roles = member ? (member.roles.length > 0 ? member.roles : facts.defaultRoles) : [];
  if (model.grants(verb, roles)) return { by: 'Member', lab: facts.name, roles };
  for (const name of standing.groups) {
    const held = groups.get(name)?.roles ?? [];
    if (model.grants(verb, held)) return { by: 'Group', lab: facts.name, group: name, roles: held };
  }
  return undefined;
}

/** Where a path stands to the personal directories: `above` holds all of them, so that changing it would change them. */
function homeAt(
  { facts, directories }: LabIndex,
  path: string[],
): { at: 'outside' | 'above' | 'inside'; name?: string; owner?: LabIndex['facts']['members'][number] } {
  if (facts.userRoot === undefined) return { at: 'outside' };
  const root = facts.userRoot.split('/');
  const shared = Math.min(root.length, path.length);
  if (!root.slice(0, shared).every((segment, index) => segment === path[index])) return { at: 'outside' };
  const name = path[root.length];
  if (name === undefined) return { at: 'above' };
  const owner = directories.get(name);
  return { at: 'inside', name, ...(owner && directoryOf(owner) === name && { owner }) };
}

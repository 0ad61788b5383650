// Whether a person belongs to a lab, and whether the membership counts now: suspended, expired and inactive people have no rights in
// it, whatever else would give them some (CM-17..CM-24). Pure.
import type { InactivityFacts, LabFacts, MemberFacts, Person } from './facts.ts';

/** A lab as it is looked up: by user and by group instead of by list. */
export interface LabIndex {
  facts: LabFacts;
  members: Map<string, MemberFacts>;
  /** Names of groups by the user that they list, and by the external group that they take in. */
  groupsByUser: Map<string, string[]>;
  groupsByExternal: Map<string, string[]>;
  groups: Map<string, LabFacts['groups'][number]>;
  /** Personal directories, by name of the directory. */
  directories: Map<string, MemberFacts>;
  /** When each member was last seen. */
  lastSeen: Map<string, number>;
}

export function indexLab(facts: LabFacts, lastSeen: Map<string, number> = new Map()): LabIndex {
  const groupsByUser = new Map<string, string[]>();
  const groupsByExternal = new Map<string, string[]>();
  const add = (index: Map<string, string[]>, key: string, group: string) => index.set(key, [...(index.get(key) ?? []), group]);
  for (const { name, users, externalGroups } of facts.groups) {
    for (const user of users) add(groupsByUser, user, name);
    for (const external of externalGroups) add(groupsByExternal, external, name);
  }
  return {
    facts,
    members: new Map(facts.members.map((member) => [member.user, member])),
    groupsByUser,
    groupsByExternal,
    groups: new Map(facts.groups.map((group) => [group.name, group])),
    directories: new Map(
      facts.members.flatMap((member) => (directoryOf(member) === undefined ? [] : [[directoryOf(member) as string, member]])),
    ),
    lastSeen,
  };
}

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Name of the personal directory of a member. Undefined: the user name cannot be one and no other was given. */
export const directoryOf = ({ user, directory = user }: MemberFacts): string | undefined =>
  segment.test(directory) ? directory : undefined;

export type OutReason = 'LabSuspended' | 'Suspended' | 'Expired' | 'Inactive';

/** `out`: not, or not any more, for a reason that the person may read. `none`: never belonged. */
export type Standing =
  | { is: 'in'; member?: MemberFacts; groups: string[] }
  | { is: 'out'; because: OutReason; since?: number; period?: InactivityFacts }
  | { is: 'none' };

export function standingOf(lab: LabIndex, person: Person, at: number): Standing {
  if (person.wholeLab === lab.facts.name) return lab.facts.suspended ? { is: 'out', because: 'LabSuspended' } : { is: 'in', groups: [] };
  if (person.user === undefined) return { is: 'none' };
  const member = lab.members.get(person.user);
  const groups = groupsOf(lab, person);
  if (!member && groups.length === 0) return { is: 'none' };
  if (lab.facts.suspended) return { is: 'out', because: 'LabSuspended' };
  if (member?.suspended) return { is: 'out', because: 'Suspended' };
  if (member?.expiresAt !== undefined && at >= member.expiresAt) return { is: 'out', because: 'Expired', since: member.expiresAt };
  const seen = lastVisit(lab, person.user);
  const period =
    seen === undefined ? undefined : lab.facts.inactivity.find(({ group, maxMs }) => groups.includes(group) && at - seen > maxMs);
  if (period) return { is: 'out', because: 'Inactive', since: (seen ?? 0) + period.maxMs, period };
  return { is: 'in', ...(member && { member }), groups };
}

/** When the person loses the rights in the lab through time alone: for good at the end of the membership, and, unless there is a visit
 *  before, for being inactive. Undefined: that does not come. */
export function lossesAhead(lab: LabIndex, person: Person, at: number): { ends?: number; inactive?: number } {
  const { user } = person;
  if (user === undefined) return {};
  const ends = lab.members.get(user)?.expiresAt;
  const seen = lastVisit(lab, user);
  const groups = lab.facts.inactivity.length > 0 && seen !== undefined ? groupsOf(lab, person) : [];
  const limits = lab.facts.inactivity.filter(({ group }) => groups.includes(group)).map(({ maxMs }) => (seen ?? 0) + maxMs + 1);
  const inactive = Math.min(...limits);
  return { ...(ends !== undefined && ends > at && { ends }), ...(inactive > at && inactive < Infinity && { inactive }) };
}

/** Undefined: never seen, which is not the same as long ago (CM-22). */
function lastVisit({ lastSeen, members }: LabIndex, user: string): number | undefined {
  const visits = [lastSeen.get(user), members.get(user)?.reactivatedAt].filter((at) => at !== undefined);
  return visits.length > 0 ? Math.max(...visits) : undefined;
}

const none: string[] = [];

/** Groups of the lab that hold the person, by name or through the identity provider. Membership alone; whether it counts says standingOf. */
function groupsOf(lab: LabIndex, { user, groups = [] }: Person): string[] {
  const own = (user !== undefined && lab.groupsByUser.get(user)) || none;
  if (groups.length === 0) return own;
  return [...new Set([...own, ...groups.flatMap((group) => lab.groupsByExternal.get(group) ?? [])])];
}

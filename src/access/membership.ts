// Who belongs to a lab at one moment, and what each person and each group of the identity provider may do there: the union of the roles of
// the member and of the groups that list the person (CE-7). Pure. A suspended or expired member has nothing, not even what a group gives.
import type { LabSpec } from '../api/lab.ts';
import type { Member, PeopleGroup } from '../api/people.ts';
import { earliest } from './earliest.ts';
import type { Roles } from './role.ts';

/** A person or a group of the identity provider, under the name that the API server gives it. */
export interface Holder {
  kind: 'User' | 'Group';
  name: string;
}

export interface Standing {
  holder: Holder;
  permissions: ReadonlySet<string>;
}

/** A role that is named and does not exist; whoever holds it gets nothing from it. */
export interface UnknownRole {
  /** Where it is named, for example `spec.members "jo@uni.edu"`. */
  where: string;
  role: string;
}

export interface Membership {
  /** Who has rights now, sorted: the order in which a spec lists people means nothing. */
  standings: Standing[];
  unknownRoles: UnknownRole[];
  /** When time alone changes who has rights. */
  nextChange: Date | undefined;
}

export function membership(spec: LabSpec, roles: Roles, now: Date): Membership {
  const { groups = [], defaults } = spec;
  const members = (spec.members ?? []).map((member) => ({ ...member, roles: member.roles ?? defaults?.roles ?? [] }));
  return {
    standings: spec.suspended ? [] : standingsOf(members, groups, roles, now),
    unknownRoles: [
      ...members.flatMap(({ user, roles: names }) => unknown(`spec.members "${user}"`, names, roles)),
      ...groups.flatMap(({ name, roles: names = [] }) => unknown(`spec.groups "${name}"`, names, roles)),
    ],
    nextChange: earliest(members.flatMap(({ expiresAt }) => (expiresAt && new Date(expiresAt) > now ? new Date(expiresAt) : []))),
  };
}

/** Whether the member keeps the entry but no right. From the very instant of expiresAt on. */
export const isOut = ({ suspended, expiresAt }: Member, now: Date): boolean =>
  suspended === true || (expiresAt !== undefined && new Date(expiresAt) <= now);

function standingsOf(members: (Member & { roles: string[] })[], groups: PeopleGroup[], roles: Roles, now: Date): Standing[] {
  const out = new Set(members.filter((member) => isOut(member, now)).map(({ user }) => user));
  const given: { holder: Holder; names: string[] }[] = [
    ...members.map(({ user, roles }) => ({ holder: { kind: 'User' as const, name: user }, names: roles })),
    ...groups.flatMap(({ users = [], externalGroups = [], roles: names = [] }) => [
      ...users.map((name) => ({ holder: { kind: 'User' as const, name }, names })),
      ...externalGroups.map((name) => ({ holder: { kind: 'Group' as const, name }, names })),
    ]),
  ];
  const standings = new Map<string, { holder: Holder; permissions: Set<string> }>();
  for (const { holder, names } of given) {
    if (holder.kind === 'User' && out.has(holder.name)) continue;
    const key = `${holder.kind} ${holder.name}`;
    const { permissions } = standings.get(key) ?? { permissions: new Set<string>() };
    for (const permission of names.flatMap((name) => roles.get(name) ?? [])) permissions.add(permission);
    standings.set(key, { holder, permissions });
  }
  return [...standings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, standing]) => standing);
}

const unknown = (where: string, names: string[], roles: Roles): UnknownRole[] =>
  names.filter((role) => !roles.has(role)).map((role) => ({ where, role }));

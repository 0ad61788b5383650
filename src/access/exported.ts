// What a lab tells its own applications about who may do what: one JSON document, for those that decide themselves and ask nobody. Pure, and equal
// for equal facts. It says what the model knows and what a person of the lab may know: of other labs only what they have given to this one, and
// never the internal comment of a period, which is no fact (CM-21).
import { createHash } from 'node:crypto';
import type { GrantFacts, Subject } from './facts.ts';
import { inactiveIn } from './inactive.ts';
import type { AccessModel } from './model.ts';
import { directoryOf, type LabIndex, standingOf } from './standing.ts';

export interface Exported {
  /** JSON. */
  text: string;
  /** Whether it says only that there is too much to say. */
  isTooLarge: boolean;
}

/** A ConfigMap holds 1 MiB; the rest is for its metadata. */
const longestBytes = 1_000_000;

/** Fields may be added to it, and whoever ignores one gives nobody more; anything else is another version. */
export const policyKind = { apiVersion: 'access.bulkhead.science/v1', kind: 'AccessPolicy' } as const;

/** What a lab tells besides what the model knows of it. */
export interface Telling {
  lab: string;
  /** Names of its storage roots. */
  volumes: string[];
  /** Grants of other labs that speak of people of this one. */
  given: GrantFacts[];
}

export function exportedPolicy(model: AccessModel, { lab: name, volumes, given }: Telling, at: number): Exported {
  const lab = model.lab(name);
  const head = { ...policyKind, lab: name };
  const text = sealed({ ...head, ...(lab && { volumes, ...contents(model, lab, given, at) }) });
  if (Buffer.byteLength(text) <= longestBytes) return { text, isTooLarge: false };
  // Whoever reads it lets nobody in, and asks the review endpoint.
  return { text: sealed({ ...head, tooLarge: true }), isTooLarge: true };
}

/** With a digest over everything else, by which a reader tells one version from the next. */
const sealed = (document: object): string => JSON.stringify({ ...document, digest: digestOf(document) });

/** @param document all of it but the digest, in the order in which it is written */
export const digestOf = (document: object): string => `sha256:${createHash('sha256').update(JSON.stringify(document)).digest('hex')}`;

function contents(model: AccessModel, lab: LabIndex, given: GrantFacts[], at: number): object {
  const { facts } = lab;
  const grants = [
    ...model.grantsOf(facts.name),
    // A Restrict elsewhere speaks of data elsewhere: an application that has such data asks the review endpoint.
    ...given
      .filter(({ effect }) => effect === 'Allow')
      .map((grant) => ({ ...grant, subjects: grant.subjects.filter((subject) => isOf(lab, subject)) })),
  ].sort((a, b) => (`${a.lab}/${a.name}` < `${b.lab}/${b.name}` ? -1 : 1));
  const users = [...new Set([...lab.members.keys(), ...lab.groupsByUser.keys()])].sort();
  const roles = new Set([
    ...[...facts.members, ...facts.groups, ...grants].flatMap(({ roles }) => roles),
    ...facts.members.flatMap(({ newDataRole }) => newDataRole ?? []),
    ...facts.defaultRoles,
    facts.newDataRole,
  ]);
  const { admins, allowAnonymous } = model.facility;
  return {
    facility: { administrators: admins, allowAnonymous },
    suspended: facts.suspended ?? false,
    allowAnonymous: facts.allowAnonymous && allowAnonymous,
    visibility: facts.visibility,
    groupDelegation: facts.groupDelegation,
    ...(facts.userRoot !== undefined && { userRoot: facts.userRoot }),
    people: users.map((user) => personIn(lab, user, at)),
    groups: facts.groups,
    roles: Object.fromEntries(
      [...roles]
        .filter((role) => model.hasRole(role))
        .sort()
        .map((role) => [role, model.permissionsOf({ roles: [role], permissions: [] })]),
    ),
    grants: grants.map(grantIn),
    /** Some of them count as inactive only in a group of the identity provider, and stand nowhere else. */
    inactive: inactiveIn(model, facts.name, at).people.map(({ user, period, since, externalGroups }) => ({
      ...{ user, group: period.group, since: instant(since) },
      ...(externalGroups.length > 0 && { externalGroups }),
    })),
    inactivity: facts.inactivity.map(({ group, maxMs, message, contacts }) => ({
      ...{ group, maxInactivitySeconds: maxMs / 1000 },
      ...(message !== undefined && { message }),
      contacts,
    })),
  };
}

function personIn(lab: LabIndex, user: string, at: number): object {
  const standing = standingOf(lab, { user }, at);
  const member = lab.members.get(user);
  const named = member && directoryOf(member);
  // Of two who name one directory it belongs to one.
  const directory = named !== undefined && lab.directories.get(named) === member ? named : undefined;
  return {
    user,
    member: member !== undefined,
    /** Whoever is not In has no rights, whatever else stands here. */
    standing: standing.is === 'out' ? standing.because : 'In',
    ...(standing.is === 'out' && standing.period && { inactiveIn: standing.period.group }),
    roles: member ? (member.roles.length > 0 ? member.roles : lab.facts.defaultRoles) : [],
    groups: lab.groupsByUser.get(user) ?? [],
    ...(directory !== undefined && { directory, newDataRole: member?.newDataRole ?? lab.facts.newDataRole }),
    ...(member?.expiresAt !== undefined && { expiresAt: instant(member.expiresAt) }),
  };
}

const grantIn = ({ paths, derivedFrom, notBefore, expiresAt, ...grant }: GrantFacts): object => ({
  ...grant,
  paths: paths.map((path) => path.join('/')),
  ...(notBefore !== undefined && { notBefore: instant(notBefore) }),
  ...(expiresAt !== undefined && { expiresAt: instant(expiresAt) }),
  ...(derivedFrom.length > 0 && { derivedFrom: derivedFrom.map(({ path, ...place }) => ({ ...place, path: path.join('/') })) }),
});

/** A date that could not be read has always passed. */
const instant = (at: number): string => new Date(Number.isFinite(at) ? at : 0).toISOString();

/** Whom a grant of another lab names besides is no business of this one. */
function isOf(lab: LabIndex, { kind, name = '' }: Subject): boolean {
  if (kind === 'Authenticated' || kind === 'Everyone') return true;
  if (kind === 'User') return lab.members.has(name) || lab.groupsByUser.has(name);
  if (kind === 'Lab') return name === lab.facts.name;
  return name.startsWith(`${lab.facts.name}/`) || (kind === 'Group' && lab.groupsByExternal.has(name));
}

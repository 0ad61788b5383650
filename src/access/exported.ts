// What a lab tells its own applications about who may do what: one JSON document, for those that decide themselves and ask nobody. Pure, and equal
// for equal facts. It says what the model knows and what a person of the lab may know: of other labs only what they have given to this one, and
// never the internal comment of a period, which is no fact (CM-21).
import { createHash } from 'node:crypto';
import type { GrantFacts, Subject } from './facts.ts';
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

/** @param given grants of other labs that speak of people of this one */
export function exportedPolicy(model: AccessModel, labName: string, given: GrantFacts[], at: number): Exported {
  const lab = model.lab(labName);
  const head = { apiVersion: 'access.bulkhead.science/v1', kind: 'AccessPolicy', lab: labName };
  const text = sealed({ ...head, ...(lab && contents(model, lab, given, at)) });
  if (Buffer.byteLength(text) <= longestBytes) return { text, isTooLarge: false };
  // Whoever reads it lets nobody in, and asks the review endpoint.
  return { text: sealed({ ...head, tooLarge: true }), isTooLarge: true };
}

/** With a digest over everything else, by which a reader tells one version from the next. */
function sealed(document: object): string {
  const digest = `sha256:${createHash('sha256').update(JSON.stringify(document)).digest('hex')}`;
  return JSON.stringify({ ...document, digest });
}

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
    facility: { administrators: admins },
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
  const directory = member && directoryOf(member);
  return {
    user,
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

// Facts of the access model from the objects of the cluster, or of a folder of manifests. Pure. What the model cannot read gives nothing:
// a date that is none, a group that does not exist.
import type { DataGrant, Lab, ProcessingInstance } from '../api/kinds.ts';
import { labOf } from '../api/names.ts';
import type { Config } from '../config.ts';
import type { FacilityFacts, GrantFacts, LabFacts, MemberFacts } from './facts.ts';
import type { InstanceFacts } from './instance.ts';

export function facilityFacts({ access }: Pick<Config, 'access'>): FacilityFacts {
  return { admins: access.admins, allowAnonymous: access.allowAnonymous };
}

/** Not whether it is being deleted: the operator lets its people out then, unless the Lab goes only because its kind does. */
export function labFacts({ metadata, spec }: Lab): LabFacts {
  const { contacts = [], defaults = {} } = spec;
  return {
    name: metadata.name,
    ...(spec.suspended && { suspended: true }),
    members: (spec.members ?? []).map(memberFacts),
    groups: (spec.groups ?? []).map(({ name, users = [], externalGroups = [], roles = [] }) => ({ name, users, externalGroups, roles })),
    defaultRoles: defaults.roles ?? [],
    newDataRole: defaults.newDataRole ?? 'full-read-write',
    visibility: defaults.visibility ?? 'Lab',
    ...(spec.userRoot !== undefined && { userRoot: spec.userRoot }),
    groupDelegation: spec.groupDelegation ?? false,
    allowAnonymous: spec.allowAnonymous ?? false,
    inactivity: (spec.inactivity ?? []).map(({ group, maxInactivity, message, contacts: own = contacts }) => ({
      group,
      maxMs: millisecondsIn(maxInactivity),
      ...(message !== undefined && { message }),
      contacts: own,
    })),
  };
}

function memberFacts({ user, roles = [], expiresAt, suspended, reactivatedAt, directory, newDataRole }: Member): MemberFacts {
  return {
    user,
    roles,
    ...(expiresAt !== undefined && { expiresAt: instant(expiresAt) }),
    ...(suspended && { suspended }),
    ...(reactivatedAt !== undefined && { reactivatedAt: instant(reactivatedAt) }),
    ...(directory !== undefined && { directory }),
    ...(newDataRole !== undefined && { newDataRole }),
  };
}
type Member = NonNullable<Lab['spec']['members']>[number];

/** Undefined: it lies in no lab, or is being deleted, and says nothing. */
export function grantFacts({ metadata, spec }: DataGrant): GrantFacts | undefined {
  const lab = labOf(metadata.namespace ?? '');
  if (lab === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const { effect = 'Allow', subjects = [], roles = [], permissions = [], grantor, notBefore, expiresAt, derivedFrom = [] } = spec;
  return {
    lab,
    name: metadata.name,
    volume: spec.volume,
    paths: spec.paths.map(segments),
    effect,
    subjects,
    roles,
    permissions: effect === 'Allow' && spec.roles === undefined && spec.permissions === undefined ? ['read'] : permissions,
    ...(grantor !== undefined && { grantor }),
    ...(notBefore !== undefined && { notBefore: instant(notBefore) }),
    ...(expiresAt !== undefined && { expiresAt: instant(expiresAt) }),
    derivedFrom: derivedFrom.map(({ lab, volume, path }) => ({ lab, volume, path: segments(path) })),
  };
}

export function instanceFacts({ metadata, spec }: ProcessingInstance): InstanceFacts {
  return {
    lab: labOf(metadata.namespace ?? '') ?? '',
    name: metadata.name,
    ...(spec.owner !== undefined && { owner: spec.owner }),
    users: spec.audience?.users ?? [],
    groups: spec.audience?.groups ?? [],
  };
}

/** An empty path is the root. */
export const segments = (path = ''): string[] => (path === '' ? [] : path.split('/'));

/** A date that cannot be read has always passed: nothing lasts for ever because of a mistake. */
function instant(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? -Infinity : at;
}

const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000 };
const millisecondsIn = (duration: string): number => Number.parseInt(duration, 10) * (units[duration.at(-1) ?? ''] ?? Number.NaN);

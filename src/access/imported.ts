// The access policy of a lab, read back into facts by somebody who may not read the Lab. Pure. Answers about places of the lab are those of
// the whole model at the time of writing, with one difference: whoever other labs hold is not known, and what is not known gives nothing.
import { z } from 'zod';
import { digestOf, policyKind } from './exported.ts';
import type { FacilityFacts, GrantFacts, LabFacts } from './facts.ts';
import type { AccessModel } from './model.ts';
import { segments } from './read.ts';

export interface ImportedPolicy {
  lab: LabFacts;
  /** Names of its storage roots. */
  volumes: string[];
  /** Permissions of every role that the lab or one of its grants names. */
  roles: Record<string, string[]>;
  /** Those of the lab: places of other labs are no business of its policy. */
  grants: GrantFacts[];
  facility: FacilityFacts;
  /** Of those who are inactive alone; from nobody else's visits does anything follow yet. */
  lastSeen: { user: string; at: number }[];
}

export type Import = { usable: true; policy: ImportedPolicy } | { usable: false; why: string };

/** @param text what `exportedPolicy` has written */
export function importedPolicy(text: string, lab: string): Import {
  const refuse = (why: string): Import => ({ usable: false, why: `the exported policy of lab ${lab} ${why}` });
  const parsed = parse(text);
  const head = Head.safeParse(parsed);
  if (!head.success) return refuse('is none; the operator writes it again, so ask once more in a minute');
  const { apiVersion, kind, digest, ...rest } = head.data;
  const { digest: _, ...sealed } = parsed as object & { digest: string };
  if (apiVersion !== policyKind.apiVersion || kind !== policyKind.kind)
    return refuse(
      `is a ${kind} ${apiVersion}, and this reads ${policyKind.kind} ${policyKind.apiVersion}; use the tools of the operator's version`,
    );
  if (digest !== digestOf(sealed))
    return refuse('does not fit its digest: it was changed or cut; the operator writes it again, so ask once more in a minute');
  if (rest.lab !== lab) return refuse(`speaks of lab ${rest.lab}; tell the facility`);
  if (rest.tooLarge !== undefined) return refuse('says only that there is more than it can hold; ask an administrator of the lab');
  if (rest.people === undefined) return refuse('names nobody: the operator did not know the lab; ask once more in a minute');
  const contents = Contents.safeParse(rest);
  if (contents.success) return { usable: true, policy: policyOf(lab, contents.data) };
  const [issue] = contents.error.issues;
  return refuse(`says something unknown at ${issue?.path.join('.')} (${issue?.message}); use the tools of the operator's version`);
}

/** Takes the place of whatever the model knows of the lab, its grants and its roles. */
export function setPolicy(model: AccessModel, { lab, roles, grants, lastSeen }: ImportedPolicy): void {
  for (const [name, permissions] of Object.entries(roles)) model.setRole(name, permissions);
  model.setLab(lab);
  for (const { name } of model.grantsOf(lab.name)) model.removeGrant(lab.name, name);
  for (const grant of grants) model.setGrant(grant);
  for (const { user, at } of lastSeen) model.setLastSeen(lab.name, user, at);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Head = z.looseObject({ apiVersion: z.string(), kind: z.string(), lab: z.string(), digest: z.string() });

const instant = z.iso.datetime().transform((text) => Date.parse(text));
const path = z.string().transform(segments);
const names = z.array(z.string());

const Grant = z.object({
  lab: z.string(),
  name: z.string(),
  volume: z.string(),
  paths: z.array(path),
  effect: z.enum(['Allow', 'Restrict']),
  subjects: z.array(
    z.object({ kind: z.enum(['User', 'Group', 'Lab', 'ServiceAccount', 'Authenticated', 'Everyone']), name: z.string().exactOptional() }),
  ),
  roles: names,
  permissions: names,
  grantor: z.string().exactOptional(),
  notBefore: instant.exactOptional(),
  expiresAt: instant.exactOptional(),
  derivedFrom: z.array(z.object({ lab: z.string(), volume: z.string(), path })).default([]),
});

const Contents = z.object({
  volumes: names,
  facility: z.object({ administrators: z.object({ users: names, groups: names }), allowAnonymous: z.boolean() }),
  suspended: z.boolean(),
  allowAnonymous: z.boolean(),
  visibility: z.enum(['Lab', 'Facility', 'Public']),
  groupDelegation: z.boolean(),
  userRoot: z.string().exactOptional(),
  people: z.array(
    z.object({
      user: z.string(),
      member: z.boolean(),
      standing: z.enum(['In', 'LabSuspended', 'Suspended', 'Expired', 'Inactive']),
      roles: names,
      directory: z.string().exactOptional(),
      newDataRole: z.string().exactOptional(),
      expiresAt: instant.exactOptional(),
    }),
  ),
  groups: z.array(z.object({ name: z.string(), users: names, externalGroups: names, roles: names })),
  roles: z.record(z.string(), names),
  grants: z.array(Grant),
  inactive: z.array(z.object({ user: z.string(), group: z.string(), since: instant })),
  inactivity: z.array(
    z.object({
      group: z.string(),
      maxInactivitySeconds: z.number(),
      message: z.string().exactOptional(),
      contacts: z.array(z.object({ name: z.string(), email: z.string() })),
    }),
  ),
});
type Contents = z.output<typeof Contents>;

function policyOf(name: string, contents: Contents): ImportedPolicy {
  const { volumes, facility, suspended, userRoot, people, groups, roles, grants, inactive, ...rules } = contents;
  const inactivity = rules.inactivity.map(({ maxInactivitySeconds, ...period }) => ({ ...period, maxMs: maxInactivitySeconds * 1000 }));
  return {
    volumes,
    roles,
    grants: grants.filter(({ lab }) => lab === name),
    facility: { admins: facility.administrators, allowAnonymous: facility.allowAnonymous },
    lab: {
      ...rules,
      name,
      ...(suspended && { suspended }),
      ...(userRoot !== undefined && { userRoot }),
      members: people.filter(({ member }) => member).map(memberOf),
      groups,
      inactivity,
      // People stand there with what they hold, defaults of the lab among it.
      defaultRoles: [],
      newDataRole: '',
    },
    lastSeen: inactive.flatMap(({ user, group, since }) => {
      const period = inactivity.find((one) => one.group === group);
      return period ? [{ user, at: since - period.maxMs }] : [];
    }),
  };
}

const memberOf = ({ user, standing, roles, directory = noDirectory, newDataRole, expiresAt }: Contents['people'][number]) => ({
  user,
  roles,
  directory,
  ...(standing === 'Suspended' && { suspended: true }),
  ...(newDataRole !== undefined && { newDataRole }),
  ...(expiresAt !== undefined && { expiresAt }),
});

/** The name of no directory: without any the user name would be taken for one. */
const noDirectory = '';

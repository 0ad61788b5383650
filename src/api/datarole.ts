// DataRole: a named set of permissions (CE-6). Cluster-scoped and for every lab (CE-8); beside them stand the standard roles of
// access/role.ts, which are always there. This schema is the CRD.
import { z } from 'zod';
import { listSet } from './schema.ts';

/** What the platform itself enforces or decides. */
export const platformVerbs = [
  'read',
  'export',
  'fork',
  'write',
  'import',
  'compute',
  'delete',
  'share',
  'shareExternal',
  'token',
  'administer',
] as const;
export type PlatformVerb = (typeof platformVerbs)[number];

/** A platform verb, or a permission of an application. */
export const permissionPattern = new RegExp(`^(${platformVerbs.join('|')}|[a-z0-9-]+:[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*)$`);

export const DataRoleSpec = z.object({
  displayName: z.string().min(1).max(128).optional().describe('Name for people. Absent: metadata.name.'),
  permissions: z
    .array(z.string().max(128).regex(permissionPattern))
    .min(1)
    .max(128)
    .meta(listSet)
    .describe(
      `What a holder may do: ${platformVerbs.join(', ')}, or anything finer that an application decides, as app:resource.verb, for example cellengine:gate.update.`,
    ),
});
export type DataRoleSpec = z.output<typeof DataRoleSpec>;

// Roles: what holding one allows. Four are always there, named and composed as CellEngine's (CE-2..CE-5); a facility adds its own as
// DataRole objects, which cannot take these names. Pure.
import type { PlatformVerb } from '../api/datarole.ts';
import type { DataRole } from '../api/kinds.ts';

const readOnly: PlatformVerb[] = ['read', 'export', 'fork'];
const basic: PlatformVerb[] = [...readOnly, 'write', 'import', 'compute'];
/** By name: the platform verbs that each standard role holds. */
export const standardRoles = {
  'limited-read-only': ['read'],
  'read-only': readOnly,
  'basic-read-write': basic,
  'full-read-write': [...basic, 'delete', 'share', 'shareExternal', 'administer'],
} as const satisfies Record<string, readonly PlatformVerb[]>;

/** Permissions of every role that there is, by its name. */
export type Roles = ReadonlyMap<string, readonly string[]>;

/** A DataRole under the name of a standard role could not be made; if there is one all the same, it means nothing. */
export const rolesWith = (dataRoles: DataRole[]): Roles =>
  new Map<string, readonly string[]>([
    ...dataRoles.map(({ metadata, spec }) => [metadata.name, spec.permissions] as const),
    ...Object.entries(standardRoles),
  ]);

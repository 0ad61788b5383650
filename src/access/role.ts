// Roles: what holding one allows. Four are always there, named and composed as CellEngine's (CE-2..CE-5); a facility adds its own as
// DataRole objects, which cannot take these names. Pure.
import type { PlatformVerb } from '../api/datarole.ts';

const readOnly: PlatformVerb[] = ['read', 'export', 'fork'];
const basic: PlatformVerb[] = [...readOnly, 'write', 'import', 'compute'];
/** By name: the platform verbs that each standard role holds. */
export const standardRoles = {
  'limited-read-only': ['read'],
  'read-only': readOnly,
  'basic-read-write': basic,
  'full-read-write': [...basic, 'delete', 'share', 'shareExternal', 'administer'],
} as const satisfies Record<string, readonly PlatformVerb[]>;

// Roles: what holding one allows. Four are always there, named and composed as CellEngine's (CE-2..CE-5); a facility adds its own as
// DataRole objects, which cannot take these names. Pure.
import type { PlatformVerb } from '../api/datarole.ts';
import type { DataRole } from '../api/kinds.ts';
import { cellEngineVerbs } from './cellengine.ts';

const readOnly: PlatformVerb[] = ['read', 'export', 'fork'];
const basic: PlatformVerb[] = [...readOnly, 'write', 'import', 'compute'];
/** By name: what each standard role holds: platform verbs, and CellEngine's own as extension verbs. */
export const standardRoles = {
  'limited-read-only': ['read', ...cellEngineVerbs('limited-read-only')],
  'read-only': [...readOnly, ...cellEngineVerbs('read-only')],
  'basic-read-write': [...basic, ...cellEngineVerbs('basic-read-write')],
  'full-read-write': [...basic, 'delete', 'share', 'shareExternal', 'administer', ...cellEngineVerbs('full-read-write')],
} as const satisfies Record<string, readonly string[]>;

/** Permissions of every role that there is, by its name. */
export type Roles = ReadonlyMap<string, readonly string[]>;

/** A DataRole under the name of a standard role could not be made; if there is one all the same, it means nothing. */
export const rolesWith = (dataRoles: DataRole[]): Roles =>
  new Map<string, readonly string[]>([
    ...dataRoles.map(({ metadata, spec }) => [metadata.name, spec.permissions] as const),
    ...Object.entries(standardRoles),
  ]);

export const isStandardRole = (name: string): boolean => name in standardRoles;

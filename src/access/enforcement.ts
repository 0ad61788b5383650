// Who keeps a permission: the platform, by what can be mounted and by what admission and role bindings refuse; or the application that shows
// the data, to which it is only exported. Pure.
import { type PlatformVerb, platformVerbs } from '../api/datarole.ts';

/** Who sees data can copy what is shown, so no platform keeps `export` and `fork`; a mounted directory cannot be removed, whatever `delete` says. */
const keptByMounts: readonly PlatformVerb[] = ['read', 'write', 'import', 'compute', 'share', 'shareExternal'];

export interface Enforcement {
  platform: string[];
  /** `app:*` stands for all permissions of an application. */
  advisory: string[];
}

/** @returns undefined: nothing is permitted */
export function enforcementOf(permissions: readonly string[]): Enforcement | undefined {
  if (permissions.length === 0) return undefined;
  const isKept = (permission: string) => (keptByMounts as readonly string[]).includes(permission);
  const verbs = platformVerbs.filter((verb) => permissions.includes(verb));
  const apps = permissions
    .filter((permission) => permission.includes(':'))
    .map((permission) => `${permission.slice(0, permission.indexOf(':'))}:*`);
  return { platform: verbs.filter(isKept), advisory: [...verbs.filter((verb) => !isKept(verb)), ...new Set(apps.sort())] };
}

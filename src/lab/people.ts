// Who gets in and who must go out, as changes of the role bindings. Pure. Going out needs no proof and happens first of all; coming in
// happens last, and only after the walls were seen to stand.
import { standardRoles } from '../access/role.ts';
import type { Lab } from '../api/kinds.ts';
import { peopleBindings } from '../api/names.ts';
import type { RoleBinding } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { peopleRoleBinding, type Role, roles, usersOf } from './objects/rolebinding.ts';

export interface People {
  /** Bindings that must go: of a role that nobody has any more, or changed by somebody else into something else. */
  remove: Stored<RoleBinding>[];
  /** Bindings without those who have lost a role. */
  reduce: RoleBinding[];
  /** Bindings with those who gain a role. Empty when nobody does: then there is nothing to prove. */
  admit: RoleBinding[];
}

/** @param bindings role bindings in the namespace of the lab as they are */
export function people(lab: Lab, bindings: Stored<RoleBinding>[]): People {
  const plan: People = { remove: [], reduce: [], admit: [] };
  for (const role of roles) {
    const wanted = usersWith(lab, role);
    const existing = bindings.find(({ metadata }) => metadata.name === peopleBindings[role].name);
    const users = existing && usersOf(existing, role);
    const kept = (users ?? []).filter((user) => wanted.includes(user));
    if (existing && kept.length === 0) plan.remove.push(existing);
    else if (existing && users && kept.length < users.length) plan.reduce.push(still(existing, peopleRoleBinding(lab, role, kept)));
    if (wanted.some((user) => !kept.includes(user))) plan.admit.push(peopleRoleBinding(lab, role, wanted));
  }
  return plan;
}

/** With the uid, so that a binding that is gone by now is not made again. */
const still = ({ metadata: { uid } }: Stored<RoleBinding>, intent: RoleBinding): RoleBinding => ({
  ...intent,
  metadata: { ...intent.metadata, uid },
});

/** Sorted: the order in which a spec lists its members means nothing. */
const usersWith = (lab: Lab, role: Role): string[] =>
  (lab.spec.members ?? [])
    .filter(({ roles }) => tierOf(roles) === role)
    .map(({ user }) => user)
    .sort();

function tierOf(names: string[]): Role | undefined {
  const verbs = new Set<string>(names.flatMap((name) => [...(standardRoles[name as keyof typeof standardRoles] ?? [])]));
  return verbs.has('administer') ? 'admin' : verbs.has('compute') ? 'member' : verbs.has('read') ? 'viewer' : undefined;
}

// Who gets in and who must go out, as changes of the role bindings. Pure. Going out needs no proof and happens first of all; coming in
// happens last, and only after the walls were seen to stand.
import type { Holder, Standing, UnknownRole } from '../access/membership.ts';
import type { Roles } from '../access/role.ts';
import type { Lab } from '../api/kinds.ts';
import { peopleBindings } from '../api/names.ts';
import type { RoleBinding } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { holdersOf, peopleRoleBinding, type Role, roles } from './objects/rolebinding.ts';
import type { Refusal } from './reserve.ts';

export interface People {
  /** Bindings that must go: of a role that nobody has any more, or changed by somebody else into something else. */
  remove: Stored<RoleBinding>[];
  /** Bindings without those who have lost a role. */
  reduce: RoleBinding[];
  /** Bindings with those who gain a role. Empty when nobody does: then there is nothing to prove. */
  admit: RoleBinding[];
}

/** @param bindings role bindings in the namespace of the lab as they are */
export function people(lab: Lab, standings: Standing[], bindings: Stored<RoleBinding>[]): People {
  const plan: People = { remove: [], reduce: [], admit: [] };
  for (const role of roles) {
    const wanted = standings.filter(({ permissions }) => bindingsFor(permissions).includes(role)).map(({ holder }) => holder);
    const existing = bindings.find(({ metadata }) => metadata.name === peopleBindings[role].name);
    const holders = existing && holdersOf(existing, role);
    const kept = among(holders ?? [], wanted);
    if (existing && kept.length === 0) plan.remove.push(existing);
    else if (existing && holders && kept.length < holders.length) plan.reduce.push(still(existing, peopleRoleBinding(lab, role, kept)));
    if (kept.length < wanted.length) plan.admit.push(peopleRoleBinding(lab, role, wanted));
  }
  return plan;
}

/** With the uid, so that a binding that is gone by now is not made again. */
const still = ({ metadata: { uid } }: Stored<RoleBinding>, intent: RoleBinding): RoleBinding => ({
  ...intent,
  metadata: { ...intent.metadata, uid },
});

function among(holders: Holder[], wanted: Holder[]): Holder[] {
  const keyOf = ({ kind, name }: Holder) => `${kind} ${name}`;
  const keys = new Set(wanted.map(keyOf));
  return holders.filter((holder) => keys.has(keyOf(holder)));
}

/** Viewer, member and admin each hold what the one before holds. Sharing is apart from computing, so it has a binding of its own. */
function bindingsFor(permissions: ReadonlySet<string>): Role[] {
  if (permissions.has('administer')) return ['admin'];
  const shares: Role[] = permissions.has('share') ? ['sharer'] : [];
  if (permissions.has('compute')) return ['member', ...shares];
  return shares.length > 0 ? shares : permissions.has('read') ? ['viewer'] : [];
}

/** The first role that a lab names and that does not exist; everybody else is served. */
export function unknownRole([first]: UnknownRole[], known: Roles): Refusal | undefined {
  if (!first) return undefined;
  const there = [...known.keys()].sort().join(', ');
  const message = `${first.where} names role "${first.role}", which does not exist; there are ${there}; name one of these, or create the DataRole`;
  return { reason: 'RoleUnknown', message };
}

// Who gets in and who must go out, as changes of the role bindings. Pure. Going out needs no proof and happens first of all; coming in
// happens last, and only after the walls were seen to stand.
import type { Holder, LabVerb, Rights } from '../access/holders.ts';
import type { Roles } from '../access/role.ts';
import type { Lab } from '../api/kinds.ts';
import type { LabSpec } from '../api/lab.ts';
import { editorName, peopleBindings } from '../api/names.ts';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  ClusterRoleBindings,
  ClusterRoles,
  type Kind,
  type RoleBinding,
  RoleBindings,
} from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { type Wanted, wanted } from './decide.ts';
import { editorBinding, editorRole } from './objects/editor.ts';
import { holdersOf, peopleRoleBinding, type Role, roles } from './objects/rolebinding.ts';
import type { Refusal } from './reserve.ts';

export interface People {
  /** Bindings that must go: of a role that nobody has any more, or changed by somebody else into something else. */
  remove: Existing[];
  /** Bindings without those who have lost a role. */
  reduce: Wanted[];
  /** Bindings as they are, in case that somebody has changed anything else about them. */
  keep: Wanted[];
  /** Bindings with those who gain a role. Empty when nobody does: then there is nothing to prove. */
  admit: Wanted[];
  /** Role that the administrators are bound to, as it must be before they are. */
  editor: ClusterRole | undefined;
}

interface Existing {
  kind: Kind<KubeObject>;
  object: Stored<KubeObject>;
}

/** What there is. */
export interface PeopleFacts {
  /** Role bindings in the namespace of the lab. */
  bindings: Stored<RoleBinding>[];
  editor?: { role: Stored<ClusterRole> | undefined; binding: Stored<ClusterRoleBinding> | undefined };
}

/** One binding through which people come in. */
interface Door {
  kind: Kind<RoleBinding>;
  clusterRole: string;
  existing: Stored<RoleBinding> | undefined;
  with: (holders: Holder[]) => RoleBinding;
  wanted: Holder[];
}

export function people(lab: Lab, rights: Rights[], { bindings, editor }: PeopleFacts): People {
  const holdersWith = (role: Role) => rights.filter(({ verbs }) => bindingsFor(verbs).includes(role)).map(({ holder }) => holder);
  const administrators = holdersWith('admin');
  const doors: Door[] = [
    ...roles.map((role) => ({
      kind: RoleBindings,
      clusterRole: peopleBindings[role].clusterRole,
      existing: bindings.find(({ metadata }) => metadata.name === peopleBindings[role].name),
      with: (holders: Holder[]) => peopleRoleBinding(lab, role, holders),
      wanted: holdersWith(role),
    })),
    {
      kind: ClusterRoleBindings,
      clusterRole: editorName(lab.metadata.name),
      existing: editor?.binding,
      with: (holders) => editorBinding(lab, holders),
      wanted: administrators,
    },
  ];
  const changes = doors.map(changesAt);
  const isEdited = administrators.length > 0;
  return {
    remove: [
      ...changes.flatMap(({ remove }) => remove),
      ...(editor?.role && !isEdited ? [{ kind: kindOf(ClusterRoles), object: editor.role }] : []),
    ],
    reduce: changes.flatMap(({ reduce }) => reduce),
    keep: changes.flatMap(({ keep }) => keep),
    admit: changes.flatMap(({ admit }) => admit),
    editor: isEdited ? editorRole(lab) : undefined,
  };
}

function changesAt({
  kind,
  clusterRole,
  existing,
  with: intent,
  wanted: holders,
}: Door): Pick<People, 'remove' | 'reduce' | 'keep' | 'admit'> {
  const bound = existing && holdersOf(existing, clusterRole);
  const kept = among(bound ?? [], holders);
  return {
    remove: existing && kept.length === 0 ? [{ kind: kindOf(kind), object: existing }] : [],
    reduce: existing && bound && kept.length > 0 && kept.length < bound.length ? [wanted(kind, still(existing, intent(kept)))] : [],
    keep: existing && bound && kept.length > 0 && kept.length === bound.length ? [wanted(kind, still(existing, intent(kept)))] : [],
    admit: kept.length < holders.length ? [wanted(kind, intent(holders))] : [],
  };
}

const kindOf = <T extends KubeObject>(kind: Kind<T>) => kind as unknown as Kind<KubeObject>;

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

/** Viewer, member and admin each hold what the one before holds. Sharing is apart from computing and administering, and sharing outside apart from
 *  sharing inside (CE-21), so each has a binding of its own; whoever has one of these sees what a viewer sees, but not for a part alone. */
function bindingsFor(verbs: ReadonlySet<LabVerb>): Role[] {
  const sharing: Role[] = [
    ...(verbs.has('share') ? (['sharer'] as const) : []),
    ...(verbs.has('shareExternal') ? (['external-sharer'] as const) : []),
  ];
  const works: Role[] = verbs.has('administer')
    ? ['admin']
    : verbs.has('compute')
      ? ['member']
      : verbs.has('read') && sharing.length === 0
        ? ['viewer']
        : [];
  return [...works, ...sharing, ...(verbs.has('sharepart') ? (['sharer-part'] as const) : [])];
}

/** The first role that a lab names and that does not exist; whoever holds it gets nothing from it, and everybody else is served. */
export function unknownRole({ members = [], groups = [], defaults }: LabSpec, known: Roles): Refusal | undefined {
  const named = [
    ...members.flatMap(({ user, roles = [], newDataRole }) => at(`spec.members "${user}"`, ...roles, newDataRole)),
    ...groups.flatMap(({ name, roles = [] }) => at(`spec.groups "${name}"`, ...roles)),
    ...at('spec.defaults', ...(defaults?.roles ?? []), defaults?.newDataRole),
  ];
  const first = named.find(({ role }) => !known.has(role));
  if (!first) return undefined;
  const there = [...known.keys()].sort().join(', ');
  const message = `${first.where} names role "${first.role}", which does not exist; there are ${there}; name one of these, or create the DataRole`;
  return { reason: 'RoleUnknown', message };
}

const at = (where: string, ...roles: (string | undefined)[]) => roles.flatMap((role) => (role === undefined ? [] : [{ where, role }]));

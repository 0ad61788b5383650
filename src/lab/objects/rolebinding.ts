// Role bindings of a lab: the operator's own, made as soon as there is a namespace, and those of people, made last of all.
import type { Holder } from '../../access/holders.ts';
import type { Lab } from '../../api/kinds.ts';
import { operatorBinding, operatorName, peopleBindings } from '../../api/names.ts';
import { type RoleBinding, RoleBindings } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

const rbac = 'rbac.authorization.k8s.io';

export type Role = keyof typeof peopleBindings;
export const roles = Object.keys(peopleBindings) as Role[];

/** Lets the operator write in this namespace, and in no other that is not a lab. */
export const operatorRoleBinding = (lab: Lab, operatorNamespace: string): RoleBinding => ({
  ...binding(lab, operatorBinding),
  subjects: [{ kind: 'ServiceAccount', name: operatorName, namespace: operatorNamespace }],
});

export const peopleRoleBinding = (lab: Lab, role: Role, holders: Holder[]): RoleBinding => ({
  ...binding(lab, peopleBindings[role]),
  subjects: holders.map(subject),
});

export const subject = ({ kind, name }: Holder) => ({ apiGroup: rbac, kind, name });
export const roleRef = (clusterRole: string) => ({ apiGroup: rbac, kind: 'ClusterRole', name: clusterRole });

/** Whom a binding binds, or undefined when it binds to another role, or anybody else: such a binding is replaced. */
export function holdersOf({ subjects = [], roleRef }: RoleBinding, clusterRole: string): Holder[] | undefined {
  const isOurs = roleRef.kind === 'ClusterRole' && roleRef.name === clusterRole;
  const holders = subjects.flatMap(({ kind, name, apiGroup }) =>
    (kind === 'User' || kind === 'Group') && apiGroup === rbac ? { kind, name } : [],
  );
  return isOurs && holders.length === subjects.length ? (holders as Holder[]) : undefined;
}

const binding = (lab: Lab, { name, clusterRole }: { name: string; clusterRole: string }) => ({
  apiVersion: RoleBindings.apiVersion,
  kind: RoleBindings.kind,
  metadata: namespacedMetadata(lab, name),
  roleRef: roleRef(clusterRole),
});

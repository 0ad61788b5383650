// Role bindings of a lab: the operator's own, made as soon as there is a namespace, and those of people, made last of all.
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

export const peopleRoleBinding = (lab: Lab, role: Role, users: string[]): RoleBinding => ({
  ...binding(lab, peopleBindings[role]),
  subjects: users.map((name) => ({ apiGroup: rbac, kind: 'User', name })),
});

/** Users of a binding, or undefined when it binds anything else: such a binding is replaced. */
export function usersOf({ subjects = [], roleRef }: RoleBinding, role: Role): string[] | undefined {
  const isOurs =
    roleRef.kind === 'ClusterRole' && roleRef.name === peopleBindings[role].clusterRole && subjects.every(({ kind }) => kind === 'User');
  return isOurs ? subjects.map(({ name }) => name) : undefined;
}

const binding = (lab: Lab, { name, clusterRole }: { name: string; clusterRole: string }) => ({
  apiVersion: RoleBindings.apiVersion,
  kind: RoleBindings.kind,
  metadata: namespacedMetadata(lab, name),
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole },
});

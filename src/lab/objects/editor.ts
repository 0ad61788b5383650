// Lets the administrators of a lab write to their own Lab, and to no other. Which fields they may change is a matter of admission.
import type { Holder } from '../../access/holders.ts';
import type { Lab } from '../../api/kinds.ts';
import { Labs } from '../../api/kinds.ts';
import { group } from '../../api/labels.ts';
import { editorName } from '../../api/names.ts';
import { type ClusterRole, type ClusterRoleBinding, ClusterRoleBindings, ClusterRoles } from '../../kube/kind.ts';
import { clusterMetadata } from './metadata.ts';
import { roleRef, subject } from './rolebinding.ts';

/** Nothing that the operator does not hold itself, or the API server would not let it give this away. */
export const editorRole = (lab: Lab): ClusterRole => ({
  apiVersion: ClusterRoles.apiVersion,
  kind: ClusterRoles.kind,
  metadata: clusterMetadata(lab, editorName(lab.metadata.name)),
  rules: [{ apiGroups: [group], resources: [Labs.plural], resourceNames: [lab.metadata.name], verbs: ['get', 'patch'] }],
});

export const editorBinding = (lab: Lab, holders: Holder[]): ClusterRoleBinding => ({
  apiVersion: ClusterRoleBindings.apiVersion,
  kind: ClusterRoleBindings.kind,
  metadata: clusterMetadata(lab, editorName(lab.metadata.name)),
  roleRef: roleRef(editorName(lab.metadata.name)),
  subjects: holders.map(subject),
});

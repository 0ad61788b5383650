// What of Bulkhead is in the cluster, read live, for `kubectl bulkhead uninstall`. Kinds whose definition is gone already have no objects.
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1PodDisruptionBudget,
  V1Role,
  V1StorageClass,
} from '@kubernetes/client-node';
import {
  type DataGrant,
  DataGrants,
  type DataRole,
  DataRoles,
  type Lab,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
  type Reservation,
  Reservations,
} from '../api/kinds.ts';
import { group, labLabel, managedSelector } from '../api/labels.ts';
import { labOf } from '../api/names.ts';
import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import {
  type Builtin,
  type CustomResourceDefinition,
  CustomResourceDefinitions,
  defineKind,
  type Kind,
  type Namespace,
  Namespaces,
  type PersistentVolume,
  PersistentVolumes,
  type RoleBinding,
  RoleBindings,
  ServiceAccounts,
  Services,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
} from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
/** What the chart makes in the namespace of the operator. The Deployment first: nothing restarts it. */
export const operatorKinds: Kind<KubeObject>[] = [
  defineKind<Builtin<V1Deployment>>('apps/v1', 'Deployment', 'deployments', 'Namespaced'),
  defineKind<Builtin<V1PodDisruptionBudget>>('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'Namespaced'),
  Services,
  defineKind<Builtin<V1ConfigMap>>('v1', 'ConfigMap', 'configmaps', 'Namespaced'),
  RoleBindings,
  defineKind<Builtin<V1Role>>(rbac, 'Role', 'roles', 'Namespaced'),
  ServiceAccounts,
];
/** Rights and the class of the volumes. Bindings first. */
export const clusterKinds: Kind<KubeObject>[] = [
  defineKind<Builtin<V1ClusterRoleBinding>>(rbac, 'ClusterRoleBinding', 'clusterrolebindings', 'Cluster'),
  defineKind<Builtin<V1ClusterRole>>(rbac, 'ClusterRole', 'clusterroles', 'Cluster'),
  defineKind<Builtin<V1StorageClass>>('storage.k8s.io/v1', 'StorageClass', 'storageclasses', 'Cluster'),
];
/** Bindings first: a policy without one says nothing. */
export const wallKinds: Kind<KubeObject>[] = [ValidatingAdmissionPolicyBindings, ValidatingAdmissionPolicies] as Kind<KubeObject>[];

/** One object with its kind. */
export interface Found {
  kind: Kind<KubeObject>;
  object: Stored<KubeObject>;
}

export interface Survey {
  operatorNamespace: string;
  labs: Stored<Lab>[];
  instances: Stored<ProcessingInstance>[];
  grants: Stored<DataGrant>[];
  dataRoles: Stored<DataRole>[];
  reservations: Stored<Reservation>[];
  /** Namespaces with the label of a lab. */
  namespaces: Stored<Namespace>[];
  /** Of people and of the operator, in those namespaces. */
  bindings: Stored<RoleBinding>[];
  /** Whose claims are, or were, in the namespace of a lab. */
  volumes: Stored<PersistentVolume>[];
  definitions: Stored<CustomResourceDefinition>[];
  operator: Found[];
  cluster: Found[];
  walls: Found[];
}

const ofChart = 'app.kubernetes.io/part-of=bulkhead';

export async function survey(client: Client, operatorNamespace: string): Promise<Survey> {
  const list = async <T extends KubeObject>(kind: Kind<T>, where: { namespace?: string; labelSelector?: string } = {}) =>
    client.list(kind, where).catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  const all = async (kinds: Kind<KubeObject>[], where: { namespace?: string; labelSelector: string }): Promise<Found[]> =>
    (await Promise.all(kinds.map(async (kind) => (await list(kind, where)).map((object) => ({ kind, object }))))).flat();
  const [labs, instances, grants, dataRoles, reservations, namespaces, bindings, volumes, definitions] = await Promise.all([
    list(Labs),
    list(ProcessingInstances),
    list(DataGrants),
    list(DataRoles),
    list(Reservations),
    list(Namespaces, { labelSelector: labLabel }),
    list(RoleBindings, { labelSelector: managedSelector }),
    list(PersistentVolumes),
    list(CustomResourceDefinitions),
  ]);
  return {
    operatorNamespace,
    labs,
    instances,
    grants,
    dataRoles,
    reservations,
    namespaces,
    bindings,
    volumes: volumes.filter(({ spec }) => labOf(spec?.claimRef?.namespace ?? '') !== undefined),
    definitions: definitions.filter(({ spec }) => spec.group === group),
    operator: await all(operatorKinds, { namespace: operatorNamespace, labelSelector: ofChart }),
    cluster: await all(clusterKinds, { labelSelector: ofChart }),
    walls: await all(wallKinds, { labelSelector: managedSelector }),
  };
}

// A handle for one kind: where the API server keeps it and which type it has. Caches, requests and applies are typed by it.
import type * as k8s from '@kubernetes/client-node';
import type { KubeObject, Wire } from './object.ts';

export interface Kind<T extends KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Only carries the type; never present at run time. */
  readonly example?: T;
}

/** A built-in kind: client-node's model in its wire form, with the metadata that every stored object has. */
export type Builtin<T> = Omit<Wire<T>, 'metadata' | 'apiVersion' | 'kind'> & KubeObject;

export const defineKind = <T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  scope: 'Namespaced' | 'Cluster',
): Kind<T> => ({
  apiVersion,
  kind,
  plural,
  namespaced: scope === 'Namespaced',
});

export type CustomResourceDefinition = Builtin<k8s.V1CustomResourceDefinition>;
export type Namespace = Builtin<k8s.V1Namespace>;
export type Pod = Builtin<k8s.V1Pod>;
export type Service = Builtin<k8s.V1Service>;
export type ServiceAccount = Builtin<k8s.V1ServiceAccount>;
export type Secret = Builtin<k8s.V1Secret>;
export type PersistentVolume = Builtin<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Builtin<k8s.V1PersistentVolumeClaim>;
export type ResourceQuota = Builtin<k8s.V1ResourceQuota>;
export type LimitRange = Builtin<k8s.V1LimitRange>;
export type NetworkPolicy = Builtin<k8s.V1NetworkPolicy>;
export type ClusterRole = Builtin<k8s.V1ClusterRole>;
export type ClusterRoleBinding = Builtin<k8s.V1ClusterRoleBinding>;
export type RoleBinding = Builtin<k8s.V1RoleBinding>;
export type StatefulSet = Builtin<k8s.V1StatefulSet>;
export type Job = Builtin<k8s.V1Job>;
export type Lease = Builtin<k8s.V1Lease>;
export type ConfigMap = Builtin<k8s.V1ConfigMap>;
export type ValidatingAdmissionPolicy = Builtin<k8s.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Builtin<k8s.V1ValidatingAdmissionPolicyBinding>;

export const CustomResourceDefinitions = defineKind<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  'Cluster',
);
export const Namespaces = defineKind<Namespace>('v1', 'Namespace', 'namespaces', 'Cluster');
export const Pods = defineKind<Pod>('v1', 'Pod', 'pods', 'Namespaced');
export const Services = defineKind<Service>('v1', 'Service', 'services', 'Namespaced');
export const ServiceAccounts = defineKind<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts', 'Namespaced');
export const Secrets = defineKind<Secret>('v1', 'Secret', 'secrets', 'Namespaced');
export const PersistentVolumes = defineKind<PersistentVolume>('v1', 'PersistentVolume', 'persistentvolumes', 'Cluster');
export const PersistentVolumeClaims = defineKind<PersistentVolumeClaim>(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  'Namespaced',
);
export const ResourceQuotas = defineKind<ResourceQuota>('v1', 'ResourceQuota', 'resourcequotas', 'Namespaced');
export const LimitRanges = defineKind<LimitRange>('v1', 'LimitRange', 'limitranges', 'Namespaced');
export const NetworkPolicies = defineKind<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', 'Namespaced');
export const ClusterRoles = defineKind<ClusterRole>('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', 'Cluster');
export const ClusterRoleBindings = defineKind<ClusterRoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  'Cluster',
);
export const RoleBindings = defineKind<RoleBinding>('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', 'Namespaced');
export const StatefulSets = defineKind<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets', 'Namespaced');
export const Jobs = defineKind<Job>('batch/v1', 'Job', 'jobs', 'Namespaced');
export const ValidatingAdmissionPolicies = defineKind<ValidatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
  'Cluster',
);
export const ValidatingAdmissionPolicyBindings = defineKind<ValidatingAdmissionPolicyBinding>(
  'admissionregistration.k8s.io/v1',
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  'Cluster',
);
export const ConfigMaps = defineKind<ConfigMap>('v1', 'ConfigMap', 'configmaps', 'Namespaced');
export const Leases = defineKind<Lease>('coordination.k8s.io/v1', 'Lease', 'leases', 'Namespaced');

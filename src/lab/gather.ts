// What the caches know about one lab, and how a change elsewhere leads to the labs that it concerns.
import { isDeepStrictEqual } from 'node:util';
import {
  concernIndices,
  dataConcernedByGrant,
  dataConcernedByLab,
  dataConcernedByRole,
  grantsNaming,
  isOther,
  isOtherLab,
  labsAround,
  namedGrants,
  subjectLabsOf,
} from '../access/concern.ts';
import type { AccessModel } from '../access/model.ts';
import { grantFacts, labFacts } from '../access/read.ts';
import { visitOf } from '../access/visit.ts';
import type { AdmissionObject } from '../admission/installed.ts';
import { policies } from '../admission/policies.ts';
import type { Lab, Reservation } from '../api/kinds.ts';
import { DataGrants, DataRoles, LabPolicies, Labs, ProcessingInstances, Reservations } from '../api/kinds.ts';
import { fieldManager, grantLabel, labLabel, managedSelector } from '../api/labels.ts';
import {
  editorName,
  labEgressPolicyName,
  labOf,
  limitsName,
  namespaceOf,
  operatorUser,
  reviewPolicyName,
  rootVolumeName,
} from '../api/names.ts';
import type { Config } from '../config.ts';
import {
  ClusterRoleBindings,
  ClusterRoles,
  ConfigMaps,
  type Lease,
  Leases,
  LimitRanges,
  type Namespace,
  Namespaces,
  NetworkPolicies,
  PersistentVolumeClaims,
  PersistentVolumes,
  ResourceQuotas,
  RoleBindings,
  ValidatingAdmissionPolicies,
  ValidatingAdmissionPolicyBindings,
} from '../kube/kind.ts';
import { type Cache, type Informer, informer, type Watch, watch } from '../kube/kube.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { rolesOfChart } from '../rbac/clusterroles.ts';
import { reservationInformer } from '../reservation/claim.ts';
import type { LabInput, Wanted } from './decide.ts';
import type { PeopleFacts } from './people.ts';
import type { WallFacts } from './walls.ts';

/** The configuration of the facility, and where the operator runs: its service account gets the rights that it needs in each lab. */
export type LabSettings = Config & { operatorNamespace: string; facilityKey: Buffer };

/** ClusterRoles that take in the rules of others, all under one value. */
const byAggregation = 'byAggregation';
const aggregated = 'aggregated';

const ownerByLabel = ({ metadata }: KubeObject): string[] => {
  const lab = metadata.labels?.[labLabel];
  return lab === undefined ? [] : [lab];
};
/** Volumes of grants carry the label of their reader, but belong to the grant. */
const ownVolumeOf = (volume: KubeObject): string[] => (volume.metadata.labels?.[grantLabel] === undefined ? ownerByLabel(volume) : []);

/** Children in the namespace of a lab that are repaired when somebody changes them. */
const namespacedChildren = [LabPolicies, ConfigMaps, ResourceQuotas, LimitRanges, NetworkPolicies, PersistentVolumeClaims, RoleBindings];

const admissionKinds = [ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings];

export const labInformers: Informer[] = [
  informer({ kind: Labs, indices: concernIndices.labs }),
  informer({ kind: DataRoles }),
  informer({ kind: LabPolicies }),
  informer({ kind: ProcessingInstances, indices: concernIndices.instances }),
  informer({ kind: DataGrants, indices: concernIndices.grants }),
  informer({ kind: Namespaces, labelSelector: labLabel }),
  informer({ kind: ResourceQuotas, labelSelector: managedSelector }),
  informer({ kind: ConfigMaps, labelSelector: managedSelector }),
  informer({ kind: LimitRanges, labelSelector: managedSelector }),
  // All of them: one that somebody else has made in a lab is a hole in the walls.
  informer({ kind: NetworkPolicies }),
  informer({ kind: RoleBindings }),
  // All of them: any may take in the rules of ours.
  informer({ kind: ClusterRoles, indices: { [byAggregation]: ({ aggregationRule }) => (aggregationRule ? [aggregated] : []) } }),
  informer({ kind: ClusterRoleBindings, labelSelector: managedSelector }),
  informer({ kind: PersistentVolumes, labelSelector: managedSelector }),
  informer({ kind: PersistentVolumeClaims, labelSelector: managedSelector }),
  // By what they say, not by a label that could be lost.
  ...admissionKinds.map((kind) => informer<KubeObject>({ kind })),
  reservationInformer,
];

/** @param admission what the chart installs */
export function labWatches(cache: Cache, admission: AdmissionObject[]): Watch[] {
  const walls = new Set(admission.map(({ metadata }) => metadata.name));
  const roles = new Set(rolesOfChart.map(({ name }) => name));
  const everyLab = () => cache.list(Labs).map(({ metadata }) => metadata.name);
  return [
    watch({ kind: Labs, enqueue: ({ metadata }) => [metadata.name] }),
    // Whoever reads the data of a lab also needs its group id, and learns here that it has one.
    watch({ kind: Labs, enqueue: ({ metadata }) => labsAround(cache, dataConcernedByLab(cache, metadata.name)), changed: isOtherLab }),
    watch({ kind: DataRoles, enqueue: (role) => labsAround(cache, dataConcernedByRole(cache, role)), changed: isOther }),
    // A first visit begins the time until somebody is inactive, and one may come while somebody is being found so; others only put it off.
    watch({ kind: Leases, enqueue: ownerByNamespace, changed: (before, after) => isLate(cache, before, after) }),
    watch({ kind: Namespaces, enqueue: ownerByLabel }),
    watch({ kind: ClusterRoles, enqueue: ownerByLabel }),
    watch({ kind: ClusterRoles, enqueue: ({ metadata }) => (roles.has(metadata.name) ? everyLab() : []) }),
    watch({
      kind: ClusterRoles,
      enqueue: ({ aggregationRule }) => (aggregationRule ? everyLab() : []),
      // Their own rules change with every chart that adds to them.
      changed: (before, after) => !isDeepStrictEqual(before.aggregationRule, after.aggregationRule),
    }),
    watch({ kind: ClusterRoleBindings, enqueue: ownerByLabel }),
    watch({ kind: PersistentVolumes, enqueue: ownVolumeOf }),
    watch({ kind: ProcessingInstances, enqueue: ownerByNamespace, changed: isOther }),
    watch({ kind: DataGrants, enqueue: (grant) => labsAround(cache, dataConcernedByGrant(cache, grant)), changed: isOther }),
    // Their applications are told what was given to them.
    watch({ kind: DataGrants, enqueue: subjectLabsOf, changed: isOther }),
    watch({ kind: Reservations, enqueue: (reservation) => holdersOf(cache, reservation) }),
    ...namespacedChildren.map((kind) => watch<KubeObject>({ kind, enqueue: ownerByNamespace })),
    ...admissionKinds.map((kind) =>
      watch<KubeObject>({
        kind,
        enqueue: ({ metadata }) => (walls.has(metadata.name) ? everyLab() : []),
        changed: isOther,
      }),
    ),
  ];
}

/** Through what people come in. */
export const gatherPeople = (cache: Cache, { metadata: { name } }: Lab): PeopleFacts => ({
  bindings: cache.list(RoleBindings, namespaceOf(name)),
  editor: { role: cache.get(ClusterRoles, editorName(name)), binding: cache.get(ClusterRoleBindings, editorName(name)) },
});

/** The facts that the decision about a lab needs. */
export function gather(
  cache: Cache,
  model: AccessModel,
  lab: Stored<Lab>,
  { identity, config, now }: Pick<LabInput, 'identity' | 'config' | 'now'>,
): LabInput {
  const { name } = lab.metadata;
  const namespace = namespaceOf(name);
  const instances = cache.list(ProcessingInstances, namespace);
  return {
    lab,
    identity,
    config,
    instances,
    model,
    grants: namedGrants(cache, instances),
    given: grantsNaming(cache, name).flatMap((grant) => grantFacts(grant) ?? []),
    // Under their own names: a label can be on any.
    volumes: (lab.spec.storage ?? []).flatMap((root) => cache.get(PersistentVolumes, rootVolumeName(name, root.name)) ?? []),
    claims: cache.list(PersistentVolumeClaims, namespace),
    reviewEgress: cache.get(NetworkPolicies, reviewPolicyName, namespace),
    listedEgress: cache.get(NetworkPolicies, labEgressPolicyName, namespace),
    quota: cache.get(ResourceQuotas, limitsName, namespace),
    now,
  };
}

/** The admission policies and bindings that the chart installs with these settings. */
export const admissionOf = ({ operatorNamespace, ports, storage: { backends } }: LabSettings): AdmissionObject[] =>
  policies({ operatorNamespace, operatorUser: operatorUser(operatorNamespace), ports, backends });

/** The walls as they are now, own writes of this pass included. */
export function gatherWalls(
  cache: Cache,
  {
    namespace,
    guards,
    leaving,
    admission,
  }: { namespace: Namespace; guards: Wanted[]; leaving: KubeObject[]; admission: AdmissionObject[] },
): Omit<WallFacts, 'probed'> {
  const { name } = namespace.metadata;
  return {
    admission: admission.map((wanted) => ({
      wanted,
      live: cache.get<AdmissionObject>(
        wanted.kind === ValidatingAdmissionPolicies.kind ? ValidatingAdmissionPolicies : ValidatingAdmissionPolicyBindings,
        wanted.metadata.name,
      ),
    })),
    clusterRoles: rolesOfChart.flatMap(({ name }) => cache.get(ClusterRoles, name) ?? []),
    aggregated: cache.byIndex(ClusterRoles, byAggregation, aggregated),
    namespace: { wanted: namespace, live: cache.get(Namespaces, name) },
    guards: guards.map((guard) => ({ wanted: guard.object, live: liveOf(cache, guard) })),
    roleBindings: cache.list(RoleBindings, name),
    networkPolicies: cache.list(NetworkPolicies, name).filter((policy) => !leaving.includes(policy)), // our own, no longer needed
    fieldManager,
  };
}

export const liveOf = (cache: Cache, { kind, object: { metadata } }: Wanted) => cache.get(kind, metadata.name, metadata.namespace);

const ownerByNamespace = ({ metadata }: KubeObject): string[] => {
  const lab = labOf(metadata.namespace ?? '');
  return lab === undefined ? [] : [lab];
};

/** Whether a visit comes after more time than some period of the lab allows. */
function isLate(cache: Cache, before: Lease, after: Lease): boolean {
  const [was, is] = [visitOf(before), visitOf(after)];
  const lab = is && cache.get(Labs, is.lab);
  if (!was || !is || !lab) return false;
  return labFacts(lab).inactivity.some(({ maxMs }) => is.at - was.at > maxMs);
}

/** A marker of a directory has no holder; it is needed by every lab with a root below. */
function holdersOf(cache: Cache, { spec }: Reservation): string[] {
  if (spec.holder) return spec.holder.kind === 'Lab' ? [spec.holder.name] : [];
  const isBelow = ({ backend, path }: { backend: string; path: string }) => `${backend}:${path}`.startsWith(`${spec.resource}/`);
  return cache.list(Labs).flatMap(({ metadata, spec }) => ((spec.storage ?? []).some(isBelow) ? metadata.name : []));
}

// Reads of the cache for one instance, and which instances to look at again when something else has changed.
import { concernIndices } from '../access/concern.ts';
import {
  DataGrants,
  DataRoles,
  LabPolicies,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
  type Reservation,
  Reservations,
} from '../api/kinds.ts';
import { instanceLabel, managedSelector } from '../api/labels.ts';
import { databaseClaimName, labOf, outputsGrantName, policyName, stateClaimName } from '../api/names.ts';
import { isTrue } from '../kube/conditions.ts';
import { Jobs, type Kind, NetworkPolicies, PersistentVolumeClaims, Pods, ServiceAccounts, Services, StatefulSets } from '../kube/kind.ts';
import { type Cache, type Informer, informer } from '../kube/kube.ts';
import { type KubeObject, keyOf, type Stored } from '../kube/object.ts';
import { reservationInformer } from '../reservation/claim.ts';
import type { Observed } from './decide.ts';

const byInstance = 'byInstance';
const byWant = 'byWant';

/** Children that go when they are no longer wanted; claims and Jobs that have run stay. */
const removableKinds: Kind<KubeObject>[] = [StatefulSets, Services, NetworkPolicies, ServiceAccounts];
const childKinds: Kind<KubeObject>[] = [...removableKinds, PersistentVolumeClaims, Jobs];

export const processingInstanceInformers: Informer[] = [
  informer({ kind: ProcessingInstances, indices: { ...concernIndices.instances, [byWant]: wants } }),
  informer({ kind: Labs, indices: concernIndices.labs }),
  informer({ kind: DataGrants, indices: concernIndices.grants }),
  ...[LabPolicies, DataRoles].map((kind) => informer<KubeObject>({ kind })),
  reservationInformer,
  // Those of network policies are shared with the lab, which looks for foreign ones.
  ...childKinds.map((kind) => informer(kind === NetworkPolicies ? { kind } : { kind, labelSelector: managedSelector })),
  informer({ kind: Pods, labelSelector: managedSelector, indices: { [byInstance]: instanceKeys } }),
];

/** What an instance shares with nobody and does not have yet, as types of Reservation. */
function wants(instance: ProcessingInstance): Reservation['spec']['type'][] {
  const { spec, status } = instance;
  return [
    ...(spec.ports && !status?.ports ? ['Ports' as const] : []),
    ...(spec.license && !isTrue(instance, 'LicenseReserved') ? ['License' as const] : []),
  ];
}

/** Instances to which something that was given back may go: who wants it is asked, not who was refused, so that no release falls between
 * a refusal and the status that tells of it. */
export const waitingFor = (cache: Cache, { metadata, spec }: Reservation): string[] =>
  cache.get(Reservations, metadata.name) ? [] : cache.byIndex(ProcessingInstances, byWant, spec.type).map(keyOf);

export const instancesIn = (cache: Cache, namespace: string): string[] => cache.list(ProcessingInstances, namespace).map(keyOf);

/** The instance of a child, or all of its namespace for what they share. */
export const instancesOf = (cache: Cache, child: KubeObject): string[] =>
  child.metadata.labels?.[instanceLabel] ? instanceKeys(child) : instancesIn(cache, child.metadata.namespace ?? '');

function instanceKeys({ metadata }: KubeObject): string[] {
  const name = metadata.labels?.[instanceLabel];
  return name ? [`${metadata.namespace}/${name}`] : [];
}

export function gatherGround(cache: Cache, { metadata }: ProcessingInstance) {
  const labName = labOf(metadata.namespace ?? '');
  return {
    lab: labName === undefined ? undefined : cache.get(Labs, labName),
    policy: cache.get(LabPolicies, policyName, metadata.namespace),
  };
}

export function gatherObserved(cache: Cache, instance: Stored<ProcessingInstance>): Observed {
  const { name, namespace, uid } = instance.metadata;
  const isOwn = ({ metadata }: KubeObject) => (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
  const { outputs } = instance.spec;
  const claimNames = [...(instance.spec.storage ?? []).map((state) => stateClaimName(name, state.name)), databaseClaimName(name)];
  return {
    claims: claimNames.flatMap((claim) => cache.get(PersistentVolumeClaims, claim, namespace) ?? []),
    statefulSets: cache.list(StatefulSets, namespace).filter(isOwn),
    jobs: cache.list(Jobs, namespace).filter(isOwn),
    pods: cache.byIndex(Pods, byInstance, keyOf(instance)),
    outputsGrant: outputs && cache.get(DataGrants, outputsGrantName(name, outputs.volume, outputs.path), namespace),
    removable: removableKinds.flatMap((kind) =>
      cache
        .list(kind, namespace)
        .filter(isOwn)
        .map((object) => ({ kind, object })),
    ),
  };
}

// Decides what must stand in the namespace of a lab before anybody is let in. Pure: no cluster, no clock, no log.
import type { NamedGrant } from '../access/data.ts';
import { earliest } from '../access/earliest.ts';
import { exportedPolicy } from '../access/exported.ts';
import type { GrantFacts } from '../access/facts.ts';
import type { AccessModel } from '../access/model.ts';
import type { Lab, ProcessingInstance } from '../api/kinds.ts';
import { LabPolicies } from '../api/kinds.ts';
import { rootClaimName } from '../api/names.ts';
import type { StorageRoot } from '../api/storageroot.ts';
import type { Backend, Config } from '../config.ts';
import type { Kind, NetworkPolicy, PersistentVolume, PersistentVolumeClaim, ResourceQuota } from '../kube/kind.ts';
import { ConfigMaps, LimitRanges, NetworkPolicies, PersistentVolumeClaims, PersistentVolumes, ResourceQuotas } from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { Identity } from '../reservation/identity.ts';
import { countable } from './countable.ts';
import { reachOf } from './egress.ts';
import { accessPolicy } from './objects/accesspolicy.ts';
import { labPolicy } from './objects/labpolicy.ts';
import { limitRange } from './objects/limitrange.ts';
import { defaultDeny, dnsEgress, listedEgress, reviewEgress } from './objects/networkpolicy.ts';
import { persistentVolume } from './objects/persistentvolume.ts';
import { persistentVolumeClaim } from './objects/persistentvolumeclaim.ts';
import { resourceQuota } from './objects/resourcequota.ts';
import { placementRefusal } from './placement.ts';
import { labPolicyPlan, reviewURL } from './policy.ts';
import type { Refusal } from './reserve.ts';

export interface LabInput {
  lab: Stored<Lab>;
  identity: Identity;
  config: Config & { operatorNamespace: string };
  instances: Stored<ProcessingInstance>[];
  model: AccessModel;
  /** The grants that the instances name. */
  grants: ReadonlyMap<string, NamedGrant>;
  /** Grants of other labs that speak of its people. */
  given: GrantFacts[];
  /** Volumes of the lab as they are. */
  volumes: Stored<PersistentVolume>[];
  /** Claims in its namespace as they are. */
  claims: Stored<PersistentVolumeClaim>[];
  /** The network policy that lets its instances ask the operator, as it is. */
  reviewEgress: Stored<NetworkPolicy> | undefined;
  /** The network policy with its egress list, as it is. */
  listedEgress: Stored<NetworkPolicy> | undefined;
  /** The quota of the lab as it is. */
  quota: Stored<ResourceQuota> | undefined;
  now: Date;
}

export interface Wanted {
  kind: Kind<KubeObject>;
  object: KubeObject;
}

export interface Plan {
  /** What lets out more than it should; removed before anything else. */
  remove: Stored<NetworkPolicy>[];
  /** In the order in which they must stand. */
  guards: Wanted[];
  /** Volumes that somebody deletes while a claim is bound to them: held back for ever, unless they are let go and made again. */
  release: Stored<PersistentVolume>[];
  /** Volumes that a claim is bound to and that are gone: made again for that very claim, or it counts as lost. */
  restore: { volume: PersistentVolume; claim: Stored<PersistentVolumeClaim> }[];
  /** Volumes that are still bound to a claim that is gone; they must be let go, or the new claim waits for ever. */
  unbind: Stored<PersistentVolume>[];
  /** What the spec asks for and cannot have; all the rest stands. */
  refusal: Refusal | undefined;
  /** Whether applications can read who may do what: there may be too much to say. */
  isExported: boolean;
  /** When time alone changes the LabPolicy or the quota. */
  nextCheck: Date | undefined;
}

export function decide(input: LabInput): Plan {
  const { lab, config, volumes, claims } = input;
  const roots = storageOf(lab, config.storage.backends);
  const reach = reachOf(lab, config.network.neverEgress);
  const policy = labPolicyPlan(input);
  const reviewed = reviewURL(config) !== undefined;
  const exported = exportedPolicy(
    input.model,
    { lab: lab.metadata.name, volumes: (lab.spec.storage ?? []).map(({ name }) => name), given: input.given },
    input.now.getTime(),
  );
  const { ownKinds, again } = countable(input.quota, input.now);
  return {
    remove: [
      ...(input.listedEgress && reach.rules.length === 0 ? [input.listedEgress] : []),
      ...(input.reviewEgress && !reviewed ? [input.reviewEgress] : []),
    ],
    guards: [
      // Volumes need no right in the namespace, and the API server takes a moment to learn of that of the operator. Then policy and network:
      // they are what a pod meets. The quota last: until it is counted, the API server refuses claims.
      ...roots.map(({ root, backend }) => wanted(PersistentVolumes, persistentVolume(lab, root, backend))),
      wanted(LabPolicies, labPolicy(lab, policy.spec)),
      wanted(NetworkPolicies, defaultDeny(lab)),
      wanted(NetworkPolicies, dnsEgress(lab, config.network.dns)),
      ...(reviewed ? [wanted(NetworkPolicies, reviewEgress(lab, config.operatorNamespace))] : []),
      ...(reach.rules.length > 0 ? [wanted(NetworkPolicies, listedEgress(lab, reach.rules))] : []),
      wanted(ConfigMaps, accessPolicy(lab, exported.text)),
      wanted(LimitRanges, limitRange(lab)),
      ...roots.map(({ root }) => wanted(PersistentVolumeClaims, persistentVolumeClaim(lab, root))),
      wanted(ResourceQuotas, resourceQuota({ lab, config, nodePorts: nodePorts(input), ownKinds })),
    ],
    release: volumes.filter(({ metadata }) => metadata.deletionTimestamp !== undefined),
    restore: roots.flatMap(({ root, backend }) => {
      const { metadata, spec } = persistentVolume(lab, root, backend);
      const claim = claims.find((claim) => claim.spec?.volumeName === metadata.name && claim.status?.phase !== 'Pending');
      if (!claim || volumes.some((volume) => volume.metadata.name === metadata.name)) return [];
      return [{ claim, volume: { metadata, spec: { ...spec, claimRef: { ...spec?.claimRef, uid: claim.metadata.uid } } } }];
    }),
    unbind: volumes.filter((volume) => isLeft(volume, claims)),
    refusal: placementRefusal(lab, config) ?? reach.refusal,
    isExported: !exported.isTooLarge,
    nextCheck: earliest([policy.nextChange, again]),
  };
}

/** Names of claims of a lab that are not bound yet: pods that need them would wait. */
export const unboundClaims = (lab: Lab, claims: PersistentVolumeClaim[]): string[] =>
  (lab.spec.storage ?? [])
    .map(({ name }) => rootClaimName(name))
    .filter((wanted) => !claims.some(({ metadata, status }) => metadata.name === wanted && status?.phase === 'Bound'));

function storageOf(lab: Lab, backends: Backend[]): { root: StorageRoot; backend: Backend }[] {
  return (lab.spec.storage ?? []).flatMap((root) => {
    const backend = backends.find(({ name }) => name === root.backend);
    return backend ? [{ root, backend }] : [];
  });
}

/** The ports that instances have reserved, and one block more: a new instance need not wait until the quota has grown. */
const nodePorts = ({ instances, config }: LabInput): number =>
  instances.reduce((total, { spec }) => total + (spec.ports?.size ?? 0), config.ports.blockSize);

/** A volume remembers the uid of the claim that it was bound to, and waits for that very claim even when another takes its name. */
function isLeft({ spec }: PersistentVolume, claims: Stored<PersistentVolumeClaim>[]): boolean {
  const { uid, name } = spec?.claimRef ?? {};
  return uid !== undefined && claims.find(({ metadata }) => metadata.name === name)?.metadata.uid !== uid;
}

export const wanted = <T extends KubeObject>(kind: Kind<T>, object: T): Wanted => ({ kind: kind as unknown as Kind<KubeObject>, object });

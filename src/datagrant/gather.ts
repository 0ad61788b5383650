// What the caches know about one DataGrant, and how a change elsewhere leads to the grants that it concerns.
import { subjectLabs } from '../access/grant.ts';
import type { DataGrant, LabPolicy } from '../api/kinds.ts';
import { DataGrants, DataRoles, LabPolicies, Labs, ProcessingInstances } from '../api/kinds.ts';
import { fieldManager, grantLabel, labLabel, managedSelector } from '../api/labels.ts';
import { grantClaimName, grantVolumeName, labOf, namespaceOf, policyName } from '../api/names.ts';
import type { Backend } from '../config.ts';
import { Namespaces, type PersistentVolume, PersistentVolumeClaims, PersistentVolumes, Pods } from '../kube/kind.ts';
import { type Cache, type Informer, informer, type Kube } from '../kube/kube.ts';
import { isMadeBy, keyOf, partsOf, type Stored } from '../kube/object.ts';
import type { Consumer } from './consumer.ts';
import { claimsOf } from './deadline.ts';
import { type DataGrantInput, recipients } from './decide.ts';
import type { Expulsion } from './expulsion.ts';
import type { Share } from './objects/persistentvolume.ts';

const bySubject = 'bySubject';
const byGrantClaim = 'byGrantClaim';
const byClaim = 'byClaim';

export const dataGrantInformers: Informer[] = [
  informer({
    kind: DataGrants,
    indices: { [bySubject]: subjectLabs, [byGrantClaim]: (grant) => [claimNameOf(grant)] },
  }),
  informer({ kind: Labs }),
  informer({ kind: DataRoles }),
  informer({ kind: LabPolicies }),
  informer({ kind: ProcessingInstances }),
  informer({ kind: Namespaces, labelSelector: labLabel }),
  informer({ kind: PersistentVolumes, labelSelector: managedSelector, indices: { [byGrantClaim]: grantLabelOf } }),
  informer({ kind: PersistentVolumeClaims, labelSelector: managedSelector, indices: { [byGrantClaim]: grantLabelOf } }),
  informer({
    kind: Pods,
    labelSelector: managedSelector,
    indices: { [byClaim]: (pod) => claimsOf(pod).map((claim) => claimKey(pod.metadata.namespace, claim)) },
  }),
];

/** The facts about a grant. Undefined when it does not exist: then its finalizer has cleaned up. */
export function gather(
  cache: Cache,
  key: string,
  now: Date,
  backends: Backend[],
  expulsionOf: (consumer: string) => Expulsion | undefined,
): DataGrantInput | undefined {
  const { name, namespace = '' } = partsOf(key);
  const grant = cache.get(DataGrants, name, namespace);
  if (!grant) return undefined;
  const ownerLab = cache.get(Namespaces, namespace)?.metadata.labels?.[labLabel];
  const consumers = consumersOf(cache, grant).map((consumer) => consumerOf(cache, grant, consumer, expulsionOf(consumer)));
  return { grant, ownerLab, owner: ownerLab === undefined ? undefined : cache.get(Labs, ownerLab), backends, consumers, now };
}

/** Asks the server about volumes that are to be made, as the cache shows only those with our label; no request once they exist. */
export async function lookBehindCache(kube: Kube, input: DataGrantInput): Promise<DataGrantInput> {
  const due = recipients(input);
  const look = async (consumer: Consumer): Promise<Consumer> =>
    due.includes(consumer) && !consumer.volume && !consumer.foreign
      ? { ...consumer, ...ownOrForeign(await kube.read(PersistentVolumes, volumeNameOf(consumer.share))) }
      : consumer;
  return { ...input, consumers: await Promise.all(input.consumers.map(look)) };
}

const volumeNameOf = ({ ownerLab, grant, consumer }: Share) => grantVolumeName(ownerLab, grant, consumer);
function ownOrForeign(volume: Stored<PersistentVolume> | undefined): Pick<Consumer, 'volume' | 'foreign'> {
  if (!volume) return {};
  return isMadeBy(fieldManager, volume) ? { volume } : { foreign: volume };
}

/** The name of the lab is part of the name of its namespace, so that names of children stay the same when a label is lost. */
const ownerNameOf = ({ metadata }: DataGrant) => labOf(metadata.namespace ?? '') ?? '';
export const claimNameOf = (grant: DataGrant) => grantClaimName(ownerNameOf(grant), grant.metadata.name);
const claimKey = (namespace: string | undefined, claim: string) => `${namespace}/${claim}`;

/** Which grant a volume or claim belongs to, as the value of its label: none or one. */
export function grantLabelOf({ metadata }: { metadata: { labels?: Record<string, string> } }): string[] {
  const label = metadata.labels?.[grantLabel];
  return label === undefined ? [] : [label];
}

/** Labs that read, and labs that still have something of the grant, in a stable order; never the owner. */
function consumersOf(cache: Cache, grant: DataGrant): string[] {
  const claim = claimNameOf(grant);
  const namespaces = [
    ...cache.byIndex(PersistentVolumes, byGrantClaim, claim).map(({ spec }) => spec?.claimRef?.namespace),
    ...cache.byIndex(PersistentVolumeClaims, byGrantClaim, claim).map(({ metadata }) => metadata.namespace),
  ];
  const labs = new Set([...subjectLabs(grant), ...namespaces.flatMap((namespace = '') => labOf(namespace) ?? [])]);
  labs.delete(ownerNameOf(grant));
  return [...labs].sort();
}

function consumerOf(cache: Cache, grant: DataGrant, lab: string, expulsion: Expulsion | undefined): Consumer {
  const share = { ownerLab: ownerNameOf(grant), grant: grant.metadata.name, consumer: lab };
  const claimName = claimNameOf(grant);
  const namespace = namespaceOf(lab);
  return {
    share,
    claimName,
    lab: cache.get(Labs, lab),
    namespace: cache.get(Namespaces, namespace),
    policy: cache.get(LabPolicies, policyName, namespace),
    ...ownOrForeign(cache.get(PersistentVolumes, volumeNameOf(share))),
    claim: cache.byIndex(PersistentVolumeClaims, byGrantClaim, claimName).find(({ metadata }) => metadata.namespace === namespace),
    instances: cache
      .list(ProcessingInstances, namespace)
      .filter(({ spec }) => spec.data?.some(({ from }) => from?.lab === share.ownerLab && from.grant === share.grant)),
    pods: cache.byIndex(Pods, byClaim, claimKey(namespace, claimName)),
    expulsion,
  };
}

export const grantsByClaim = (cache: Cache, ...claims: string[]): string[] =>
  claims.flatMap((claim) => cache.byIndex(DataGrants, byGrantClaim, claim).map(keyOf));

/** Keys of the grants of a lab, and of those for it. */
export const grantsOfLab = (cache: Cache, lab: string): string[] => [
  ...cache.list(DataGrants, namespaceOf(lab)).map(keyOf),
  ...cache.byIndex(DataGrants, bySubject, lab).map(keyOf),
];

/** Keys of the grants to which a lab is subject, or was: their claims are still there. */
export const grantsOfPolicy = (cache: Cache, policy: Stored<LabPolicy>): string[] => [
  ...cache.byIndex(DataGrants, bySubject, labOf(policy.metadata.namespace ?? '') ?? '').map(keyOf),
  ...grantsByClaim(cache, ...cache.list(PersistentVolumeClaims, policy.metadata.namespace).flatMap(grantLabelOf)),
];

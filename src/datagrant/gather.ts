// What the caches know about one DataGrant, and how a change elsewhere leads to the grants that it concerns.

import { concernIndices, dataConcernedByLab } from '../access/concern.ts';
import { earliest } from '../access/earliest.ts';
import { subjectLabs } from '../access/grant.ts';
import type { AccessModel } from '../access/model.ts';
import type { DataGrant, LabPolicy, ProcessingInstance } from '../api/kinds.ts';
import { DataGrants, DataRoles, LabPolicies, Labs, ProcessingInstances } from '../api/kinds.ts';
import { fieldManager, grantLabel, labLabel, managedSelector } from '../api/labels.ts';
import { type GrantMode, grantClaimName, grantVolumeName, labOf, namespaceOf, policyName } from '../api/names.ts';
import type { Backend } from '../config.ts';
import type { Expulsion } from '../expulsion/expel.ts';
import { Namespaces, type PersistentVolume, PersistentVolumeClaims, PersistentVolumes } from '../kube/kind.ts';
import { type Cache, type Informer, informer, type Kube } from '../kube/kube.ts';
import { isMadeBy, type KubeObject, keyOf, partsOf, type Stored } from '../kube/object.ts';
import { type Ask, asksOf } from './asks.ts';
import { assess } from './assess.ts';
import type { Consumer } from './consumer.ts';
import { type DataGrantInput, recipients } from './decide.ts';
import type { Share } from './objects/persistentvolume.ts';

const bySubject = 'bySubject';
const byGrantClaim = 'byGrantClaim';
const byGrant = 'byGrant';

export const dataGrantInformers: Informer[] = [
  informer({
    kind: DataGrants,
    indices: { ...concernIndices.grants, [bySubject]: subjectLabs, [byGrantClaim]: (grant) => [claimNameOf(grant)] },
  }),
  informer({ kind: Labs, indices: concernIndices.labs }),
  informer({ kind: DataRoles }),
  informer({ kind: LabPolicies }),
  informer({
    kind: ProcessingInstances,
    indices: {
      ...concernIndices.instances,
      [byGrant]: ({ spec }) => (spec.data ?? []).flatMap(({ from }) => (from ? `${from.lab}/${from.grant}` : [])),
    },
  }),
  informer({ kind: Namespaces, labelSelector: labLabel }),
  informer({ kind: PersistentVolumes, labelSelector: managedSelector, indices: { [byGrantClaim]: grantLabelOf } }),
  informer({ kind: PersistentVolumeClaims, labelSelector: managedSelector, indices: { [byGrantClaim]: grantLabelOf } }),
];

/** The facts about a grant. Undefined when it does not exist: then its finalizer has cleaned up. */
export function gather(
  { cache, access, backends, now }: Facts,
  key: string,
  expulsionOf: (consumer: string) => Expulsion | undefined,
): DataGrantInput | undefined {
  const { name, namespace = '' } = partsOf(key);
  const grant = cache.get(DataGrants, name, namespace);
  if (!grant) return undefined;
  const ownerLab = cache.get(Namespaces, namespace)?.metadata.labels?.[labLabel];
  const owner = ownerLab === undefined ? undefined : cache.get(Labs, ownerLab);
  const hasInstance = (of: string) =>
    cache.get(ProcessingInstances, of.split('/')[1] ?? '', namespaceOf(of.split('/')[0] ?? '')) !== undefined;
  const instances = cache.byIndex(ProcessingInstances, byGrant, `${ownerNameOf(grant)}/${name}`).filter(isLasting);
  const labNamed = (lab: string) => cache.get(Labs, lab);
  const asks = asksOf({ model: access, ownerLab: ownerNameOf(grant), named: { grant, owner }, instances, labNamed, now });
  const assessment = assess(access, grant, hasInstance, now);
  const changesAt = earliest([assessment.changesAt, ...asks.map(({ changesAt }) => changesAt)]);
  const consumers = sharesOf(cache, grant, asks).map((share) => consumerOf(cache, share, instances, asks, expulsionOf(consumerKey(share))));
  return { grant, ownerLab, owner, backends, assessment: { ...assessment, changesAt }, consumers, now };
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

const volumeNameOf = ({ ownerLab, grant, consumer, mode }: Share) => grantVolumeName(ownerLab, grant, consumer, mode);
function ownOrForeign(volume: Stored<PersistentVolume> | undefined): Pick<Consumer, 'volume' | 'foreign'> {
  if (!volume) return {};
  return isMadeBy(fieldManager, volume) ? { volume } : { foreign: volume };
}

export interface Facts {
  cache: Cache;
  access: AccessModel;
  backends: Backend[];
  now: Date;
}

const isLasting = ({ metadata }: KubeObject) => metadata.deletionTimestamp === undefined;
export const consumerKey = ({ consumer, mode }: Share): string => `${consumer} ${mode}`;

/** The name of the lab is part of the name of its namespace, so that names of children stay the same when a label is lost. */
const ownerNameOf = ({ metadata }: DataGrant) => labOf(metadata.namespace ?? '') ?? '';
export const claimNameOf = (grant: DataGrant) => grantClaimName(ownerNameOf(grant), grant.metadata.name);

/** Which grant a volume or claim belongs to, as the value of its label: none or one. */
export function grantLabelOf({ metadata }: { metadata: { labels?: Record<string, string> } }): string[] {
  const label = metadata.labels?.[grantLabel];
  return label === undefined ? [] : [label];
}

/** Labs that may use it, and labs that still have something of the grant, in each mode and in a stable order; never the owner. */
function sharesOf(cache: Cache, grant: DataGrant, asks: Ask[]): Share[] {
  const ownerLab = ownerNameOf(grant);
  const label = claimNameOf(grant);
  const volumes = cache.byIndex(PersistentVolumes, byGrantClaim, label);
  const claims = cache.byIndex(PersistentVolumeClaims, byGrantClaim, label);
  return modes.flatMap((mode) => {
    const claimName = grantClaimName(ownerLab, grant.metadata.name, mode);
    const namespaces = [
      ...volumes.filter(({ spec }) => spec?.claimRef?.name === claimName).map(({ spec }) => spec?.claimRef?.namespace),
      ...claims.filter(({ metadata }) => metadata.name === claimName).map(({ metadata }) => metadata.namespace),
    ];
    const labs = new Set([
      ...(mode === 'ReadOnly' ? subjectLabs(grant) : []),
      ...asks.filter((ask) => ask.mode === mode).map(({ lab }) => lab),
      ...namespaces.flatMap((namespace = '') => labOf(namespace) ?? []),
    ]);
    labs.delete(ownerLab);
    return [...labs].sort().map((consumer) => ({ ownerLab, grant: grant.metadata.name, consumer, mode }));
  });
}
const modes: GrantMode[] = ['ReadOnly', 'ReadWrite'];

function consumerOf(
  cache: Cache,
  share: Share,
  instances: Stored<ProcessingInstance>[],
  asks: Ask[],
  expulsion: Expulsion | undefined,
): Consumer {
  const { ownerLab, grant, consumer, mode } = share;
  const claimName = grantClaimName(ownerLab, grant, mode);
  const namespace = namespaceOf(consumer);
  return {
    share,
    claimName,
    lab: cache.get(Labs, consumer),
    namespace: cache.get(Namespaces, namespace),
    policy: cache.get(LabPolicies, policyName, namespace),
    ...ownOrForeign(cache.get(PersistentVolumes, volumeNameOf(share))),
    claim: cache
      .byIndex(PersistentVolumeClaims, byGrantClaim, grantClaimName(ownerLab, grant))
      .find(({ metadata }) => metadata.namespace === namespace && metadata.name === claimName),
    instances: instances.filter(({ metadata }) => metadata.namespace === namespace),
    asked: asks.some((ask) => ask.lab === consumer && ask.mode === mode),
    expulsion,
  };
}

export const grantsByClaim = (cache: Cache, ...claims: string[]): string[] =>
  claims.flatMap((claim) => cache.byIndex(DataGrants, byGrantClaim, claim).map(keyOf));

/** Keys of the grants of labs. */
export const grantsOf = (cache: Cache, labs: Iterable<string>): string[] =>
  [...labs].flatMap((lab) => cache.list(DataGrants, namespaceOf(lab)).map(keyOf));

/** Keys of the grants that may give something else when people or rules of a lab change, and of those that its instances ask for. */
export const grantsOfLab = (cache: Cache, lab: string): string[] => [
  ...grantsOf(cache, dataConcernedByLab(cache, lab)),
  ...cache.list(ProcessingInstances, namespaceOf(lab)).flatMap((instance) => grantsOfInstance(cache, instance)),
];

/** Keys of the grants that an instance asks for. */
export const grantsOfInstance = (cache: Cache, { spec }: ProcessingInstance): string[] =>
  (spec.data ?? []).flatMap(({ from }) => {
    const grant = from && cache.get(DataGrants, from.grant, namespaceOf(from.lab));
    return grant ? [keyOf(grant)] : [];
  });

/** Keys of the grants to which a lab is subject, for which its instances ask, or which it had: their claims are still there. */
export const grantsOfPolicy = (cache: Cache, { metadata: { namespace = '' } }: LabPolicy): string[] => [
  ...cache.byIndex(DataGrants, bySubject, labOf(namespace) ?? '').map(keyOf),
  ...cache.list(ProcessingInstances, namespace).flatMap((instance) => grantsOfInstance(cache, instance)),
  ...grantsByClaim(cache, ...cache.list(PersistentVolumeClaims, namespace).flatMap(grantLabelOf)),
];

/** Keys of further grants that may give something else when this one changes: it says who may share, or where the paths of both lie under a rule. */
export function neighboursOf(cache: Cache, access: AccessModel, { metadata, spec }: DataGrant): string[] {
  const given = access.permissionsOf({ roles: spec.roles ?? [], permissions: spec.permissions ?? [] });
  const isRule = spec.effect === 'Restrict' || spec.derivedFrom !== undefined || given.some((verb) => verb.startsWith('share'));
  return isRule ? cache.list(DataGrants, metadata.namespace).map(keyOf) : [];
}

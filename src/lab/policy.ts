// Computes the LabPolicy of a lab: which service account may mount what. Pure. An instance gets what its spec asks for and its lab,
// or a grant that is active now, has to give; what is not listed is refused by the API server. Every list is sorted: equal input, equal text.
import { isActive, isSubject } from '../access/grant.ts';
import type { DataGrant, Lab, ProcessingInstance } from '../api/kinds.ts';
import type { LabPolicySpec, PolicyMount } from '../api/labpolicy.ts';
import {
  databaseClaimName,
  databaseName,
  directoriesAccount,
  grantClaimName,
  labOf,
  rootClaimName,
  serviceAccountName,
  stateClaimName,
} from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import type { Config } from '../config.ts';
import type { Identity } from '../reservation/identity.ts';
import { barred, contact } from './barred.ts';
import { deviceResource } from './objects/resourcequota.ts';
import { placement } from './placement.ts';

export interface PolicyInput {
  lab: Lab;
  identity: Identity;
  instances: ProcessingInstance[];
  /** Grants that name this lab as a subject, of whatever lab. */
  grants: DataGrant[];
  /** The labs that own those grants. */
  owners: Lab[];
  config: Pick<Config, 'gpuResource' | 'placement'>;
  now: Date;
}

/** A grant that gives now, with what its owner adds to it. */
interface Gift {
  claim: string;
  grant: DataGrant;
  gid: number;
}

export function labPolicySpec(input: PolicyInput): LabPolicySpec {
  const instances = input.instances.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const gifts = activeGifts(input);
  const uses = instances.flatMap((instance) => mountsOf(instance, input.lab, gifts));
  const usedClaims = new Set(uses.map(({ claim }) => claim));
  const mounts = [...uses, ...directoryMounts(instances, input.lab)];
  const barredPeople = barred(input.lab.spec, input.now);
  const ask = contact(input.lab.spec);
  return {
    uid: input.identity.uid,
    gid: input.identity.gid,
    supplementalGroups: unique(gifts.filter(({ claim }) => usedClaims.has(claim)).map(({ gid }) => gid)).sort((a, b) => a - b),
    resourceNames: offered(input),
    gpuResource: input.config.gpuResource,
    ...placement(input.lab, input.config),
    ...(barredPeople.length > 0 && { barred: barredPeople }),
    ...(ask !== undefined && { contact: ask }),
    mounts: merge(mounts),
    secrets: instances.flatMap(secretsOf).sort(byKey(({ serviceAccount, secret }) => `${serviceAccount}/${secret}`)),
  };
}

/** What the quota counts, and nothing else: a resource that it does not name would have no limit. */
function offered({ lab: { spec }, config: { gpuResource } }: PolicyInput): string[] {
  const { resources = {}, deviceClasses = {} } = spec.quota;
  const devices = Object.keys(deviceClasses).map(deviceResource);
  return unique(['cpu', 'ephemeral-storage', 'memory', gpuResource, ...Object.keys(resources), ...devices]).sort();
}

/** What one instance may mount, and what its database may. */
function mountsOf(instance: ProcessingInstance, lab: Lab, gifts: Gift[]): PolicyMount[] {
  const { metadata, spec } = instance;
  const serviceAccount = serviceAccountName(metadata.name);
  const whole = (account: string, claim: string): PolicyMount => ({ serviceAccount: account, claim, subPaths: [''], readOnly: false });
  return [
    ...(spec.storage ?? []).map(({ name }) => whole(serviceAccount, stateClaimName(metadata.name, name))),
    ...(spec.database ? [whole(databaseName(metadata.name), databaseClaimName(metadata.name))] : []),
    ...(spec.data ?? []).flatMap((item) => (item.from ? granted(serviceAccount, item, gifts) : own(serviceAccount, item, lab))),
  ];
}

function own(serviceAccount: string, { volume, path = '', mode }: DataMount, lab: Lab): PolicyMount[] {
  if (volume === undefined || !hasRoot(lab, volume)) return [];
  return [{ serviceAccount, claim: rootClaimName(volume), subPaths: [path], readOnly: mode !== 'ReadWrite' }];
}

/** The half of the consumer and the half of the owner must meet: the path asked for is one of the paths granted. */
function granted(serviceAccount: string, { from, path }: DataMount, gifts: Gift[]): PolicyMount[] {
  const gift = from && gifts.find(({ claim }) => claim === grantClaimName(from.lab, from.grant));
  if (!gift || path === undefined || !gift.grant.spec.paths.includes(path)) return [];
  const { expiresAt } = gift.grant.spec;
  return [{ serviceAccount, claim: gift.claim, subPaths: [path], readOnly: true, ...(expiresAt !== undefined && { notAfter: expiresAt }) }];
}

/** Missing directories are made under the uid of the lab, by an account that no tenant may use: it sees the roots in which some are needed. */
function directoryMounts(instances: ProcessingInstance[], lab: Lab): PolicyMount[] {
  const volumes = instances.flatMap(({ spec }) =>
    (spec.data ?? []).flatMap(({ volume, path }) => (volume !== undefined && path !== undefined ? volume : [])),
  );
  return unique(volumes)
    .filter((volume) => hasRoot(lab, volume))
    .map((volume) => ({ serviceAccount: directoriesAccount, claim: rootClaimName(volume), subPaths: [''], readOnly: false }));
}

function secretsOf({ metadata, spec }: ProcessingInstance): LabPolicySpec['secrets'] {
  const serviceAccount = serviceAccountName(metadata.name);
  const database = databaseName(metadata.name);
  const own = [...(spec.database ? [database] : []), ...(spec.license ? [spec.license.secretRef.name] : [])];
  return [
    ...unique(own).map((secret) => ({ serviceAccount, secret })),
    ...(spec.database ? [{ serviceAccount: database, secret: database }] : []),
  ];
}

/** Nothing comes from an owner that has no identity (yet) or no such root, nor from the lab itself. */
function activeGifts({ lab, grants, owners, now }: PolicyInput): Gift[] {
  return grants.flatMap((grant) => {
    const ownerName = labOf(grant.metadata.namespace ?? '');
    const owner = owners.find(({ metadata }) => metadata.name === ownerName);
    const gid = owner?.status?.gid;
    if (!owner || gid === undefined || ownerName === lab.metadata.name || !isActive(grant, now)) return [];
    if (!isSubject(grant, lab.metadata.name) || !hasRoot(owner, grant.spec.volume)) return [];
    return [{ claim: grantClaimName(owner.metadata.name, grant.metadata.name), grant, gid }];
  });
}

const hasRoot = (lab: Lab, volume: string) => (lab.spec.storage ?? []).some(({ name }) => name === volume);

/** One entry for each account and claim, and a second one when some parts are read-only and others are not. */
function merge(mounts: PolicyMount[]): PolicyMount[] {
  const entries = new Map<string, PolicyMount>();
  for (const mount of mounts) {
    const key = `${mount.serviceAccount}/${mount.claim}/${mount.readOnly ? 'r' : 'w'}`;
    const entry = entries.get(key) ?? mount;
    const subPaths = unique([...entry.subPaths, ...mount.subPaths]).sort();
    entries.set(key, { ...entry, subPaths });
  }
  return [...entries].sort(byKey(([key]) => key)).map(([, entry]) => entry);
}

const unique = <T>(values: T[]): T[] => [...new Set(values)];
const byKey =
  <T>(keyOf: (value: T) => string) =>
  (a: T, b: T): number =>
    keyOf(a) < keyOf(b) ? -1 : 1;

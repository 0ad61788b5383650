// Computes the LabPolicy of a lab: which service account may mount what. Pure. An instance gets what its spec asks for and everybody in its
// audience may have; what is not listed is refused by the API server. Every list is sorted: equal input, equal text.
import { type DataDecision, decideData, type NamedGrant } from '../access/data.ts';
import { earliest } from '../access/earliest.ts';
import { inactiveIn } from '../access/inactive.ts';
import type { AccessModel } from '../access/model.ts';
import type { Lab, ProcessingInstance } from '../api/kinds.ts';
import type { LabPolicySpec, PolicyMount } from '../api/labpolicy.ts';
import { databaseClaimName, databaseName, directoriesAccount, serviceAccountName, stateClaimName } from '../api/names.ts';
import type { Config } from '../config.ts';
import type { Identity } from '../reservation/identity.ts';
import { audiencesOf } from './audiences.ts';
import { barred, contact } from './barred.ts';
import { deviceResource } from './objects/resourcequota.ts';
import { placement } from './placement.ts';

export interface PolicyInput {
  lab: Lab;
  identity: Identity;
  instances: ProcessingInstance[];
  model: AccessModel;
  /** The grants that the instances name. */
  grants: ReadonlyMap<string, NamedGrant>;
  config: Pick<Config, 'gpuResource' | 'placement' | 'review'>;
  now: Date;
}

export interface PolicyPlan {
  spec: LabPolicySpec;
  /** When time alone changes who may mount what. */
  nextChange: Date | undefined;
}

/** What a LabPolicy can hold. One that cannot be written would keep what it should take away; what has no room is refused. */
const most = { mounts: 1024, secrets: 256 };

export function labPolicyPlan(input: PolicyInput): PolicyPlan {
  const living = input.instances.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const { audiences, surplus } = audiencesOf(input.model, living);
  const instances = living.filter((instance) => !surplus.includes(instance));
  const data = instances.map((instance) => ({ instance, decisions: decisionsOn(instance, input) }));
  const decisions = data.flatMap(({ decisions }) => decisions);
  const inactive = inactiveIn(input.model, input.lab.metadata.name, input.now.getTime()).people;
  const ask = contact(input.lab.spec);
  const url = reviewURL(input.config);
  return {
    spec: {
      uid: input.identity.uid,
      gid: input.identity.gid,
      supplementalGroups: unique(decisions.flatMap((decision) => (decision.mounted ? (decision.gid ?? []) : []))).sort((a, b) => a - b),
      resourceNames: offered(input),
      gpuResource: input.config.gpuResource,
      ...(url !== undefined && { reviewURL: url }),
      ...placement(input.lab, input.config),
      ...barred(input.lab.spec, inactive, input.now),
      ...(audiences.length > 0 && { audiences }),
      ...(ask !== undefined && { contact: ask }),
      mounts: merge([...data.flatMap(mountsOf), ...directoryMounts(decisions)]).slice(0, most.mounts),
      secrets: instances
        .flatMap(secretsOf)
        .sort(byKey(({ serviceAccount, secret }) => `${serviceAccount}/${secret}`))
        .slice(0, most.secrets),
    },
    nextChange: earliest(decisions.map(({ changesAt }) => changesAt)),
  };
}

/** Where instances ask; undefined: they may not. */
export const reviewURL = ({ review: { instances, url } }: Pick<Config, 'review'>): string | undefined => (instances ? url : undefined);

const decisionsOn = (instance: ProcessingInstance, facts: PolicyInput): DataDecision[] =>
  (instance.spec.data ?? []).map((item) => decideData(item, { ...facts, instance }));

/** What the quota counts, and nothing else: a resource that it does not name would have no limit. */
function offered({ lab: { spec }, config: { gpuResource } }: PolicyInput): string[] {
  const { resources = {}, deviceClasses = {} } = spec.quota;
  const devices = Object.keys(deviceClasses).map(deviceResource);
  return unique(['cpu', 'ephemeral-storage', 'memory', gpuResource, ...Object.keys(resources), ...devices]).sort();
}

/** What one instance may mount, and what its database may. */
function mountsOf({ instance: { metadata, spec }, decisions }: { instance: ProcessingInstance; decisions: DataDecision[] }): PolicyMount[] {
  const serviceAccount = serviceAccountName(metadata.name);
  const whole = (account: string, claim: string): PolicyMount => ({ serviceAccount: account, claim, subPaths: [''], readOnly: false });
  return [
    ...(spec.storage ?? []).map(({ name }) => whole(serviceAccount, stateClaimName(metadata.name, name))),
    ...(spec.database ? [whole(databaseName(metadata.name), databaseClaimName(metadata.name))] : []),
    ...decisions.flatMap((decision) => (decision.mounted ? mountOf(serviceAccount, decision) : [])),
  ];
}

const mountOf = (serviceAccount: string, { mount, until }: Extract<DataDecision, { mounted: true }>): PolicyMount => ({
  serviceAccount,
  claim: mount.claim,
  subPaths: [mount.subPath],
  readOnly: mount.readOnly,
  ...(until && { notAfter: until.toISOString().replace('.000Z', 'Z') }),
});

/** Missing directories are made under the uid of the lab, by an account that no tenant may use: it sees the roots in which some are needed. */
function directoryMounts(decisions: DataDecision[]): PolicyMount[] {
  const claims = decisions.flatMap((decision) =>
    decision.mounted && decision.gid === undefined && decision.mount.subPath !== '' ? decision.mount.claim : [],
  );
  return unique(claims).map((claim) => ({ serviceAccount: directoriesAccount, claim, subPaths: [''], readOnly: false }));
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

/** One entry for each account and claim, and further ones when some parts are read-only and others are not, or end at another time. */
function merge(mounts: PolicyMount[]): PolicyMount[] {
  const entries = new Map<string, PolicyMount>();
  for (const mount of mounts) {
    const key = `${mount.serviceAccount}/${mount.claim}/${mount.readOnly ? 'r' : 'w'}/${mount.notAfter ?? ''}`;
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

// Everything an instance is made of when nothing stands in its way. Pure. The foundation can be there before any pod; each step is a
// workload whose pod the walls have to let in first.
import type { ClaimMount, DataDecision } from '../access/data.ts';
import type { ProcessingInstance } from '../api/kinds.ts';
import { databaseClaimName, databaseName, serviceName, stateClaimName, workloadName } from '../api/names.ts';
import type { Config } from '../config.ts';
import {
  type Job,
  Jobs,
  type Kind,
  NetworkPolicies,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  Secrets,
  ServiceAccounts,
  Services,
  type StatefulSet,
  StatefulSets,
} from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { Ground } from './judge.ts';
import { databaseSecret, databaseService, databaseStatefulSet } from './objects/database.ts';
import { directoriesJob } from './objects/job.ts';
import { databasePolicy, egressPolicy, ingressPolicy } from './objects/networkpolicy.ts';
import { persistentVolumeClaim } from './objects/persistentvolumeclaim.ts';
import { type PodTemplate, podTemplate, stateMounts } from './objects/pod.ts';
import { service } from './objects/service.ts';
import { databaseAccount, directoriesJobAccount, instanceAccount } from './objects/serviceaccount.ts';
import { statefulSet } from './objects/statefulset.ts';

export interface IntentFacts {
  instance: Stored<ProcessingInstance>;
  ground: Ground;
  config: Config;
  /** First port of the reserved block, when spec.ports asks for one. */
  basePort: number | undefined;
  /** Password of the database, when spec.database asks for one. */
  password: string | undefined;
  data: DataDecision[];
  /** The claims of the instance that exist. */
  claims: PersistentVolumeClaim[];
}

export interface Wanted {
  kind: Kind<KubeObject>;
  object: KubeObject;
}

/** A workload; steps start one after the other. */
export type Step = { name: string; template: PodTemplate } & (
  | { part: 'directories'; object: Job }
  | { part: 'database' | 'component'; object: StatefulSet }
);

export interface Intent {
  foundation: Wanted[];
  steps: Step[];
}

export function intentOf(facts: IntentFacts): Intent {
  const directories = directoriesSteps(facts);
  return {
    foundation: [...accounts(facts, directories.length > 0), ...storage(facts), ...network(facts)],
    steps: [...directories, ...databaseStep(facts), ...componentStep(facts)],
  };
}

const want = <T extends KubeObject>(kind: Kind<T>, object: T): Wanted => ({ kind, object });

const accounts = ({ instance }: IntentFacts, needsDirectories: boolean): Wanted[] => [
  want(ServiceAccounts, instanceAccount(instance)),
  ...(instance.spec.database ? [want(ServiceAccounts, databaseAccount(instance))] : []),
  ...(needsDirectories ? [want(ServiceAccounts, directoriesJobAccount(instance.metadata.namespace ?? ''))] : []),
];

function storage({ instance, config, password, claims }: IntentFacts): Wanted[] {
  const { metadata, spec } = instance;
  const claim = (name: string, part: 'component' | 'database', size: string) =>
    want(
      PersistentVolumeClaims,
      persistentVolumeClaim(instance, {
        name,
        part,
        size,
        storageClassName: config.storage.stateClass,
        observed: claims.find((claim) => claim.metadata.name === name),
      }),
    );
  return [
    ...(spec.storage ?? []).map(({ name, size }) => claim(stateClaimName(metadata.name, name), 'component', size)),
    ...(spec.database && password !== undefined
      ? [want(Secrets, databaseSecret(instance, password)), claim(databaseClaimName(metadata.name), 'database', spec.database.size)]
      : []),
  ];
}

function network({ instance, config, basePort }: IntentFacts): Wanted[] {
  const { database } = instance.spec;
  const ports = portsOf(instance);
  const numbers = basePort === undefined ? [] : ports.map(({ offset }) => basePort + offset);
  return [
    ...(numbers.length > 0 || database ? [want(NetworkPolicies, egressPolicy(instance, numbers))] : []),
    ...(database ? [want(NetworkPolicies, databasePolicy(instance)), want(Services, databaseService(instance))] : []),
    ...(numbers.length > 0 && basePort !== undefined
      ? [
          want(NetworkPolicies, ingressPolicy(instance, numbers, config.network.exposedTo)),
          want(Services, service(instance, ports, basePort)),
        ]
      : []),
  ];
}

export const portsOf = ({ spec }: ProcessingInstance) => (spec.components ?? []).flatMap(({ ports }) => ports ?? []);

/** One Job for each root of the lab of which a directory is mounted. */
function directoriesSteps({ instance, ground, config, data }: IntentFacts): Step[] {
  const own = mountsOf(data).filter(({ mount, gid }) => gid === undefined && mount.subPath !== '');
  return [...new Set(own.map(({ mount }) => mount.claim))].sort().map((claim) => {
    const paths = [...new Set(own.flatMap(({ mount }) => (mount.claim === claim ? mount.subPath : [])))].sort();
    const object = directoriesJob(instance, { claim, paths, image: config.image, identity: ground, placement: ground.policy });
    return { part: 'directories', name: object.metadata.name, object, template: object.spec?.template as PodTemplate };
  });
}

function databaseStep({ instance, ground, config }: IntentFacts): Step[] {
  const { database } = instance.spec;
  const image = database && config.database.images[database.version];
  if (!image) return [];
  const object = databaseStatefulSet(instance, image, { ...identityOf(ground), supplementalGroups: [] }, ground.policy);
  return [{ part: 'database', name: databaseName(instance.metadata.name), object, template: object.spec?.template as PodTemplate }];
}

function componentStep({ instance, ground, config, basePort, data }: IntentFacts): Step[] {
  const component = instance.spec.components?.[0];
  if (!component) return [];
  const name = workloadName(instance.metadata.name);
  const mounts: ClaimMount[] = [...stateMounts(instance), ...mountsOf(data).map(({ mount }) => mount)];
  const groups = mountsOf(data).flatMap(({ gid }) => gid ?? []);
  const supplementalGroups = [...new Set(groups)].filter((gid) => gid !== ground.gid).sort((a, b) => a - b);
  const template = podTemplate({
    instance,
    part: 'component',
    identity: { ...identityOf(ground), supplementalGroups },
    placement: ground.policy,
    mounts,
    basePort,
    gpuResource: config.gpuResource,
    reviewURL: ground.policy.reviewURL,
    container: component,
  });
  const object = statefulSet(instance, { name, serviceName: serviceName(instance.metadata.name), part: 'component', template });
  return [{ part: 'component', name, object, template }];
}

const mountsOf = (data: DataDecision[]) => data.filter((decision) => decision.mounted);
const identityOf = ({ uid, gid }: Ground) => ({ uid, gid });

/** The kind under which the object of a step is kept. */
export const stepKind = ({ part }: Step): Kind<KubeObject> => (part === 'directories' ? Jobs : StatefulSets);

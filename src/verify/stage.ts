// A scene out of a lab that exists: which of its instances, claims, grants, people and objects the attacks name. Reads, and never writes. What the
// lab does not have is marked as absent.
import {
  type DataGrant,
  DataGrants,
  type Lab,
  LabPolicies,
  type LabPolicy,
  Labs,
  ProcessingInstances,
  Reservations,
} from '../api/kinds.ts';
import { managedLabel } from '../api/labels.ts';
import {
  namespaceOf,
  operatorName,
  peopleBindings,
  policyName,
  portsReservation,
  reservedPrefix,
  rootClaimName,
  rootVolumeName,
  serviceName,
  staticStorageClass,
  workloadName,
} from '../api/names.ts';
import { type Config, parseConfig } from '../config.ts';
import type { Client } from '../kube/client.ts';
import { type Builtin, defineKind, Jobs, Namespaces, PersistentVolumes, Pods, type RoleBinding, RoleBindings } from '../kube/kind.ts';
import { absent, absentNumber } from './absent.ts';
import { type Actor, controller, person } from './actor.ts';
import { accountsOf, anonymous, freed, type Scene, stranger } from './scene.ts';

/** Group that every API server lets do everything. */
const everyRight = 'system:masters';
const CronJobs = defineKind<Builtin<object>>('batch/v1', 'CronJob', 'cronjobs', 'Namespaced');
const ConfigMaps = defineKind<Builtin<{ data?: Record<string, string> }>>('v1', 'ConfigMap', 'configmaps', 'Namespaced');

export interface Facility {
  /** Names of the labs that are Ready, sorted. */
  ready: string[];
  labs: Lab[];
  config: Config;
  operatorNamespace: string;
  /** Who is bound in the namespaces of labs. */
  bindings: RoleBinding[];
  takenPorts: Set<string>;
  /** A volume that has nothing to do with labs. */
  foreignVolume: string | undefined;
}

/** @throws Error when Bulkhead is not installed there */
export async function gatherFacility(client: Client, operatorNamespace: string): Promise<Facility> {
  const [labs, configMap, bindings, reservations, volumes] = await Promise.all([
    client.list(Labs),
    client.get(ConfigMaps, operatorName, operatorNamespace),
    client.list(RoleBindings),
    client.list(Reservations),
    client.list(PersistentVolumes),
  ]);
  const document = configMap?.data?.['config.yaml'];
  if (!document)
    throw new Error(
      `namespace "${operatorNamespace}" has no ConfigMap "${operatorName}" with the configuration of the facility; name the namespace of the operator with --operator-namespace`,
    );
  return {
    labs,
    ready: labs
      .filter(isReady)
      .map(({ metadata }) => metadata.name)
      .sort(),
    config: parseConfig(document, `ConfigMap ${operatorNamespace}/${operatorName}`),
    operatorNamespace,
    bindings,
    foreignVolume: volumes.find(({ spec }) => spec?.storageClassName !== staticStorageClass)?.metadata.name,
    takenPorts: new Set(reservations.map(({ metadata }) => metadata.name)),
  };
}

const isReady = ({ status }: Lab) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** @throws Error when the lab has no rules or no identity yet */
export async function stage(client: Client, facility: Facility, labName: string, now: Date): Promise<Scene> {
  const namespace = namespaceOf(labName);
  const lab = facility.labs.find(({ metadata }) => metadata.name === labName);
  const [labNamespace, policy, instances, grants, pods, jobs, cronJobs] = await Promise.all([
    client.get(Namespaces, namespace),
    client.get(LabPolicies, policyName, namespace),
    client.list(ProcessingInstances, { namespace }),
    client.list(DataGrants, { namespace }),
    client.list(Pods, { namespace }),
    client.list(Jobs, { namespace }),
    client.list(CronJobs, { namespace }),
  ]);
  if (!lab || !labNamespace || !policy)
    throw new Error(`lab "${labName}" has no ${!lab ? 'object' : !labNamespace ? `namespace ${namespace}` : 'rules yet (LabPolicy)'}`);
  const rules = policy.spec;
  const names = instances.map(({ metadata }) => metadata.name);
  const application = instances.find(({ spec }) => (spec.components ?? []).length > 0)?.metadata.name;
  const database = rules.secrets.find(({ serviceAccount }) => serviceAccount.startsWith(reservedPrefix));
  const root = lab.spec.storage?.[0]?.name;
  const neighbour = neighbourOf(facility, labName);
  const place = {
    lab: labName,
    namespace,
    neighbour: neighbour ? namespaceOf(neighbour.lab) : absent('neighbour'),
    namespaceLabels: labNamespace.metadata.labels ?? {},
    uid: rules.uid,
    gid: rules.gid,
    grantorGid: rules.supplementalGroups[0] ?? absentNumber('granted'),
    foreignGid: foreignGroup(rules),
    placement: rules,
    ...dataOf(rules, names, now),
    databaseAccount: database?.serviceAccount ?? absent('database'),
    operatorNamespace: facility.operatorNamespace,
    ports: { base: freeBlock(facility), blockSize: facility.config.ports.blockSize },
    backend: facility.config.storage.backends.find(({ type }) => type === 'hostPath')?.path ?? absent('backend'),
    csi: facility.config.storage.backends.find((backend) => backend.type === 'csi') ?? noDriver,
    existing: {
      pod: pods.find(({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp)?.metadata.name ?? absent('pod'),
      statefulSet: application ? workloadName(application) : absent('stateful-set'),
      service: application ? serviceName(application) : absent('service'),
      claim: root ? rootClaimName(root) : absent('claim'),
      volume: root ? rootVolumeName(labName, root) : absent('volume'),
      job: jobs.find(({ spec }) => spec?.suspend)?.metadata.name ?? absent('job'),
      cronJob: cronJobs[0]?.metadata.name ?? absent('cron-job'),
      instance: names[0] ?? absent('instance'),
      outputs: outputsIn(grants),
      grant: grants.find((grant) => !isRecord(grant))?.metadata.name ?? absent('grant'),
      secret: database?.secret ?? absent('database'),
      foreignVolume: facility.foreignVolume ?? absent('foreign-volume'),
    },
    everyRight,
  };
  const [unseen, barred] = [true, false].map((isInactive) =>
    rules.barred?.find(({ from, inactiveIn }) => (inactiveIn !== undefined) === isInactive && new Date(from) <= now),
  );
  const here = facility.bindings.filter(({ metadata }) => metadata.namespace === namespace);
  const missing = (part: 'viewer' | 'member' | 'admin' | 'neighbour') => person(absent(part));
  const people = {
    anonymous,
    stranger,
    viewer: holderOf(here, 'viewer', ['member', 'admin', ...sharing]) ?? missing('viewer'),
    member: holderOf(here, 'member', ['admin', ...sharing]) ?? missing('member'),
    admin: holderOf(here, 'admin', [], ['sharer', 'external-sharer']) ?? missing('admin'),
    neighbour: neighbour?.admin ?? missing('neighbour'),
    ...accountsOf(place),
  };
  const ofAnother = instances.find(({ spec }) => spec.owner !== people.admin.user)?.metadata.name ?? absent('of-another');
  return {
    ...place,
    existing: { ...place.existing, ofAnother },
    exclusive: exclusiveOf(rules, here),
    people,
    actors: {
      // not the people themselves: nobody shall read in an audit log that they had every right
      member: freed(place, person('member@attempt.invalid')),
      admin: freed(place, person('admin@attempt.invalid')),
      barred: freed(place, person(barred?.user ?? absent('barred'))),
      unseen: freed(place, {
        ...person(unseen?.user ?? absent('unseen')),
        groups: ['system:authenticated', ...(unseen?.externalGroups ?? [])],
      }),
      viewer: people.viewer,
      account: people.account,
      // may patch every object of the cluster, and has no verb of Bulkhead
      patcher: controller('generic-garbage-collector'),
      operator: freed(place, people.operator),
      insideSharer: holderOf(here, 'sharer', ['external-sharer']) ?? person(absent('inside-sharer')),
      partSharer: holderOf(here, 'sharer-part', ['sharer', 'external-sharer']) ?? person(absent('part-sharer')),
      clusterAdmin: freed(place, person('administrator@attempt.invalid')),
    },
  };
}

const noDriver = { name: 'none', type: 'csi' as const, driver: absent('csi'), path: '/none', pathAttribute: 'none', attributes: {} };

/** The instance whose rules show most, and what those rules give it. */
function dataOf({ mounts, secrets }: LabPolicy['spec'], instances: string[], now: Date) {
  const later = new Date(now.getTime() + 3_600_000);
  const of = (name: string) => mounts.filter(({ serviceAccount }) => serviceAccount === name);
  const ownOf = (name: string) =>
    of(name)
      .filter(({ readOnly }) => !readOnly)
      .sort((a, b) => b.subPaths[0]!.length - a.subPaths[0]!.length)[0];
  const grantedOf = (name: string) =>
    of(name).find(({ readOnly, notAfter, subPaths }) => readOnly && notAfter && new Date(notAfter) > later && subPaths[0] !== '');
  const secretOf = (name: string) => secrets.find(({ serviceAccount }) => serviceAccount === name)?.secret;
  const worth = (name: string) => [grantedOf(name), ownOf(name), secretOf(name)].filter(Boolean).length;
  const [instance = absent('instance')] = instances.toSorted((a, b) => worth(b) - worth(a) || a.localeCompare(b));
  const [own, granted] = [ownOf(instance), grantedOf(instance)];
  const readOnlyPart = of(instance).find(({ claim, readOnly }) => readOnly && claim === own?.claim)?.subPaths[0];
  const ended = of(instance).find(({ notAfter }) => notAfter && new Date(notAfter) < now);
  const usable = new Set(secrets.filter(({ serviceAccount }) => serviceAccount === instance).map(({ secret }) => secret));
  const mine = new Set(of(instance).map(({ claim }) => claim));
  return {
    instance,
    own: own
      ? { claim: own.claim, subPath: own.subPaths[0]!, ...(readOnlyPart !== undefined && { readOnly: readOnlyPart }) }
      : { claim: absent('own'), subPath: absent('own') },
    granted:
      granted?.notAfter !== undefined
        ? { claim: granted.claim, subPath: granted.subPaths[0]!, notAfter: granted.notAfter }
        : { claim: absent('granted'), subPath: absent('granted'), notAfter: absent('granted') },
    ended: ended ? { claim: ended.claim, subPath: ended.subPaths[0]! } : { claim: absent('ended'), subPath: absent('ended') },
    foreign: {
      claim: mounts.find(({ claim }) => !mine.has(claim))?.claim ?? absent('foreign-claim'),
      secret: secrets.find(({ secret }) => !usable.has(secret))?.secret ?? absent('foreign-secret'),
    },
    secret: secretOf(instance) ?? absent('secret'),
  };
}

/** No group of the lab nor of one that granted it anything. */
function foreignGroup({ gid, supplementalGroups }: LabPolicy['spec']): number {
  let foreign = gid + 7;
  while (supplementalGroups.includes(foreign)) foreign += 1;
  return foreign;
}

/** The last block of node ports that nobody holds: a twin must not fail for a port that is taken. */
function freeBlock({ config: { ports }, takenPorts }: Facility): number {
  const blocks = Math.floor((ports.last - ports.first + 1) / ports.blockSize);
  for (let block = blocks - 1; block >= 0; block--) {
    const base = ports.first + block * ports.blockSize;
    if (!takenPorts.has(portsReservation(base))) return base;
  }
  return absentNumber('ports');
}

type Role = keyof typeof peopleBindings;
const sharing: Role[] = ['sharer', 'external-sharer', 'sharer-part'];

/** Somebody who holds this role in a lab, all of some further ones and none of others: a person, or a member of a group that nobody else is in. */
function holderOf(bindings: RoleBinding[], role: Role, butNot: Role[] = [], andAlso: Role[] = []): Actor | undefined {
  const subjectsOf = (wanted: Role) =>
    bindings.filter(({ roleRef }) => roleRef.name === peopleBindings[wanted].clusterRole).flatMap(({ subjects = [] }) => subjects);
  const namesOf = (wanted: Role) => new Set(subjectsOf(wanted).map(({ kind, name }) => `${kind} ${name}`));
  const [others, needed] = [butNot.map(namesOf), andAlso.map(namesOf)];
  const isRight = (key: string) => !others.some((names) => names.has(key)) && needed.every((names) => names.has(key));
  const subject = subjectsOf(role).find(({ kind, name }) => isRight(`${kind} ${name}`));
  if (!subject) return undefined;
  return subject.kind === 'User'
    ? person(subject.name)
    : { user: `${role}@attempt.invalid`, groups: ['system:authenticated', subject.name] };
}

const isRecord = ({ metadata }: DataGrant) => metadata.labels?.[managedLabel] === 'true';

function outputsIn(grants: DataGrant[]): Scene['existing']['outputs'] {
  const record = grants.find(isRecord);
  return { grant: record?.metadata.name ?? absent('outputs'), inputs: record?.spec.derivedFrom ?? [] };
}

/** An instance with an audience, somebody in it, and a person who may compute in the lab but is not in it. */
function exclusiveOf({ audiences = [] }: LabPolicy['spec'], bindings: RoleBinding[]): Scene['exclusive'] {
  const computing = bindings
    .filter(({ roleRef }) => [peopleBindings.member, peopleBindings.admin].some(({ clusterRole }) => roleRef.name === clusterRole))
    .flatMap(({ subjects = [] }) => subjects.flatMap(({ kind, name }) => (kind === 'User' ? name : [])));
  for (const { serviceAccount: instance, users, groups } of audiences) {
    const outsider = groups.length === 0 ? computing.find((name) => !users.includes(name)) : undefined;
    if (outsider === undefined || users[0] === undefined) continue;
    return { instance, insider: freed({ everyRight }, person(users[0])), outsider: person(outsider) };
  }
  const nobody = person(absent('exclusive'));
  return { instance: absent('exclusive'), insider: nobody, outsider: nobody };
}

/** Another lab that is Ready, with an administrator who has nothing to do with this one. */
function neighbourOf({ ready, bindings }: Facility, labName: string): { lab: string; admin: Actor } | undefined {
  const inLab = (name: string) => bindings.filter(({ metadata }) => metadata.namespace === namespaceOf(name));
  const known = new Set(inLab(labName).flatMap(({ subjects = [] }) => subjects.map(({ name }) => name)));
  for (const lab of ready.filter((name) => name !== labName)) {
    const strangers = inLab(lab).map((binding) => ({
      ...binding,
      subjects: binding.subjects?.filter(({ name }) => !known.has(name)) ?? [],
    }));
    const admin = holderOf(strangers, 'admin', [], ['sharer', 'external-sharer']);
    if (admin) return { lab, admin };
  }
  return undefined;
}

// Which walls of a lab stand: a list with one entry for each thing that keeps the lab apart, from facts that were gathered. Pure. What is
// ours in the namespace is repaired by the pass that asks; what the chart installs, or what somebody has added, is named for people.
import { type AdmissionObject, differences } from '../admission/installed.ts';
import { instanceLabel, managedLabel } from '../api/labels.ts';
import { databaseName, egressPolicyName, ingressPolicyName, operatorBinding, peopleBindings } from '../api/names.ts';
import { isApplied } from '../kube/applied.ts';
import { type ClusterRole, ClusterRoles, type Namespace, type NetworkPolicy, type RoleBinding } from '../kube/kind.ts';
import type { KubeObject, ObjectMeta } from '../kube/object.ts';
import { surplus } from '../kube/surplus.ts';
import { type RoleOfChart, rolesOfChart } from '../rbac/clusterroles.ts';
import { difference, takenInto } from '../rbac/installed.ts';
import type { Answer } from './probe.ts';

export interface Wall {
  /** Kind and name. */
  name: string;
  stands: boolean;
  /** What is wrong, and who repairs it; empty when it stands. */
  message: string;
}

/** A thing as it must be, beside what is there. */
export interface Pair<T extends KubeObject> {
  wanted: T;
  live: T | undefined;
}

export interface WallFacts {
  /** What the chart installs: policies and their bindings. */
  admission: Pair<AdmissionObject>[];
  /** Every ClusterRole of the chart that is there. */
  clusterRoles: ClusterRole[];
  /** ClusterRoles that take in the rules of others, by labels. */
  aggregated: ClusterRole[];
  namespace: Pair<Namespace>;
  /** What the operator makes for every lab. */
  guards: Pair<KubeObject>[];
  /** Everything of these kinds in the namespace, whoever made it: they add up, so one of somebody else is a hole in ours. */
  roleBindings: RoleBinding[];
  networkPolicies: NetworkPolicy[];
  /** What the API server answered last when it was asked to admit what it must refuse; absent: not asked yet. */
  probed: Answer | undefined;
  fieldManager: string;
}

export function walls(facts: WallFacts): Wall[] {
  return [
    ...facts.admission.map(({ wanted, live }) => wall(wanted, admissionFault(wanted, live))),
    ...rolesOfChart.map((role) => wall({ kind: ClusterRoles.kind, metadata: { name: role.name } }, clusterRoleFault(role, facts))),
    wall(facts.namespace.wanted, namespaceFault(facts.namespace)),
    ...facts.guards.map((pair) => wall(pair.wanted, guardFault(pair, facts.fieldManager))),
    ...foreignBindings(facts),
    ...foreignNetworkPolicies(facts),
    ...(facts.probed?.walls === 'missing' ? [broken('Pod bulkhead-probe', 'is admitted though it runs as a foreign user')] : []),
  ];
}

/** For a condition and an event. Long lists are cut: the first names say enough to begin with. */
export function inWords(broken: Wall[]): string {
  const shown = broken.slice(0, 10).map(({ name, message }) => `${name} ${message}`);
  return [...shown, ...(broken.length > 10 ? [`and ${broken.length - 10} more`] : [])].join('; ');
}

const reinstall = 'install the chart again with `helm upgrade`';
/** Helm 4 leaves alone what somebody else has written, unless it is told not to. */
const overwrite = `${reinstall}, with Helm 4 and --force-conflicts`;

function admissionFault(wanted: AdmissionObject, live: AdmissionObject | undefined): string | undefined {
  if (!live) return `is missing; ${reinstall}`;
  const fields = differences(wanted, live);
  if (fields.length === 0) return undefined;
  const merging = fields.filter((field) => mergedLists.includes(field)).map(specField);
  const byHand =
    merging.length > 0 ? `; an entry that somebody has added to ${merging.join(' and ')} stays until it is removed by hand` : '';
  return `differs from the chart in ${fields.map(specField).join(', ')}; ${overwrite}${byHand}`;
}
const specField = (field: string) => `spec.${field}`;
/** Lists in which every entry belongs to who wrote it: an apply takes none of somebody else away. */
const mergedLists = ['matchConditions', 'variables'];

/** A role that holds more is a hole in every lab; so is one that another role may widen, or widens. */
function clusterRoleFault({ name, rules }: RoleOfChart, { clusterRoles, aggregated }: WallFacts): string | undefined {
  const live = clusterRoles.find(({ metadata }) => metadata.name === name);
  if (!live) return `is missing; ${reinstall}`;
  // What Helm never wrote it does not take away.
  if (live.aggregationRule) return 'takes in the rules of other ClusterRoles; remove its aggregationRule';
  const [taker] = takenInto(live, aggregated);
  if (taker !== undefined)
    return `is taken into ClusterRole ${taker} by its labels; remove the label that the aggregationRule there selects`;
  const { more, less } = difference(rules, live.rules ?? []);
  const faults = [
    ...(more.length > 0 ? [`gives more than the chart (${more.join(', ')})`] : []),
    ...(less.length > 0 ? [`lacks what the chart gives (${less.join(', ')})`] : []),
  ];
  return faults.length > 0 ? `${faults.join(' and ')}; ${overwrite}` : undefined;
}

const adminAccess = 'resource.kubernetes.io/admin-access';

function namespaceFault({ wanted, live }: Pair<Namespace>): string | undefined {
  if (!live) return 'is missing; the operator makes it again';
  const wrong = Object.entries(wanted.metadata.labels ?? {}).filter(([label, value]) => live.metadata.labels?.[label] !== value);
  if (wrong.length > 0)
    return `lacks the labels ${wrong.map(([label, value]) => `${label}: ${value}`).join(', ')}; the operator sets them again`;
  // It opens devices that are in use by others.
  if (live.metadata.labels?.[adminAccess] !== undefined) return `carries the label ${adminAccess}; remove it`;
  return undefined;
}

const remade = 'the operator makes it again';

function guardFault(pair: Pair<KubeObject>, fieldManager: string): string | undefined {
  const fault = tampered(pair, fieldManager);
  if (fault) return `${fault}; ${remade}`;
  return isApplied(pair.wanted, pair.live!, fieldManager) ? undefined : `differs from what the lab needs; ${remade}`;
}

/** What somebody else has done to a guard; undefined when it is as we left it, even if the lab needs another one by now. */
export function tampered({ wanted, live }: Pair<KubeObject>, fieldManager: string): string | undefined {
  if (!live) return 'is missing';
  if (live.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  if (addedTo(wanted, live)) return `holds more than the lab needs${hand(live, fieldManager)}`;
  if (isApplied(wanted, live, fieldManager)) return undefined;
  const others = hand(live, fieldManager);
  return others === '' ? undefined : `was changed${others}`;
}

/** Fields of a guard that controllers of Kubernetes fill in. */
const filledIn: Record<string, string[]> = {
  PersistentVolume: ['claimRef.uid', 'claimRef.resourceVersion', 'volumeMode', 'hostPath.type', 'nfs.readOnly', 'csi.fsType'],
  PersistentVolumeClaim: ['volumeMode', 'volumeName'],
};

/** A merge patch that takes away what a guard holds beyond what is wanted. */
export function addedTo(wanted: KubeObject, live: KubeObject): object | undefined {
  const spec = surplus(specOf(wanted), specOf(live), filledIn[wanted.kind ?? '']);
  return spec && { spec };
}
const specOf = (object: KubeObject) => (object as { spec?: object }).spec ?? {};

/** Who else has written, in words; empty when nobody has. */
function hand({ metadata }: KubeObject, fieldManager: string): string {
  const names = (metadata.managedFields ?? []).filter(({ manager, subresource }) => manager !== fieldManager && !subresource);
  return names.length > 0 ? ` (written by ${[...new Set(names.map(({ manager }) => manager))].join(', ')})` : '';
}

function foreignBindings({ roleBindings }: WallFacts): Wall[] {
  const ours = new Set([operatorBinding, ...Object.values(peopleBindings)].map(({ name }) => name));
  return roleBindings
    .filter(({ metadata }) => !ours.has(metadata.name))
    .map(({ metadata, roleRef, subjects = [] }) => {
      const who = subjects.map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`).join(', ') || 'nobody';
      return broken(
        `RoleBinding ${metadata.name}`,
        `was not made by Bulkhead and gives ${roleRef.kind} ${roleRef.name} to ${who}; delete it`,
      );
    });
}

function foreignNetworkPolicies({ networkPolicies, guards }: WallFacts): Wall[] {
  const ours = new Set(guards.filter(({ wanted }) => wanted.kind === 'NetworkPolicy').map(({ wanted }) => wanted.metadata.name));
  return networkPolicies
    .filter(({ metadata }) => !ours.has(metadata.name) && !isOfInstance(metadata))
    .map(({ metadata }) =>
      broken(`NetworkPolicy ${metadata.name}`, 'was not made by Bulkhead and can only open what ours close; delete it'),
    );
}

/** Its instance keeps it as it must be, or the garbage collector takes it when there is none. */
function isOfInstance({ name = '', labels = {}, ownerReferences = [] }: ObjectMeta): boolean {
  const instance = labels[instanceLabel];
  if (instance === undefined || labels[managedLabel] !== 'true') return false;
  const names = [ingressPolicyName, egressPolicyName, databaseName].map((nameOf) => nameOf(instance));
  return names.includes(name) && ownerReferences.some(({ kind, name }) => kind === 'ProcessingInstance' && name === instance);
}

const broken = (name: string, message: string): Wall => ({ name, stands: false, message });
const wall = ({ kind = '', metadata }: KubeObject, fault: string | undefined): Wall => ({
  name: `${kind} ${metadata.name}`,
  stands: fault === undefined,
  message: fault ?? '',
});

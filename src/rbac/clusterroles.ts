// The ClusterRoles that the chart gives to people, and to the operator inside a lab: what may be done to the walls is written here once. The
// chart's template is generated from it, and Isolated compares the cluster with it. They are explicit and not aggregated: another chart
// cannot widen them. None for people reads Secrets, opens a shell in a pod or forwards a port.
import { group } from '../api/labels.ts';
import { accessPolicyName, operatorBinding, peopleBindings } from '../api/names.ts';
import type { ClusterRole } from '../kube/kind.ts';

export type PolicyRule = NonNullable<ClusterRole['rules']>[number];

export interface RoleOfChart {
  name: string;
  /** `lab`: the operator binds it in the namespace of a lab, so it stays when the chart goes. `cluster`: the chart binds it itself. */
  bound: 'lab' | 'cluster';
  rules: PolicyRule[];
}

const read = ['get', 'list', 'watch'];
const change = ['create', 'update', 'patch', 'delete'];
/** What the operator does to the objects of a lab. */
const operate = ['create', 'patch', 'delete'];

const rule = (apiGroup: string, resources: string[], verbs: string[]): PolicyRule => ({ apiGroups: [apiGroup], resources, verbs });

const viewing: PolicyRule[] = [
  rule(group, ['processinginstances', 'datagrants', 'labpolicies'], read),
  rule('', ['pods', 'services', 'events', 'resourcequotas', 'limitranges', 'persistentvolumeclaims'], read),
  rule('', ['pods/log'], ['get']),
  rule('events.k8s.io', ['events'], read),
  rule('apps', ['statefulsets'], read),
  rule('batch', ['jobs'], read),
  // The Lab itself is not for everybody in it; this says what a person of the lab may know of it, and the tools answer from it.
  { ...rule('', ['configmaps'], ['get']), resourceNames: [accessPolicyName] },
];

const computing: PolicyRule[] = [
  rule('batch', ['jobs'], ['create', 'delete']),
  // Not a verb of the API server: admission asks for it when a pod or Job names the service account of an instance.
  rule(group, ['processinginstances'], ['compute']),
];

/** Sharing inside the lab and sharing outside of it are two rights, and some part of the lab is a third (`sharepart`). None of them is a verb
 *  of the API server: admission asks for them when a grant is made, changed or removed. */
const granting = (verb: 'share' | 'shareExternal'): PolicyRule[] => [rule(group, ['datagrants'], [...change, verb])];

/** Whoever may share some part of the lab need not belong to it: such a person sees no list of what the lab has granted. */
const grantingParts: PolicyRule[] = [rule(group, ['datagrants'], ['get', ...change, 'sharepart'])];

const administering: PolicyRule[] = [rule(group, ['processinginstances'], change)];

const operating: PolicyRule[] = [
  rule(group, ['labpolicies'], operate),
  // When the Lab is deleted, its instances and grants go while the operator still has its rights in the namespace.
  rule(group, ['processinginstances', 'datagrants'], ['delete']),
  // What the outputs of an instance were derived from; admission lets it write nothing else there.
  rule(group, ['datagrants'], ['create', 'patch']),
  rule('', ['secrets'], [...read, ...operate]),
  // What applications of the lab read.
  rule('', ['configmaps'], ['create', 'patch']),
  // When people were last seen.
  rule('coordination.k8s.io', ['leases'], ['create', 'patch']),
  // Pods are created only as a dry run, to see that a wall stands; patched to set the deadline of a grant.
  rule('', ['pods', 'services', 'serviceaccounts', 'persistentvolumeclaims', 'resourcequotas', 'limitranges'], operate),
  rule('networking.k8s.io', ['networkpolicies'], operate),
  rule('apps', ['statefulsets'], operate),
  rule('batch', ['jobs'], operate),
];

/** The facility: makes labs, and may do in each of them what its administrators may. */
const facility: PolicyRule[] = [
  rule(group, ['labs', 'dataroles', 'processinginstances', 'datagrants'], [...read, ...change]),
  // Not verbs of the API server: admission asks for them. actfor: in the name of another owner or grantor, or of nobody.
  rule(group, ['processinginstances'], ['compute', 'actfor']),
  rule(group, ['datagrants'], ['share', 'shareExternal', 'actfor']),
  // Not a verb of the API server: admission asks for it when a Lab is changed beyond what its own administrators may.
  rule(group, ['labs'], ['manage']),
  rule(group, ['labpolicies', 'reservations'], read),
];

export const rolesOfChart: RoleOfChart[] = [
  { name: peopleBindings.viewer.clusterRole, bound: 'lab', rules: viewing },
  { name: peopleBindings.member.clusterRole, bound: 'lab', rules: [...viewing, ...computing] },
  { name: peopleBindings.sharer.clusterRole, bound: 'lab', rules: [...viewing, ...granting('share')] },
  { name: peopleBindings['external-sharer'].clusterRole, bound: 'lab', rules: [...viewing, ...granting('shareExternal')] },
  { name: peopleBindings['sharer-part'].clusterRole, bound: 'lab', rules: grantingParts },
  { name: peopleBindings.admin.clusterRole, bound: 'lab', rules: [...viewing, ...computing, ...administering] },
  { name: operatorBinding.clusterRole, bound: 'lab', rules: operating },
  { name: 'bulkhead:facility-admin', bound: 'cluster', rules: facility },
  // For the accounts of gateways: whoever holds this verb, which admission never asks for, may ask /v1/review about everybody and everything.
  { name: 'bulkhead:reviewer', bound: 'cluster', rules: [rule(group, ['labs'], ['review'])] },
  // What roles there are is no secret, and people of a lab need to know: whoever is authenticated may read them.
  { name: 'bulkhead:datarole-reader', bound: 'cluster', rules: [rule(group, ['dataroles'], read)] },
];

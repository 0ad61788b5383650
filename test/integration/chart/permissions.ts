// What each role of the chart may do, beside what it must not: verb, resource (`group/plural` or `plural`), namespace ("" for a
// cluster-scoped request), name. The roles of a lab are bound in the namespace "default" for this table.
export type Question = [verb: string, resource: string, namespace: string, name?: string];

export interface Permissions {
  who: string;
  may: Question[];
  mayNot: Question[];
}

const own = 'bulkhead.science/';
const rbac = 'rbac.authorization.k8s.io/';
const lab = 'default';
const elsewhere = 'kept-out';

const forNobody: Question[] = [
  ['get', 'configmaps', lab],
  ['get', 'configmaps', lab, 'kube-root-ca.crt'],
  ['list', 'configmaps', lab, 'access-policy'],
  ['patch', 'configmaps', lab, 'access-policy'],
  ['patch', 'coordination.k8s.io/leases', lab],
  ['get', 'secrets', lab],
  ['create', 'pods/exec', lab],
  ['create', 'pods/portforward', lab],
  ['create', 'pods/ephemeralcontainers', lab],
  ['create', 'serviceaccounts/token', lab],
  ['create', 'pods', lab],
  ['create', 'apps/deployments', lab],
  ['create', 'persistentvolumeclaims', lab],
  ['create', 'networking.k8s.io/networkpolicies', lab],
  ['create', `${rbac}rolebindings`, lab],
  ['create', `${own}labpolicies`, lab],
  ['patch', `${own}labs`, ''],
  ['get', 'pods', elsewhere],
];
const compute: Question[] = [
  ['create', 'batch/jobs', lab],
  ['delete', 'batch/jobs', lab],
  ['compute', `${own}processinginstances`, lab, 'relion'],
];
const manage: Question[] = [
  ['create', `${own}processinginstances`, lab],
  ['patch', `${own}processinginstances`, lab],
];
const grant: Question[] = [
  ['create', `${own}datagrants`, lab],
  ['delete', `${own}datagrants`, lab],
];
const inside: Question = ['share', `${own}datagrants`, lab];
const outside: Question = ['shareExternal', `${own}datagrants`, lab];
const part: Question = ['sharepart', `${own}datagrants`, lab];
const share: Question[] = [...grant, inside, outside, part];
/** What a person of the lab may know of it. */
const policy: Question = ['get', 'configmaps', lab, 'access-policy'];
const look: Question[] = [
  ['list', 'pods', lab],
  ['get', 'pods/log', lab],
  ['watch', 'batch/jobs', lab],
  ['get', `${own}processinginstances`, lab],
  ['list', `${own}dataroles`, ''],
  policy,
];

export const questions: Permissions[] = [
  { who: 'viewer', may: look, mayNot: [...forNobody, ...compute, ...manage, ...share] },
  { who: 'member', may: [...look, ...compute], mayNot: [...forNobody, ...manage, ...share, ['patch', 'batch/jobs', lab]] },
  { who: 'sharer', may: [...look, ...grant, inside], mayNot: [...forNobody, ...compute, ...manage, outside, part] },
  { who: 'external-sharer', may: [...look, ...grant, outside], mayNot: [...forNobody, ...compute, ...manage, inside, part] },
  {
    who: 'sharer-part',
    may: [...grant, part, ['get', `${own}datagrants`, lab]],
    mayNot: [...forNobody, ...compute, ...manage, inside, outside, policy, ['list', `${own}datagrants`, lab], ['list', 'pods', lab]],
  },
  {
    who: 'admin',
    may: [...look, ...compute, ...manage],
    mayNot: [
      ...forNobody,
      ...share,
      ['patch', `${own}processinginstances/status`, lab],
      ['create', `${own}processinginstances`, elsewhere],
    ],
  },
  {
    who: 'jo@uni.edu',
    may: [
      ['create', `${own}labs`, ''],
      ['delete', `${own}labs`, ''],
      ['manage', `${own}labs`, ''],
      ['create', `${own}dataroles`, ''],
      ['create', `${own}processinginstances`, elsewhere],
      ['share', `${own}datagrants`, elsewhere],
      ['shareExternal', `${own}datagrants`, elsewhere],
      ['actfor', `${own}datagrants`, elsewhere],
      ['actfor', `${own}processinginstances`, elsewhere],
      ['compute', `${own}processinginstances`, elsewhere],
      ['list', `${own}reservations`, ''],
    ],
    mayNot: [
      ['delete', `${own}reservations`, ''],
      ['share', `${own}processinginstances`, elsewhere],
      ['patch', `${own}labpolicies`, lab],
      ['get', 'secrets', lab],
      ['create', 'pods', lab],
      ['patch', `${own}labs/status`, ''],
    ],
  },
  {
    who: 'system:serviceaccount:bulkhead-system:bulkhead',
    may: [
      ['watch', 'pods', ''],
      ['create', 'namespaces', ''],
      ['patch', 'persistentvolumes', ''],
      ['create', `${own}reservations`, ''],
      ['patch', `${own}labs/status`, ''],
      ['patch', `${own}datagrants`, lab],
      ['create', `${rbac}rolebindings`, lab],
      // Admission holds it to bulkhead:lab:<lab>.
      ['create', `${rbac}clusterroles`, ''],
      ['create', `${rbac}clusterrolebindings`, ''],
      ['bind', `${rbac}clusterroles`, '', 'bulkhead:lab-member'],
      ['bind', `${rbac}clusterroles`, '', 'bulkhead:lab-sharer'],
      ['watch', `${own}dataroles`, ''],
      ['watch', 'configmaps', ''],
      ['watch', 'coordination.k8s.io/leases', ''],
      ['create', 'authentication.k8s.io/tokenreviews', ''],
      ['create', 'authorization.k8s.io/subjectaccessreviews', ''],
      ['update', 'coordination.k8s.io/leases', 'bulkhead-system', 'bulkhead'],
      ['get', 'secrets', 'bulkhead-system', 'bulkhead-facility-key'],
      ['create', 'events.k8s.io/events', lab],
      ['get', 'apiextensions.k8s.io/customresourcedefinitions', '', 'labs.bulkhead.science'],
      ['watch', 'admissionregistration.k8s.io/validatingadmissionpolicies', ''],
      ['list', 'admissionregistration.k8s.io/validatingadmissionpolicybindings', ''],
    ],
    mayNot: [
      ['get', 'secrets', lab],
      ['list', 'secrets', ''],
      ['list', 'secrets', 'bulkhead-system'],
      ['create', 'pods', lab],
      ['delete', 'pods', lab],
      ['manage', `${own}labs`, ''],
      ['patch', `${own}dataroles`, ''],
      ['create', `${own}labs`, ''],
      ['update', `${own}labs`, ''],
      ['delete', `${own}labs`, ''],
      ['bind', `${rbac}clusterroles`, '', 'cluster-admin'],
      ['escalate', `${rbac}clusterroles`, ''],
      ['create', 'coordination.k8s.io/leases', 'kube-system'],
      ['patch', 'configmaps', 'kube-system'],
      ['review', `${own}labs`, ''],
      ['update', 'coordination.k8s.io/leases', 'bulkhead-system', 'other'],
      ['patch', 'apps/deployments', 'bulkhead-system'],
      ['delete', 'admissionregistration.k8s.io/validatingadmissionpolicies', ''],
      ['patch', 'admissionregistration.k8s.io/validatingadmissionpolicybindings', ''],
      ['patch', 'nodes', ''],
      ['impersonate', 'users', ''],
      ['delete', 'apiextensions.k8s.io/customresourcedefinitions', '', 'labs.bulkhead.science'],
    ],
  },
  {
    who: 'operator',
    may: [
      ['create', 'secrets', lab],
      ['patch', `${own}labpolicies`, lab],
      ['patch', 'apps/statefulsets', lab],
      ['patch', 'coordination.k8s.io/leases', lab],
      ['create', 'configmaps', lab],
      ['delete', 'pods', lab],
    ],
    mayNot: [
      ['create', 'secrets', elsewhere],
      ['patch', 'coordination.k8s.io/leases', elsewhere],
      ['patch', 'configmaps', elsewhere],
      ['delete', 'configmaps', lab],
      ['create', 'pods/exec', lab],
      ['create', 'apps/deployments', lab],
      ['create', `${rbac}roles`, lab],
      ['deletecollection', 'persistentvolumeclaims', lab],
    ],
  },
];

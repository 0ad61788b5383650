// Attacks that RBAC must refuse: everybody with nothing but the roles that the chart and the operator give. The same request by somebody who
// may is the twin, so that a path with a spelling mistake is noticed.
import { type Actor, controller, type Request } from './actor.ts';
import type { Attack } from './attack.ts';
import { attemptsIn, labJob, labPod } from './draft.ts';
import { create, existing, type Manifest, manifest, pathOf, rbac, roleBinding, userSubject, workload } from './manifest.ts';
import { freed, type Scene } from './scene.ts';

/** What is tried, and who may. */
type Row = [name: string, request: Request, may: Actor];
type Who = keyof Scene['people'];

const called: Record<Who, string> = {
  anonymous: 'anonymous',
  stranger: 'a stranger',
  viewer: 'a viewer',
  member: 'a member',
  admin: 'an administrator of the lab',
  neighbour: 'an administrator of another lab',
  account: 'a pod of an instance',
  databaseAccount: 'a pod of a database',
  operator: 'the operator',
};

const refusedByRoles = (scene: Scene, who: Who[], rows: Row[]): Attack[] =>
  who.flatMap((name) =>
    rows.map(
      ([what, request, may]): Attack => ({
        name: `${called[name]} ${what}`,
        wall: 'RBAC',
        says: [],
        refused: { as: scene.people[name], request, ...connects(request) },
        admitted: { as: may, request, ...connects(request) },
      }),
    ),
  );
const connects = ({ path }: Request) => (/\/(exec|attach|portforward|proxy|log)([/?]|$)/.test(path) ? { live: true as const } : {});

const read = (path: string): Request => ({ method: 'GET', path });
const list = (apiVersion: string, kind: string, namespace?: string) => read(`${pathOf(apiVersion, kind, namespace)}?limit=1`);
/** Asks RBAC itself, for rights that are no request of their own. */
const mayI = (verb: string, resource: string, { group = '', ...more }: Record<string, string> = {}): Request => ({
  method: 'POST',
  path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  // a review has no metadata
  body: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource, ...more } },
  },
});

const api = 'bulkhead.science/v1alpha1';
const admission = 'admissionregistration.k8s.io';
const instance = manifest(api, 'ProcessingInstance', { spec: {} });
const grant = manifest(api, 'DataGrant', { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }] } });
const everybody: Who[] = ['anonymous', 'stranger', 'viewer', 'member', 'admin', 'neighbour', 'account', 'databaseAccount'];
const outsiders: Who[] = ['anonymous', 'stranger', 'neighbour', 'account', 'databaseAccount'];
const insiders: Who[] = ['viewer', 'member', 'admin'];

/** What nobody in a lab may, and nobody outside of it either. */
export function forbiddenRights(scene: Scene): Attack[] {
  const { namespace, operatorNamespace, existing: there } = scene;
  const { operator } = scene.people;
  const { clusterAdmin, operator: freedOperator } = scene.actors;
  const pod = pathOf('v1', 'Pod', namespace, there.pod);
  const service = pathOf('v1', 'Service', namespace, there.service);
  const account = pathOf('v1', 'ServiceAccount', namespace, scene.instance);
  const secrets = pathOf('v1', 'Secret', namespace);
  const platform = freed(scene, controller('any'));
  const wall = (kind: string) => existing(`${admission}/v1`, kind, undefined, 'bulkhead-pods');
  const connect = (path: string, method: Request['method'] = 'POST'): Request => ({ method, path });
  const made = (what: string, object: Manifest, by = freedOperator): Row => [what, create(object, namespace), by];
  const claim = manifest('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  });
  const plainPod: Manifest = { ...labPod(scene), apiVersion: 'v1', kind: 'Pod', metadata: { name: 'attempt' } };
  return refusedByRoles(scene, everybody, [
    // reading
    ['lists the Secrets of the lab', read(`${secrets}?limit=1`), operator],
    ['reads a Secret of the lab', read(`${secrets}/${there.secret}`), operator],
    ['watches the Secrets of the lab', read(`${secrets}?watch=true&timeoutSeconds=1`), operator],
    ['lists the Secrets of all labs', list('v1', 'Secret'), clusterAdmin],
    ['reads the key of the facility', read(`${pathOf('v1', 'Secret', operatorNamespace)}?limit=1`), clusterAdmin],
    ['lists all namespaces', list('v1', 'Namespace'), operator],
    ['lists the pods of all labs', list('v1', 'Pod'), operator],
    ['watches the pods of all labs', read(`${pathOf('v1', 'Pod')}?watch=true&timeoutSeconds=1`), operator],
    ['lists the rules of all labs', list(api, 'LabPolicy'), operator],
    ['lists the grants of all labs', list(api, 'DataGrant'), operator],
    ['lists all reservations', list(api, 'Reservation'), operator],
    ['lists all volumes', list('v1', 'PersistentVolume'), operator],
    ['lists the nodes', list('v1', 'Node'), clusterAdmin],
    ['reads the metrics of the API server', read('/metrics'), clusterAdmin],
    ['asks what somebody else may', accessReview, clusterAdmin],
    ['has a token examined', create(tokenReview), clusterAdmin],
    // reaching into pods
    ['opens a shell in a pod', connect(`${pod}/exec?command=true&stdout=true`), clusterAdmin],
    ['opens a shell in a pod over a WebSocket', connect(`${pod}/exec?command=true&stdout=true`, 'GET'), clusterAdmin],
    ['attaches to a pod', connect(`${pod}/attach?stdout=true`), clusterAdmin],
    ['forwards a port of a pod', connect(`${pod}/portforward?ports=1`), clusterAdmin],
    ['reaches a pod through the API server', connect(`${pod}:1/proxy/`, 'GET'), clusterAdmin],
    ['reaches a Service through the API server', connect(`${service}:1/proxy/`, 'GET'), clusterAdmin],
    ['joins a pod with an ephemeral container', patched(`${pod}/ephemeralcontainers`), clusterAdmin],
    ['gives a pod more cpu', patched(`${pod}/resize`), clusterAdmin],
    ['writes the status of a pod', patched(`${pod}/status`), clusterAdmin],
    ['changes a pod', patched(pod), clusterAdmin],
    ['deletes a pod', { method: 'DELETE', path: pod }, clusterAdmin],
    ['deletes every pod', { method: 'DELETE', path: pathOf('v1', 'Pod', namespace) }, clusterAdmin],
    [
      'evicts a pod',
      { method: 'POST', path: `${pod}/eviction`, body: manifest('policy/v1', 'Eviction', {}, { name: there.pod }) },
      clusterAdmin,
    ],
    // making
    made('makes a pod', plainPod),
    made('makes a Secret', manifest('v1', 'Secret')),
    made('makes a ConfigMap', manifest('v1', 'ConfigMap')),
    made('makes a claim', claim),
    made('makes a Service', manifest('v1', 'Service', { spec: { ports: [{ port: 80 }] } })),
    made('makes a service account', manifest('v1', 'ServiceAccount')),
    made('makes a quota', manifest('v1', 'ResourceQuota', { spec: { hard: { pods: '1000' } } })),
    made('makes a Deployment', manifest('apps/v1', 'Deployment', { spec: workload })),
    made('makes a CronJob', manifest('batch/v1', 'CronJob', { spec: { schedule: '* * * * *', jobTemplate: labJob(scene) } })),
    made('opens the network', manifest('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, egress: [{}] } })),
    made('makes a role', manifest(`${rbac}/v1`, 'Role', { rules: [] }), platform),
    made('lets a friend in', roleBinding('bulkhead:lab-viewer', userSubject('user@other.test'))),
    ['writes rules for the lab', existing(api, 'LabPolicy', namespace, 'policy').patch({ spec: { uid: 1000 } }), operator],
    // accounts of others
    ['asks for a token of an instance', { method: 'POST', path: `${account}/token`, body: tokenRequest }, platform],
    ['impersonates a user', mayI('impersonate', 'users'), clusterAdmin],
    ['impersonates a group', mayI('impersonate', 'groups', { name: 'system:masters' }), clusterAdmin],
    ['impersonates a service account of the lab', mayI('impersonate', 'serviceaccounts', { namespace }), clusterAdmin],
    ['impersonates a uid', mayI('impersonate', 'uids', { group: 'authentication.k8s.io' }), clusterAdmin],
    [
      'impersonates further claims',
      mayI('impersonate', 'userextras', { group: 'authentication.k8s.io', subresource: 'scopes' }),
      clusterAdmin,
    ],
    ['gives out rights that nobody gave', mayI('escalate', 'clusterroles', { group: rbac }), clusterAdmin],
    ['gives out a role that nobody gave', mayI('bind', 'clusterroles', { group: rbac, name: 'cluster-admin' }), clusterAdmin],
    ['connects to pods past the walls', mayI('connect', 'labs', { group: 'bulkhead.science' }), clusterAdmin],
    ['asks for a certificate', mayI('create', 'certificatesigningrequests', { group: 'certificates.k8s.io' }), clusterAdmin],
    // the walls themselves, and their cluster
    ['makes a Lab', create(manifest(api, 'Lab', { spec: {} })), clusterAdmin],
    ['deletes the Lab', existing(api, 'Lab', undefined, scene.lab).remove(), clusterAdmin],
    ['writes the status of the Lab', existing(api, 'Lab', undefined, scene.lab).patch({ status: {} }, '/status'), operator],
    ['changes the namespace', patched(pathOf('v1', 'Namespace', undefined, namespace)), clusterAdmin],
    ['changes the namespace through its status', patched(`${pathOf('v1', 'Namespace', undefined, namespace)}/status`), clusterAdmin],
    ['makes a namespace', create(manifest('v1', 'Namespace')), clusterAdmin],
    ['makes a volume', create(volume), clusterAdmin],
    ['makes a cluster role', create(manifest(`${rbac}/v1`, 'ClusterRole', { rules: [] })), clusterAdmin],
    ['removes a policy', wall('ValidatingAdmissionPolicy').remove(), clusterAdmin],
    ['removes the binding of a policy', wall('ValidatingAdmissionPolicyBinding').remove(), clusterAdmin],
    ['changes a definition', patched(definition), clusterAdmin],
    ['has a webhook change every object', mayI('create', 'mutatingwebhookconfigurations', { group: admission }), clusterAdmin],
    ['puts a server of its own into the API', mayI('create', 'apiservices', { group: 'apiregistration.k8s.io' }), clusterAdmin],
    ['makes a class of higher priority', create(manifest('scheduling.k8s.io/v1', 'PriorityClass', { value: 1000 })), clusterAdmin],
  ]);
}

const definition = pathOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, 'labs.bulkhead.science');
/** A change that changes nothing worth having: who may not do this may not do anything there. */
const patched = (path: string): Request => ({
  method: 'PATCH',
  path,
  body: { metadata: { annotations: { 'attempt.test/any': 'thing' } } },
});
const accessReview = {
  method: 'POST',
  path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  body: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: 'any', resourceAttributes: { verb: 'get', resource: 'pods' } },
  },
} as const;
const tokenReview = manifest('authentication.k8s.io/v1', 'TokenReview', { spec: { token: 'none' } });
const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
const volume = manifest('v1', 'PersistentVolume', {
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Mi' }, hostPath: { path: '/' }, storageClassName: 'other' },
});

/** What belongs to the people of one lab, tried by those who are not of it. */
export function foreignLabs(scene: Scene): Attack[] {
  const ordinary = (of: string, member: Actor, admin: Actor): Row[] => [
    ['lists pods', list('v1', 'Pod', of), member],
    ['lists Jobs', list('batch/v1', 'Job', of), member],
    ['lists events', list('v1', 'Event', of), member],
    ['lists events of the newer kind', list('events.k8s.io/v1', 'Event', of), member],
    ['lists claims', list('v1', 'PersistentVolumeClaim', of), member],
    ['lists instances', list(api, 'ProcessingInstance', of), member],
    ['lists grants', list(api, 'DataGrant', of), member],
    ['watches grants', read(`${pathOf(api, 'DataGrant', of)}?watch=true&timeoutSeconds=1`), member],
    ['reads the rules', read(pathOf(api, 'LabPolicy', of, 'policy')), member],
    ['may run as an instance', mayI('compute', 'processinginstances', { group: 'bulkhead.science', namespace: of }), member],
    ['may make Jobs', mayI('create', 'jobs', { group: 'batch', namespace: of }), member],
    ['makes an instance', create(instance, of), admin],
    ['gives data away', mayI('share', 'datagrants', { group: 'bulkhead.science', namespace: of }), admin],
    ['deletes every instance', { method: 'DELETE', path: pathOf(api, 'ProcessingInstance', of) }, scene.actors.clusterAdmin],
    ['deletes every grant', { method: 'DELETE', path: pathOf(api, 'DataGrant', of) }, scene.actors.clusterAdmin],
  ];
  const { namespace, people } = scene;
  const here = [
    ...ordinary(namespace, people.member, people.admin),
    ['reads the log of a pod', read(`${pathOf('v1', 'Pod', namespace, scene.existing.pod)}/log`), people.viewer] satisfies Row,
  ];
  const inLab = ([what, ...rest]: Row): Row => [`${what} in the lab`, ...rest];
  const inOther = ([what, ...rest]: Row): Row => [`${what} in another lab`, ...rest];
  return [
    ...refusedByRoles(scene, outsiders, here.map(inLab)),
    ...refusedByRoles(scene, insiders, ordinary(scene.neighbour, people.neighbour, people.neighbour).map(inOther)),
  ];
}

/** Steps from one role of a lab to the next. */
export function stepsUp(scene: Scene): Attack[] {
  const { namespace, people, existing: there } = scene;
  const { clusterAdmin } = scene.actors;
  const job = existing('batch/v1', 'Job', namespace, there.job);
  const work: Row[] = [
    ['makes a Job', attemptsIn(scene).job(people.member).request, people.member],
    ['deletes a Job', job.remove(), people.member],
    ['may run as an instance', mayI('compute', 'processinginstances', { group: 'bulkhead.science', namespace }), people.member],
  ];
  const given = existing(api, 'DataGrant', namespace, there.grant);
  const label = { metadata: { labels: { any: 'label' } } };
  const applied = { ...grant, metadata: { ...grant.metadata, name: 'attempt-applied', namespace } };
  const manage: Row[] = [
    ['makes an instance', create(instance, namespace), people.admin],
    ['makes a grant', create(grant, namespace), people.admin],
    [
      'makes a grant by applying it',
      { ...given.patch(applied), path: pathOf(api, 'DataGrant', namespace, applied.metadata.name), patch: 'apply' },
      people.admin,
    ],
    ['changes a grant by a merge patch', given.patch(label), people.admin],
    ['changes a grant by a JSON patch', given.patch([{ op: 'add', path: '/metadata/labels', value: { any: 'label' } }]), people.admin],
    ['deletes a grant', given.remove(), people.admin],
    ['may give data away', mayI('share', 'datagrants', { group: 'bulkhead.science', namespace }), people.admin],
  ];
  const nobody: Row[] = [
    ['changes a Job', job.patch(label), clusterAdmin],
    ['deletes every Job', { method: 'DELETE', path: pathOf('batch/v1', 'Job', namespace) }, scene.actors.operator],
    ['deletes every grant', { method: 'DELETE', path: pathOf(api, 'DataGrant', namespace) }, clusterAdmin],
    ['forges the status of a grant', given.patch({ status: { observedGeneration: 7 } }, '/status'), people.operator],
    [
      'scales the StatefulSet of an instance',
      existing('apps/v1', 'StatefulSet', namespace, there.statefulSet).patch({ spec: { replicas: 3 } }, '/scale'),
      scene.actors.operator,
    ],
    ['deletes a claim', existing('v1', 'PersistentVolumeClaim', namespace, there.claim).remove(), people.operator],
    ['deletes a Secret of the operator', existing('v1', 'Secret', namespace, there.secret).remove(), people.operator],
    [
      'changes the rules of the lab',
      existing(api, 'LabPolicy', namespace, 'policy').patch({ metadata: { annotations: { any: 'thing' } } }),
      people.operator,
    ],
  ];
  return [
    ...refusedByRoles(scene, ['viewer'], work),
    ...refusedByRoles(scene, ['viewer', 'member'], manage),
    ...refusedByRoles(scene, ['viewer', 'member', 'admin'], nobody),
  ];
}

/** What the operator's own roles leave out; the twin shows what its token is for. */
export function operatorRights(scene: Scene): Attack[] {
  const { namespace, operatorNamespace, existing: there } = scene;
  const { clusterAdmin } = scene.actors;
  const inLab = (verb: string, resource: string, more = {}) => mayI(verb, resource, { namespace, ...more });
  const rows: Row[] = [
    ['lists the Secrets of the cluster', list('v1', 'Secret'), clusterAdmin],
    ['lists the Secrets beside itself', list('v1', 'Secret', operatorNamespace), clusterAdmin],
    ['lists the Secrets of kube-system', list('v1', 'Secret', 'kube-system'), clusterAdmin],
    ['makes a Lab', create(manifest(api, 'Lab', { spec: {} })), clusterAdmin],
    ['deletes the Lab', existing(api, 'Lab', undefined, scene.lab).remove(), clusterAdmin],
    ['makes a pod beside itself', mayI('create', 'pods', { namespace: operatorNamespace }), clusterAdmin],
    [
      'changes its own Deployment',
      mayI('patch', 'deployments', { group: 'apps', namespace: operatorNamespace, name: 'bulkhead' }),
      clusterAdmin,
    ],
    ['binds cluster-admin', mayI('bind', 'clusterroles', { group: rbac, name: 'cluster-admin' }), clusterAdmin],
    ['escalates', mayI('escalate', 'clusterroles', { group: rbac }), clusterAdmin],
    ['removes a policy', existing(`${admission}/v1`, 'ValidatingAdmissionPolicy', undefined, 'bulkhead-pods').remove(), clusterAdmin],
    [
      'removes a binding of a policy',
      existing(`${admission}/v1`, 'ValidatingAdmissionPolicyBinding', undefined, 'bulkhead-pods').remove(),
      clusterAdmin,
    ],
    ['changes a definition', patched(definition), clusterAdmin],
    ['impersonates a user', mayI('impersonate', 'users'), clusterAdmin],
    ['asks for a token of an instance', inLab('create', 'serviceaccounts', { subresource: 'token' }), clusterAdmin],
    ['opens a shell in a pod', inLab('create', 'pods', { subresource: 'exec' }), clusterAdmin],
    ['binds a pod to a node', inLab('create', 'pods', { subresource: 'binding' }), clusterAdmin],
    ['changes a node', mayI('patch', 'nodes'), clusterAdmin],
    ['reaches the kubelets', mayI('get', 'nodes', { subresource: 'proxy' }), clusterAdmin],
    ['makes a storage class', mayI('create', 'storageclasses', { group: 'storage.k8s.io' }), clusterAdmin],
    ['deletes every claim', { method: 'DELETE', path: pathOf('v1', 'PersistentVolumeClaim', namespace) }, scene.actors.operator],
    ['makes a Deployment in a lab', inLab('create', 'deployments', { group: 'apps' }), clusterAdmin],
    [
      'changes the specification of an instance by replacing it',
      inLab('update', 'processinginstances', { group: 'bulkhead.science' }),
      clusterAdmin,
    ],
    ['reads the log of a pod', read(`${pathOf('v1', 'Pod', namespace, there.pod)}/log`), scene.people.viewer],
  ];
  return refusedByRoles(scene, ['operator'], rows);
}

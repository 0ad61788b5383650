// What nobody in a lab may, and nobody outside of it either.
import { controller, type Request } from './actor.ts';
import type { Attack } from './attack.ts';
import { labJob, labPod } from './draft.ts';
import {
  create,
  existing,
  list,
  type Manifest,
  manifest,
  patched,
  pathOf,
  rbac,
  read,
  roleBinding,
  userSubject,
  workload,
} from './manifest.ts';
import { definition, mayI, type Row, refusedByRoles, type Who } from './rbacattacks.ts';
import { freed, type Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';
const admission = 'admissionregistration.k8s.io';
const everybody: Who[] = ['anonymous', 'stranger', 'viewer', 'member', 'admin', 'neighbour', 'account', 'databaseAccount'];

export const forbiddenRights = (scene: Scene): Attack[] =>
  refusedByRoles(
    scene,
    everybody,
    [reading, reachingIntoPods, making, beingSomebodyElse, changingTheWalls].flatMap((rows) => rows(scene)),
  );

function reading({ namespace, operatorNamespace, existing: there, people: { operator }, actors: { clusterAdmin } }: Scene): Row[] {
  const secrets = pathOf('v1', 'Secret', namespace);
  return [
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
  ];
}

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

function reachingIntoPods({ namespace, existing: there, actors: { clusterAdmin } }: Scene): Row[] {
  const pod = pathOf('v1', 'Pod', namespace, there.pod);
  const service = pathOf('v1', 'Service', namespace, there.service);
  const connect = (path: string, method: Request['method'] = 'POST'): Request => ({ method, path });
  return [
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
  ];
}

function making(scene: Scene): Row[] {
  const { namespace } = scene;
  const { operator } = scene.people;
  const made = (what: string, object: Manifest, by = scene.actors.operator): Row => [what, create(object, namespace), by];
  const claim = manifest('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  });
  const plainPod: Manifest = { ...labPod(scene), apiVersion: 'v1', kind: 'Pod', metadata: { name: 'attempt' } };
  return [
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
    made('makes a role', manifest(`${rbac}/v1`, 'Role', { rules: [] }), anyController(scene)),
    made('lets a friend in', roleBinding('bulkhead:lab-viewer', userSubject('user@other.test'))),
    ['writes rules for the lab', existing(api, 'LabPolicy', namespace, 'policy').patch({ spec: { uid: 1000 } }), operator],
  ];
}

const anyController = (scene: Scene) => freed(scene, controller('any'));

function beingSomebodyElse(scene: Scene): Row[] {
  const { namespace } = scene;
  const { clusterAdmin } = scene.actors;
  const account = pathOf('v1', 'ServiceAccount', namespace, scene.instance);
  return [
    ['asks for a token of an instance', { method: 'POST', path: `${account}/token`, body: tokenRequest }, anyController(scene)],
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
  ];
}

const tokenRequest = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };

/** The walls themselves, and the cluster that they stand in. */
function changingTheWalls({ lab, namespace, people: { operator }, actors: { clusterAdmin } }: Scene): Row[] {
  const wall = (kind: string) => existing(`${admission}/v1`, kind, undefined, 'bulkhead-pods');
  return [
    ['makes a Lab', create(manifest(api, 'Lab', { spec: {} })), clusterAdmin],
    ['deletes the Lab', existing(api, 'Lab', undefined, lab).remove(), clusterAdmin],
    ['writes the status of the Lab', existing(api, 'Lab', undefined, lab).patch({ status: {} }, '/status'), operator],
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
  ];
}

const volume = manifest('v1', 'PersistentVolume', {
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Mi' }, hostPath: { path: '/' }, storageClassName: 'other' },
});

// The same ends by other ways: names that the API server makes up, the types of patches, whole collections, subresources, older versions of a kind,
// and connections into what runs.
import type { Request } from './actor.ts';
import { controller } from './actor.ts';
import type { Attack, Attempt, Wall } from './attack.ts';
import { type Change, labJob, labPod } from './draft.ts';
import { create, existing, type Manifest, manifest, pathOf, roleBinding, userSubject } from './manifest.ts';
import { labNamespace } from './namespaceattacks.ts';
import { freed, type Scene } from './scene.ts';

const managed = 'bulkhead.science/managed';
const foreignUser: Change = ({ security }) => Object.assign(security, { runAsUser: (security.runAsUser ?? 0) + 1 });

export function connectionAttacks(scene: Scene): Attack[] {
  const { viewer, clusterAdmin } = scene.actors;
  const pod = pathOf('v1', 'Pod', scene.namespace, scene.existing.pod);
  const service = pathOf('v1', 'Service', scene.namespace, scene.existing.service);
  const connect = (name: string, method: Request['method'], path: string): Attack => ({
    name: `somebody without the verb connect ${name}`,
    wall: 'bulkhead-connections',
    says: ['may not connect to', 'holds the verb connect on labs/'],
    refused: { as: viewer, request: { method, path }, live: true },
    admitted: { as: clusterAdmin, request: { method, path }, live: true },
  });
  const binding = manifest('v1', 'Binding', { target: { apiVersion: 'v1', kind: 'Node', name: 'any' } }, { name: scene.existing.pod });
  const bind = (name: string, path: string): Attack => ({
    name,
    wall: 'bulkhead-scheduling',
    says: ['bound to nodes by the scheduler alone'],
    refused: { as: clusterAdmin, request: { method: 'POST', path, body: binding } },
    admitted: {
      as: freed(scene, { user: 'system:kube-scheduler', groups: ['system:authenticated'] }),
      request: { method: 'POST', path, body: binding },
      unfinished: true,
    },
  });
  return [
    connect('opens a shell', 'POST', `${pod}/exec?command=true&stdout=true`),
    connect('opens a shell over a WebSocket', 'GET', `${pod}/exec?command=true&stdout=true`),
    connect('attaches to a pod', 'POST', `${pod}/attach?stdout=true`),
    connect('forwards a port', 'POST', `${pod}/portforward?ports=1`),
    connect('reaches a pod through the API server', 'GET', `${pod}:1/proxy/`),
    connect('writes to a pod through the API server', 'PUT', `${pod}:1/proxy/any`),
    connect('reaches a Service through the API server', 'GET', `${service}:1/proxy/`),
    bind('somebody binds a pod to a node', `${pod}/binding`),
  ];
}

export function pathAttacks(scene: Scene): Attack[] {
  const { member, admin, patcher, operator, clusterAdmin } = scene.actors;
  const { namespace, existing: there } = scene;
  const attack = (name: string, wall: Wall, says: string, refused: Attempt, admitted: Attempt): Attack => ({
    name,
    wall,
    says: [says],
    refused,
    admitted,
  });
  /** As a name that is made up, and by applying an object that does not exist yet. */
  const unnamed = (object: object, where: string): Request => ({
    method: 'POST',
    path: where,
    body: { ...object, metadata: { generateName: 'attempt-' } },
  });
  const applied = (object: Omit<Manifest, 'metadata'>): Request => ({
    method: 'PATCH',
    patch: 'apply',
    path: pathOf(object.apiVersion, object.kind, namespace, 'attempt-applied'),
    body: { ...object, metadata: { name: 'attempt-applied' } },
  });
  const podWith = (change?: Change) => ({ ...labPod(scene, change), apiVersion: 'v1', kind: 'Pod' });
  const pods = pathOf('v1', 'Pod', namespace);
  const openNetwork = manifest('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: { podSelector: {}, egress: [{}], policyTypes: ['Egress'] },
  });
  const friend = roleBinding('bulkhead:lab-viewer', userSubject('user@other.test'));
  const scaler = manifest('autoscaling/v1', 'HorizontalPodAutoscaler', {
    spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'any' } },
  });
  const alone = 'are written by Bulkhead alone';
  const kind = (name: string, request: Request): Attack =>
    attack(`an administrator of the lab ${name}`, 'bulkhead-managed-kinds', alone, { as: admin, request }, { as: operator, request });
  /** Of kinds that a lab may have none of, the one that is known to be there: an empty collection goes with everybody's leave. */
  const everyManaged = (apiVersion: string, of: string, known = ''): Request => ({
    method: 'DELETE',
    path: `${pathOf(apiVersion, of, namespace)}?labelSelector=${managed}${known && `&fieldSelector=metadata.name=${known}`}`,
  });
  const secret = existing('v1', 'Secret', namespace, there.secret);
  const pod = existing('v1', 'Pod', namespace, there.pod);
  const claim = existing('v1', 'PersistentVolumeClaim', namespace, there.claim);
  const statefulSet = existing('apps/v1', 'StatefulSet', namespace, there.statefulSet);
  const unlabel = { metadata: { labels: { [managed]: null } } };
  const label = { metadata: { labels: { 'attempt.test/any': 'label' } } };
  const component = { metadata: { labels: { 'bulkhead.science/part': 'component' } } };
  const byOperator = (name: string, request: Request): Attack =>
    attack(name, 'bulkhead-protected-objects', 'written by Bulkhead alone', { as: admin, request }, { as: operator, request });
  const anyNamespace = (generateName: string): Request => ({
    ...labNamespace({}),
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName } },
  });
  const job = labJob(scene);
  return [
    attack(
      'a pod without a name runs as another user',
      'bulkhead-pods',
      'runAsUser',
      { as: member, request: unnamed(podWith(foreignUser), pods) },
      { as: member, request: unnamed(podWith(), pods) },
    ),
    attack(
      'a pod that is applied runs as another user',
      'bulkhead-pods',
      'runAsUser',
      { as: member, request: applied(podWith(foreignUser)) },
      { as: member, request: applied(podWith()) },
    ),
    attack(
      'a Job that is applied runs as another user',
      'bulkhead-jobs',
      'runAsUser',
      { as: member, request: applied(labJob(scene, foreignUser)) },
      { as: member, request: applied(job) },
    ),
    attack(
      'the CronJob controller makes a Job of a template that was changed later',
      'bulkhead-jobs',
      'runAsUser',
      { as: controller('cronjob-controller'), request: create(labJob(scene, foreignUser), namespace) },
      { as: controller('cronjob-controller'), request: create(job, namespace) },
    ),
    attack(
      'the Job controller makes a pod of a template that was changed later',
      'bulkhead-pods',
      'runAsUser',
      { as: controller('job-controller'), request: create(podWith(foreignUser) as Manifest, namespace) },
      { as: controller('job-controller'), request: create(podWith() as Manifest, namespace) },
    ),
    kind('opens the network by applying a policy', applied(openNetwork)),
    kind(
      'opens the network with a policy without a name',
      unnamed(openNetwork, pathOf(openNetwork.apiVersion, openNetwork.kind, namespace)),
    ),
    kind('lets a friend in by applying a binding', applied(friend)),
    kind('lets a friend in with a binding without a name', unnamed(friend, pathOf(friend.apiVersion, friend.kind, namespace))),
    kind('has an autoscaler of the older version scale for it', create(scaler, namespace)),
    kind('deletes every role binding', everyManaged('rbac.authorization.k8s.io/v1', 'RoleBinding')),
    kind('deletes every network policy', everyManaged('networking.k8s.io/v1', 'NetworkPolicy')),
    kind('deletes every quota', everyManaged('v1', 'ResourceQuota')),
    kind('takes the label off a StatefulSet through its status', statefulSet.patch(unlabel, '/status')),
    attack(
      'an administrator of the lab deletes every claim',
      'bulkhead-claims',
      alone,
      { as: admin, request: everyManaged('v1', 'PersistentVolumeClaim', there.claim) },
      { as: operator, request: everyManaged('v1', 'PersistentVolumeClaim', there.claim) },
    ),
    attack(
      'an administrator of the lab takes the label off a claim through its status',
      'bulkhead-claims',
      alone,
      { as: admin, request: claim.patch(unlabel, '/status') },
      { as: admin, request: claim.patch(label, '/status') },
    ),
    attack(
      'a pod becomes the component behind the Service through its status',
      'bulkhead-pod-updates',
      'cannot be changed',
      { as: member, request: pod.patch(component, '/status') },
      { as: member, request: pod.patch(label, '/status') },
    ),
    attack(
      'somebody without the verb of its instance rewrites a running pod by a strategic patch',
      'bulkhead-pod-updates',
      'make a new pod',
      { as: patcher, request: { ...pod.patch({ spec: { activeDeadlineSeconds: 1 } }), patch: 'strategic' } },
      { as: patcher, request: { ...pod.patch(label), patch: 'strategic' } },
    ),
    byOperator('deletes every Secret of the operator', everyManaged('v1', 'Secret', there.secret)),
    byOperator('takes the label off by a JSON patch', secret.patch([{ op: 'remove', path: '/metadata/labels/bulkhead.science~1managed' }])),
    byOperator('takes the label off by a strategic patch', { ...secret.patch(unlabel), patch: 'strategic' }),
    byOperator('adds a key to a Secret of the operator by applying it', {
      ...secret.patch({ apiVersion: 'v1', kind: 'Secret', metadata: { name: there.secret }, stringData: { attempt: 'any' } }),
      patch: 'apply',
    }),
    byOperator('replaces a Secret of the operator', {
      method: 'PUT',
      path: pathOf('v1', 'Secret', namespace, there.secret),
      body: manifest('v1', 'Secret', {}, { name: there.secret }),
    }),
    attack(
      'somebody deletes the rules of a lab with all of their kind',
      'bulkhead-records',
      'is written by Bulkhead alone',
      { as: clusterAdmin, request: everyManaged('bulkhead.science/v1alpha1', 'LabPolicy') },
      { as: freed(scene, controller('namespace-controller')), request: everyManaged('bulkhead.science/v1alpha1', 'LabPolicy') },
    ),
    attack(
      'somebody deletes the volumes of all labs',
      'bulkhead-volumes',
      'written by Bulkhead alone',
      {
        as: clusterAdmin,
        request: {
          method: 'DELETE',
          path: `${pathOf('v1', 'PersistentVolume')}?labelSelector=${managed}&fieldSelector=metadata.name=${there.volume}`,
        },
      },
      {
        as: operator,
        request: {
          method: 'DELETE',
          path: `${pathOf('v1', 'PersistentVolume')}?labelSelector=${managed}&fieldSelector=metadata.name=${there.volume}`,
        },
      },
    ),
    attack(
      'somebody has the API server make up a name that is taken for a lab',
      'bulkhead-namespaces',
      'create a Lab, or take another name',
      { as: clusterAdmin, request: anyNamespace('lab-') },
      { as: clusterAdmin, request: anyNamespace('laboratory-') },
    ),
  ];
}

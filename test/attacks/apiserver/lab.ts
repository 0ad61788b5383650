// A lab as the operator would leave it, on a bare control plane: CRDs, policies, namespace, LabPolicy, accounts, objects to attack. Everybody has
// every right by RBAC but the virtual verbs, so that only the policies decide; and the namespace has no Pod Security, so that it cannot help.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type AdmissionSettings, policies } from '../../../src/admission/policies.ts';
import { type Actor, type Answer, Impersonator, person, type Request } from '../../../src/verify/actor.ts';
import { labJob, labPod } from '../../../src/verify/draft.ts';
import {
  create,
  existing as existingOf,
  type Manifest,
  manifest,
  rbac,
  roleBinding,
  userSubject,
  workload,
} from '../../../src/verify/manifest.ts';
import { accountsOf, anonymous, freed, type Scene, stranger } from '../../../src/verify/scene.ts';

const csiBackend = {
  name: 'blob',
  type: 'csi' as const,
  driver: 'files.csi.test',
  path: '/volumes',
  pathAttribute: 'share',
  attributes: { server: 'files.test' },
};

export const settings: AdmissionSettings = {
  operatorNamespace: 'bulkhead-system',
  operatorUser: 'system:serviceaccount:bulkhead-system:bulkhead',
  ports: { first: 31_000, last: 32_599, blockSize: 16 },
  backends: [
    { name: 'local', type: 'hostPath', path: '/facility/data' },
    { name: 'archive', type: 'nfs', server: 'nfs.test', path: '/export' },
    csiBackend,
  ],
};

const place = {
  lab: 'smith',
  namespace: 'lab-smith',
  neighbour: 'lab-other',
  namespaceLabels: { 'kubernetes.io/metadata.name': 'lab-smith', 'bulkhead.science/lab': 'smith' },
  uid: 200_100,
  gid: 200_100,
  grantorGid: 200_200,
  foreignGid: 200_107,
  placement: {
    nodeSelector: { 'facility.test/lab': 'smith' },
    tolerations: [{ key: 'facility.test/lab', operator: 'Equal' as const, value: 'smith', effect: 'NoSchedule' as const }],
    runtimeClassName: 'sandbox',
  },
  instance: 'relion',
  own: { claim: 'data-projects', subPath: 'p1', readOnly: 'p3' },
  granted: { claim: 'grant-raw', subPath: 'krios-0512', notAfter: '2030-01-01T00:00:00Z' },
  ended: { claim: 'grant-old', subPath: 'krios-0101' },
  foreign: { claim: 'state-orthanc', secret: 'bulkhead-db-orthanc' },
  secret: 'licence',
  databaseAccount: 'bulkhead-db-orthanc',
  operatorNamespace: settings.operatorNamespace,
  ports: { base: 31_016, blockSize: 16 },
  backend: '/facility/data',
  csi: csiBackend,
  existing: {
    pod: 'running',
    statefulSet: 'orthanc',
    service: 'orthanc',
    claim: 'data-projects',
    volume: 'lab-smith-projects',
    foreignVolume: 'others',
    job: 'waiting',
    cronJob: 'nightly',
    instance: 'relion',
    ofAnother: 'relion',
    outputs: { grant: 'outputs-relion', inputs: [{ lab: 'smith', volume: 'projects', path: 'p1' }] },
    grant: 'shared',
    secret: 'bulkhead-db-orthanc',
  },
  everyRight: 'test:everything',
  everyRightButVerbs: 'test:everything',
};
const people = {
  anonymous,
  stranger,
  viewer: person('viewer@uni.test'),
  member: person('member@uni.test'),
  admin: person('admin@uni.test'),
  neighbour: person('admin@other.test'),
  ...accountsOf(place),
};
const suspended = 'lab-quiet';
const closed = 'lab-closed';
/** Was an administrator, and is still bound by RBAC. */
const barred = freed(place, person('former@uni.test'));
/** Was not seen for too long; comes in through a group of the identity provider. */
const unseen = freed(place, { ...person('unseen@uni.test'), groups: ['system:authenticated', 'oidc:students'] });
const inactivity = { user: unseen.user, externalGroups: ['oidc:students'] };
export const scene: Scene = {
  ...place,
  exclusive: { instance: 'private', insider: freed(place, people.admin), outsider: freed(place, people.member) },
  suspended,
  closed,
  people,
  actors: {
    member: freed(place, people.member),
    admin: freed(place, people.admin),
    viewer: freed(place, people.viewer),
    account: freed(place, people.account),
    patcher: freed(place, people.viewer),
    operator: freed(place, people.operator),
    clusterAdmin: {},
    barred,
    unseen,
    insideSharer: freed(place, person('inside@uni.test')),
    partSharer: freed(place, person('part@uni.test')),
  },
};
const { namespace, existing, actors } = scene;
const api = 'bulkhead.science/v1alpha1';
const labels = { 'bulkhead.science/managed': 'true' };

export function impersonatorFor(kubeconfig: string): Impersonator {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  return new Impersonator(kubeConfig);
}

/** Sends what must succeed.
 * @throws Error with the words of the API server */
export async function must(impersonator: Impersonator, as: Actor, request: Request): Promise<Answer> {
  const answer = await impersonator.send(as, request, { dryRun: false });
  if (answer.status >= 300) throw new Error(`${request.method} ${request.path}: ${answer.status} ${answer.message}`);
  return answer;
}

/** Asks until the answer is yes: the control plane takes in what it has stored a little later. */
export async function until(what: string, asked: () => Promise<boolean>, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await asked())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The rules of a lab as the lab controller computes them. */
const rules = {
  ...scene.placement,
  uid: scene.uid,
  gid: scene.gid,
  supplementalGroups: [scene.grantorGid],
  resourceNames: ['cpu', 'memory', 'ephemeral-storage', 'nvidia.com/gpu'],
  barred: [
    { user: barred.user!, from: '2020-01-01T00:00:00Z' },
    { ...inactivity, from: '1970-01-01T00:00:00Z', inactiveIn: 'students' },
  ],
  periods: [{ group: 'students', message: 'inactive, because group students was not used for too long; ask Jo Smith <jo@uni.test>' }],
  mounts: [
    { serviceAccount: scene.instance, claim: scene.own.claim, subPaths: [scene.own.subPath, 'p2'], readOnly: false },
    { serviceAccount: scene.instance, claim: scene.own.claim, subPaths: ['p3'], readOnly: true },
    {
      serviceAccount: scene.instance,
      claim: scene.granted.claim,
      subPaths: [scene.granted.subPath],
      readOnly: true,
      notAfter: scene.granted.notAfter,
    },
    {
      serviceAccount: scene.instance,
      claim: scene.ended.claim,
      subPaths: [scene.ended.subPath],
      readOnly: true,
      notAfter: '2020-01-01T00:00:00Z',
    },
    { serviceAccount: 'orthanc', claim: scene.foreign.claim, subPaths: [''], readOnly: false },
  ],
  audiences: [{ serviceAccount: scene.exclusive.instance, users: [people.admin.user], groups: ['oidc:trusted'] }],
  secrets: [
    { serviceAccount: scene.instance, secret: scene.secret },
    { serviceAccount: scene.databaseAccount, secret: scene.foreign.secret },
  ],
};
export const labPolicy = manifest(api, 'LabPolicy', { spec: rules }, { name: 'policy', labels });

const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: existing.claim };
const shared = { accessModes: ['ReadWriteMany'], storageClassName: 'bulkhead-static' };
const job = labJob(scene);
const contents: Manifest[] = [
  ...[scene.instance, scene.exclusive.instance, 'other', scene.databaseAccount].map((name) =>
    manifest('v1', 'ServiceAccount', {}, { name }),
  ),
  manifest('v1', 'Secret', {}, { name: scene.secret }),
  manifest('v1', 'Secret', {}, { name: scene.foreign.secret, labels }),
  manifest(
    'v1',
    'PersistentVolumeClaim',
    { spec: { ...shared, volumeName: existing.volume, resources: { requests: { storage: '1Mi' } } } },
    { name: existing.claim, labels },
  ),
  manifest('v1', 'Service', { spec: { selector: { app: 'any' }, ports: [{ port: 80 }] } }, { name: existing.service, labels }),
  manifest('apps/v1', 'StatefulSet', { spec: { ...workload, replicas: 0, serviceName: 'any' } }, { name: existing.statefulSet, labels }),
  manifest('v1', 'Pod', { spec: labPod(scene).spec }, { name: existing.pod }),
  manifest('batch/v1', 'Job', { spec: { ...job.spec, suspend: true } }, { name: existing.job }),
  manifest('batch/v1', 'CronJob', { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: job } }, { name: existing.cronJob }),
  manifest(api, 'ProcessingInstance', { spec: { owner: people.member.user } }, { name: existing.instance }),
  manifest(
    api,
    'DataGrant',
    { spec: { volume: 'projects', paths: ['results'], derivedFrom: existing.outputs.inputs } },
    { name: existing.outputs.grant, labels },
  ),
  manifest(
    api,
    'DataGrant',
    { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }] } },
    { name: existing.grant, finalizers: ['bulkhead.science/finalizer'] },
  ),
  manifest('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {} } }, { name: 'bulkhead-default-deny', labels }),
  manifest('v1', 'ResourceQuota', { spec: { hard: { 'count/configmaps': '1000' } } }, { name: 'bulkhead', labels }),
  { ...roleBinding('bulkhead:lab-viewer'), metadata: { name: 'bulkhead-viewers', labels } },
  labPolicy,
];

/** Definitions, and rights for everybody; no lab and no wall yet. */
export async function prepare(impersonator: Impersonator): Promise<void> {
  const put = (object: Manifest) => must(impersonator, actors.clusterAdmin, create(object));
  const definitions = join(import.meta.dirname, '../../../crds');
  for (const file of await readdir(definitions)) await put(parse(await readFile(join(definitions, file), 'utf8')) as Manifest);
  await put(manifest('v1', 'Namespace', {}, { name: settings.operatorNamespace }));

  const grant = async (name: string, rule: object, ...subjects: object[]) => {
    await put(manifest(`${rbac}/v1`, 'ClusterRole', { rules: [rule] }, { name }));
    await put(manifest(`${rbac}/v1`, 'ClusterRoleBinding', { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name }, subjects }, { name }));
  };
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'escalate'];
  const everybody = { apiGroup: rbac, kind: 'Group', name: scene.everyRight };
  await grant('test:everything', { apiGroups: ['*'], resources: ['*'], verbs }, everybody);
  const user = (actor: Actor) => userSubject(actor.user!);
  const virtual = (resource: string, ...verbs: string[]) => ({ apiGroups: ['bulkhead.science'], resources: [resource], verbs });
  await grant(
    'test:compute',
    virtual('processinginstances', 'compute'),
    user(people.member),
    user(people.admin),
    user(barred),
    user(unseen),
  );
  await grant('test:share', virtual('datagrants', 'share', 'shareExternal'), user(people.admin), user(barred));
  const { runtimeClassName } = place.placement;
  await put(manifest('node.k8s.io/v1', 'RuntimeClass', { handler: runtimeClassName }, { name: runtimeClassName }));
  for (const role of ['viewer', 'member', 'admin', 'operator'])
    await put(manifest(`${rbac}/v1`, 'ClusterRole', { rules: [] }, { name: `bulkhead:lab-${role}` }));
}

/** The lab of the scene, made before the walls, so that the administrator can make all of it. */
export async function furnish(impersonator: Impersonator): Promise<void> {
  const put = (request: Request) => must(impersonator, actors.clusterAdmin, request);
  const former = { user: barred.user, roles: ['full-read-write'], expiresAt: '2020-01-01T00:00:00Z' };
  await put(create(manifest(api, 'Lab', { spec: { members: [former] } }, { name: scene.lab })));
  const status = { inactive: [{ ...inactivity, group: 'students', since: '2020-01-01T00:00:00Z' }] };
  await put(existingOf(api, 'Lab', undefined, scene.lab).patch({ status }, '/status'));
  await put(create(manifest('v1', 'Namespace', {}, { name: namespace, labels: { 'bulkhead.science/lab': scene.lab } })));
  await put(create(manifest('v1', 'Namespace', {}, { name: scene.neighbour, labels: { 'bulkhead.science/lab': 'other' } })));
  await put(create(labPolicy, scene.neighbour));
  const atRest = { 'bulkhead.science/lab': 'quiet', 'bulkhead.science/suspended': 'true' };
  await put(create(manifest('v1', 'Namespace', {}, { name: suspended, labels: atRest })));
  await put(create(labPolicy, suspended));
  await put(create(manifest('v1', 'ServiceAccount', {}, { name: scene.instance }), suspended));
  await put(create(manifest('v1', 'Namespace', {}, { name: closed, labels: { 'bulkhead.science/lab': 'closed' } })));
  const nowhere = { spec: { ...rules, closed: 'its placement profile is unknown' } };
  await put(create(manifest(api, 'LabPolicy', nowhere, { name: 'policy', labels }), closed));
  await put(create(manifest('v1', 'ServiceAccount', {}, { name: scene.instance }), closed));
  const source = { hostPath: { path: '/facility/data/smith', type: 'Directory' } };
  const spec = { ...shared, ...source, capacity: { storage: '1Mi' }, persistentVolumeReclaimPolicy: 'Retain', claimRef };
  await put(create(manifest('v1', 'PersistentVolume', { spec }, { name: existing.volume, labels })));
  const others = { ...spec, claimRef: null, storageClassName: 'other' };
  await put(create(manifest('v1', 'PersistentVolume', { spec: others }, { name: existing.foreignVolume! })));
  for (const object of contents) await put(create(object, namespace));
  // what a scheduler would do: a resize must be possible on a pod that has a node
  await put(
    create(
      manifest(
        'v1',
        'Node',
        { status: { allocatable: { cpu: '4', memory: '8Gi' }, capacity: { cpu: '4', memory: '8Gi' } } },
        { name: 'any' },
      ),
    ),
  );
  const target = { apiVersion: 'v1', kind: 'Node', name: 'any' };
  const binding = manifest('v1', 'Binding', { target }, { name: existing.pod });
  await put({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/${existing.pod}/binding`, body: binding });
}

/** Puts the walls up and waits until the API server has taken them in. */
export async function raiseWalls(impersonator: Impersonator): Promise<void> {
  for (const policy of policies(settings)) {
    const plural = policy.kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    const path = `/apis/admissionregistration.k8s.io/v1/${plural}`;
    await must(impersonator, actors.clusterAdmin, { method: 'POST', path, body: policy });
  }
  // They come to the API server in the order of their making: the last one says that all are there.
  const outside = create(manifest('v1', 'ConfigMap'), 'kube-system');
  await until('the walls stand', async () =>
    (await impersonator.send(actors.operator, outside, { dryRun: true })).message.includes("'bulkhead-operator'"),
  );
}

/** Waits until pods of the lab are admitted: its LabPolicy has been taken in. */
export const awaitPolicy = (impersonator: Impersonator, where = namespace) =>
  until('the lab admits its own pods', async () => {
    const pod = manifest('v1', 'Pod', { spec: labPod(scene).spec });
    return (await impersonator.send(actors.member, create(pod, where), { dryRun: true })).status < 300;
  });

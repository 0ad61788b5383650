// A lab that has one of everything, as the scene of all attacks: an application with a database, a workspace with granted data, a grant of its own.
import {
  apiVersion,
  type DataGrant,
  DataGrants,
  type Lab,
  LabPolicies,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
} from '../../../src/api/kinds.ts';
import {
  databaseName,
  grantClaimName,
  namespaceOf,
  operatorNamespaceDefault,
  operatorUser,
  outputsGrantName,
  policyName,
  rootClaimName,
  rootVolumeName,
  serviceName,
  workloadName,
} from '../../../src/api/names.ts';
import { Jobs, Namespaces, Pods } from '../../../src/kube/kind.ts';
import { type Actor, person } from '../../../src/verify/actor.ts';
import { labJob, labPod } from '../../../src/verify/draft.ts';
import { accountsOf, anonymous, freed, type Scene, stranger } from '../../../src/verify/scene.ts';
import { waitUntilReady } from '../../demo/ready.ts';
import { applyObjects, identityOf } from '../../demo/steps/facility.ts';
import { type Facility, localBackend } from '../../e2e/facility.ts';
import { served } from './cast.ts';

const lab = 'walled';
const namespace = namespaceOf(lab);
const [application, workspace, root, session] = ['app', 'work', 'projects', 'sessions/krios-0512'];
const names = {
  admin: 'admin@walled.example',
  member: 'member@walled.example',
  viewer: 'viewer@walled.example',
  other: 'other@walled.example',
};
const labPeople = { admin: person(names.admin), member: person(names.member), viewer: person(names.viewer) };
/** Administers lab smith of the example facility. */
const neighbour = 'jo.smith@uni.example';
/** No member any more; a group of the identity provider would still let him in. */
const former = 'former@walled.example';
const grantEnd = '2031-01-01T00:00:00Z';
const quiet = { became: () => undefined, waiting: () => undefined };

const walledLab: Lab = {
  apiVersion,
  kind: 'Lab',
  metadata: { name: lab },
  spec: {
    members: [
      { user: names.admin, roles: ['full-read-write'] },
      { user: names.member, roles: ['basic-read-write'] },
      { user: names.other, roles: ['basic-read-write'] },
      { user: names.viewer, roles: ['read-only'] },
      { user: former, roles: ['full-read-write'], expiresAt: '2020-01-01T00:00:00Z' },
    ],
    storage: [{ name: root, backend: 'facility', path: 'labs/walled' }],
    quota: { cpu: '8', memory: '16Gi', storage: '10Gi' },
  },
};
const given: DataGrant = {
  apiVersion,
  kind: 'DataGrant',
  metadata: { name: 'walled', namespace: namespaceOf('microscopy') },
  spec: { volume: 'raw', paths: [session], subjects: [{ kind: 'Lab', name: lab }], expiresAt: grantEnd },
};
const shared: DataGrant = {
  apiVersion,
  kind: 'DataGrant',
  metadata: { name: 'shared', namespace },
  spec: { volume: root, paths: ['p1'], subjects: [{ kind: 'Lab', name: 'smith' }] },
};
const app: ProcessingInstance = {
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name: application, namespace },
  spec: served,
};
const work: ProcessingInstance = {
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name: workspace, namespace },
  spec: {
    owner: names.member,
    outputs: { volume: root, path: 'results' },
    audience: { users: [names.admin, names.member] }, // the viewer would keep it from writing
    data: [
      { volume: root, path: 'p1', mountPath: '/own', mode: 'ReadWrite' },
      { volume: root, path: 'p2', mountPath: '/read' },
      { from: { lab: 'microscopy', grant: given.metadata.name }, path: session, mountPath: '/granted' },
    ],
  },
};

/** Makes the lab with everything in it and waits until it is Ready. */
export async function makeWalledLab({ site, storage }: Facility): Promise<Scene> {
  await applyObjects(site, [walledLab]);
  await waitUntilReady(site, [{ kind: Labs, name: lab }], quiet);
  const self = await identityOf(site, lab);
  await storage.makeRoot('labs/walled', self);
  await applyObjects(site, [given, shared, app, work]);
  await waitUntilReady(
    site,
    [
      { kind: DataGrants, name: given.metadata.name, namespace: given.metadata.namespace },
      { kind: DataGrants, name: shared.metadata.name, namespace },
      ...[application, workspace].map((name) => ({ kind: ProcessingInstances, name, namespace })),
    ],
    quiet,
  );
  const { client } = site;
  const [grantor, { labels = {} }] = [await identityOf(site, 'microscopy'), (await client.get(Namespaces, namespace))!.metadata];
  const place = {
    lab,
    namespace,
    neighbour: namespaceOf('smith'),
    namespaceLabels: labels,
    ...self,
    grantorGid: grantor.gid,
    foreignGid: self.gid + 1000,
    instance: workspace,
    own: { claim: rootClaimName(root), subPath: 'p1', readOnly: 'p2' },
    granted: { claim: grantClaimName('microscopy', given.metadata.name), subPath: session, notAfter: grantEnd },
    ended: { claim: 'grant-ended', subPath: 'krios-0101' },
    foreign: { claim: databaseName(application), secret: databaseName(application) },
    secret: 'license',
    databaseAccount: databaseName(application),
    operatorNamespace: operatorNamespaceDefault,
    ports: { base: 32_200, blockSize: 16 }, // nobody has it: a twin must not fail for a port that is taken
    backend: localBackend,
    existing: {
      pod: 'running',
      statefulSet: workloadName(application),
      service: serviceName(application),
      claim: rootClaimName(root),
      volume: rootVolumeName(lab, root),
      job: 'waiting',
      cronJob: 'nightly',
      instance: workspace,
      ofAnother: workspace,
      outputs: {
        grant: outputsGrantName(workspace, root, 'results'),
        inputs: [...['p1', 'p2'].map((path) => ({ lab, volume: root, path })), { lab: 'microscopy', volume: 'raw', path: session }],
      },
      grant: shared.metadata.name,
      secret: databaseName(application),
    },
    everyRight: 'test:everything',
    everyRightButVerbs: 'test:everything',
  };
  const { admin, member, viewer } = labPeople;
  const people = { anonymous, stranger, viewer, member, admin, neighbour: person(neighbour), ...accountsOf(place) };
  const free = (actor: Actor) => freed(place, actor);
  const scene: Scene = {
    ...place,
    exclusive: { instance: workspace, insider: free(member), outsider: free(person(names.other)) },
    people,
    actors: {
      member: free(member),
      admin: free(admin),
      barred: free(person(former)),
      viewer: free(viewer),
      account: free(people.account),
      patcher: free(viewer),
      operator: free(people.operator),
      clusterAdmin: {},
    },
  };
  const pod = labPod(scene);
  await client.create(Pods, { ...pod, metadata: { ...pod.metadata, name: scene.existing.pod } });
  const job = labJob(scene);
  await site
    .as(names.member)
    .create(Jobs, { ...job, metadata: { ...job.metadata, name: scene.existing.job }, spec: { ...job.spec, suspend: true } });
  const scheduled = { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job.spec } };
  const nightly = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: scene.existing.cronJob, namespace }, spec: scheduled };
  await site.cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(nightly) });
  return scene;
}

/** What cannot be had while the operator runs: a LabPolicy that still lists a grant that is over, and a Secret of the workspace. */
export async function addWhatIsOver({ site }: Facility, scene: Scene): Promise<void> {
  const policy = await site.client.get(LabPolicies, policyName, namespace);
  const { mounts, secrets } = policy!.spec;
  const { claim, subPath } = scene.ended;
  const spec = {
    mounts: [...mounts, { serviceAccount: workspace, claim, subPaths: [subPath], readOnly: true, notAfter: '2020-01-01T00:00:00Z' }],
    secrets: [...secrets, { serviceAccount: workspace, secret: scene.secret }],
  };
  await site.as(operatorUser(operatorNamespaceDefault)).patch(LabPolicies, policy!.metadata, { type: 'merge', body: { spec } });
}

/** Gives the people of the attacks, and those whom they pose as, every right of the cluster but the virtual verbs: what remains are the walls. */
export async function giveEveryRight({ cluster }: Facility, scene: Scene): Promise<() => Promise<string>> {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: 'test-everything' };
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'escalate'];
  const objects = [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules: [{ apiGroups: ['*'], resources: ['*'], verbs }] },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ apiGroup: rbac, kind: 'Group', name: scene.everyRight }],
    },
  ];
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });
  return () => cluster.kubectl(['delete', 'clusterrolebinding,clusterrole', metadata.name]);
}

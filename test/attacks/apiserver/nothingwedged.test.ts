// A wall must not wedge the platform: whatever is deleted, in whatever order, with the rules of the lab gone or changed, the controllers of
// Kubernetes finish their work and nothing stays Terminating.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor, Impersonator, Request } from '../../../src/verify/actor.ts';
import { labJob, labPod, withoutData } from '../../../src/verify/draft.ts';
import { create, existing, type Manifest, manifest, pathOf, roleBinding, userSubject } from '../../../src/verify/manifest.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { awaitPolicy, impersonatorFor, labPolicy, must, prepare, raiseWalls, scene, settings, until } from './lab.ts';

const { operator, member, admin, clusterAdmin } = scene.actors;
const api = 'bulkhead.science/v1alpha1';
const labels = { 'bulkhead.science/managed': 'true' };
let controlPlane: ControlPlane;
let impersonator: Impersonator;

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllerManager: true });
  impersonator = impersonatorFor(controlPlane.kubeconfig);
  await prepare(impersonator);
  await raiseWalls(impersonator);
});
afterAll(async () => {
  await impersonator?.close();
  await controlPlane?.stop();
});

const does = (as: Actor, request: Request) => must(impersonator, as, request);
const get = async (path: string) => {
  const { status, body } = await impersonator.send(clusterAdmin, { method: 'GET', path }, { dryRun: false });
  return { status, body: body as never };
};
const isGone = async (path: string) => (await get(path)).status === 404;
const gone = (path: string) => until(`${path} is gone`, () => isGone(path), 60);
const count = async (path: string) => ((await get(path)).body as { items: unknown[] }).items.length;

/** A lab with one of everything, made by those who make it in life, and its controllers at work. */
async function aLab(lab: string): Promise<{ namespace: string; volume: string }> {
  const namespace = `lab-${lab}`;
  const volume = `${namespace}-data`;
  const podSecurity = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.34' };
  await does(
    operator,
    create(manifest('v1', 'Namespace', {}, { name: namespace, labels: { 'bulkhead.science/lab': lab, ...labels, ...podSecurity } })),
  );
  await does(operator, create(labPolicy, namespace));
  const instance = manifest(api, 'ProcessingInstance', { spec: { owner: admin.user } }, { name: scene.instance });
  await until('the rules of the lab are taken in', async () => {
    const { status } = await impersonator.send(admin, create(instance, namespace), { dryRun: true });
    return status < 300;
  });
  const { metadata } = (await does(admin, create(instance, namespace))).body as { metadata: { uid: string } };
  const ownerReferences = [{ apiVersion: api, kind: 'ProcessingInstance', name: scene.instance, uid: metadata.uid, controller: true }];
  const child = (apiVersion: string, kind: string, content: object, name = scene.instance): Manifest =>
    manifest(apiVersion, kind, content, { name, labels, ...{ ownerReferences } });
  const ours = (apiVersion: string, kind: string, content: object, name: string) => manifest(apiVersion, kind, content, { name, labels });
  const bound = { accessModes: ['ReadWriteMany'], storageClassName: 'bulkhead-static' };
  await does(
    operator,
    create(
      ours(
        'v1',
        'PersistentVolume',
        {
          spec: {
            ...bound,
            capacity: { storage: '1Mi' },
            persistentVolumeReclaimPolicy: 'Retain',
            hostPath: { path: `/facility/data/${lab}`, type: 'Directory' },
            claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: scene.own.claim },
          },
        },
        volume,
      ),
    ),
  );
  const selector = { 'bulkhead.science/instance': scene.instance, 'bulkhead.science/part': 'component' };
  const pod = labPod(scene, ({ spec, main }) => {
    withoutData({ serviceAccountName: scene.instance })({ spec, main } as never);
    delete spec.activeDeadlineSeconds;
    spec.restartPolicy = 'Always';
  });
  const resources = { requests: { storage: '1Mi' } };
  for (const object of [
    child('v1', 'ServiceAccount', { automountServiceAccountToken: false }),
    ours('v1', 'PersistentVolumeClaim', { spec: { ...bound, volumeName: volume, resources } }, scene.own.claim),
    child('v1', 'Service', { spec: { selector, ports: [{ port: 80 }] } }),
    child('v1', 'Secret', {}, 'database'),
    ours('v1', 'ResourceQuota', { spec: { hard: { pods: '20' } } }, 'bulkhead'),
    ours('v1', 'LimitRange', { spec: { limits: [] } }, 'bulkhead'),
    ours(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } },
      'bulkhead-default-deny',
    ),
    roleBinding('bulkhead:lab-member', userSubject('user@uni.test')),
    child('apps/v1', 'StatefulSet', {
      spec: {
        serviceName: scene.instance,
        selector: { matchLabels: selector },
        template: { metadata: { labels: { ...selector, ...labels } }, spec: pod.spec },
      },
    }),
  ])
    await does(operator, create(object, namespace));
  await awaitPolicy(impersonator, namespace);
  await does(member, create(manifest('batch/v1', 'Job', { spec: labJob(scene).spec }, { name: 'run' }), namespace));
  await does(
    admin,
    create(
      manifest(
        api,
        'DataGrant',
        { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }], grantor: admin.user } },
        { name: 'shared' },
      ),
      namespace,
    ),
  );
  await until('the controllers have made pods', async () => (await count(pathOf('v1', 'Pod', namespace))) === 2);
  await until(
    'the claim is bound',
    async () => phaseOf((await get(pathOf('v1', 'PersistentVolumeClaim', namespace, scene.own.claim))).body) === 'Bound',
  );
  return { namespace, volume };
}
const phaseOf = (body: { status?: { phase?: string } }) => body.status?.phase;

const policyOf = (namespace: string) => existing(api, 'LabPolicy', namespace, 'policy').remove();
const anyPod = async (namespace: string, part: string) => {
  const list = (await get(`${pathOf('v1', 'Pod', namespace)}?labelSelector=${part}`)).body as { items: { metadata: { name: string } }[] };
  return list.items[0]!.metadata.name;
};

describe.concurrent('in a lab', () => {
  test('a lab is deleted with everything in it', async () => {
    const { namespace, volume } = await aLab('whole');
    await does(operator, existing('v1', 'Namespace', undefined, namespace).remove());
    await gone(pathOf('v1', 'Namespace', undefined, namespace));
    await does(operator, existing('v1', 'PersistentVolume', undefined, volume).remove());
    await gone(pathOf('v1', 'PersistentVolume', undefined, volume));
  });

  test('a lab is deleted after its rules', async () => {
    const { namespace } = await aLab('lawless');
    await does(operator, policyOf(namespace));
    await does(operator, existing('v1', 'Namespace', undefined, namespace).remove());
    await gone(pathOf('v1', 'Namespace', undefined, namespace));
  });

  test('a Job is deleted after its data was taken back, and after the rules are gone', async () => {
    const { namespace } = await aLab('revoked');
    const pods = `${pathOf('v1', 'Pod', namespace)}?labelSelector=job-name=run`;
    await does(operator, existing(api, 'LabPolicy', namespace, 'policy').patch({ spec: { mounts: [] } }));
    await does(operator, existing('v1', 'Pod', namespace, await anyPod(namespace, 'job-name=run')).remove());
    await until('the job controller has let the pod go', async () => (await count(pods)) === 0);
    await does(operator, policyOf(namespace));
    await does(member, { ...existing('batch/v1', 'Job', namespace, 'run').remove(), body: { propagationPolicy: 'Foreground' } });
    await gone(pathOf('batch/v1', 'Job', namespace, 'run'));
  });

  test('a pod loses a finalizer and other metadata when the rules are gone', async () => {
    const { namespace } = await aLab('final');
    const name = await anyPod(namespace, 'job-name=run');
    const pod = existing('v1', 'Pod', namespace, name);
    await does(clusterAdmin, pod.patch({ metadata: { finalizers: ['test.bulkhead.science/hold'] } }));
    await does(operator, policyOf(namespace));
    await does(clusterAdmin, pod.remove());
    expect(await isGone(pathOf('v1', 'Pod', namespace, name))).toBe(false);
    await does(clusterAdmin, pod.patch({ metadata: { finalizers: null } }));
    await gone(pathOf('v1', 'Pod', namespace, name));
  });

  test('deleting an instance takes its children along', async () => {
    const { namespace } = await aLab('instance');
    await does(admin, existing(api, 'ProcessingInstance', namespace, scene.instance).remove());
    for (const [apiVersion, kind, name] of [
      ['apps/v1', 'StatefulSet', scene.instance],
      ['v1', 'Service', scene.instance],
      ['v1', 'ServiceAccount', scene.instance],
      ['v1', 'Secret', 'database'],
    ] as const)
      await gone(pathOf(apiVersion, kind, namespace, name));
  });

  test('a pod of an instance can be drained and comes again', async () => {
    const { namespace } = await aLab('drained');
    const path = pathOf('v1', 'Pod', namespace, `${scene.instance}-0`);
    const uid = async () => ((await get(path)).body as { metadata?: { uid: string } }).metadata?.uid;
    const first = await uid();
    await does(clusterAdmin, {
      method: 'POST',
      path: `${path}/eviction`,
      body: manifest('policy/v1', 'Eviction', {}, { name: `${scene.instance}-0` }),
    });
    await until('another pod stands in its place', async () => ![undefined, first].includes(await uid()));
    const second = await uid();
    await does(clusterAdmin, existing('v1', 'Pod', namespace, `${scene.instance}-0`).remove());
    await until('another pod stands in its place', async () => ![undefined, second].includes(await uid()));
  });

  test('a claim can be deleted and made again, and its volume is bound again', async () => {
    const { namespace, volume } = await aLab('rebound');
    const claim = pathOf('v1', 'PersistentVolumeClaim', namespace, scene.own.claim);
    await does(member, { ...existing('batch/v1', 'Job', namespace, 'run').remove(), body: { propagationPolicy: 'Background' } });
    await until('nothing uses the claim', async () => (await count(`${pathOf('v1', 'Pod', namespace)}?labelSelector=job-name=run`)) === 0);
    const before = (await get(claim)).body as { spec: object };
    await does(operator, existing('v1', 'PersistentVolumeClaim', namespace, scene.own.claim).remove());
    await gone(claim);
    await until(
      'the volume is released',
      async () => phaseOf((await get(pathOf('v1', 'PersistentVolume', undefined, volume))).body) === 'Released',
    );
    await does(
      operator,
      existing('v1', 'PersistentVolume', undefined, volume).patch({ spec: { claimRef: { uid: null, resourceVersion: null } } }),
    );
    await does(
      operator,
      create(manifest('v1', 'PersistentVolumeClaim', { spec: before.spec }, { name: scene.own.claim, labels }), namespace),
    );
    await until('the claim is bound again', async () => phaseOf((await get(claim)).body) === 'Bound');
  });

  test('a storage provisioner of any name finishes its work on a claim', async () => {
    const { namespace } = await aLab('provisioned');
    const claim = existing('v1', 'PersistentVolumeClaim', namespace, scene.own.claim);
    const provisioner = { user: 'system:serviceaccount:any-storage:provisioner', groups: ['system:masters'] };
    await does(provisioner, claim.patch({ metadata: { finalizers: ['kubernetes.io/pvc-protection', 'storage.test/clone'] } }));
    await does(
      provisioner,
      claim.patch({ metadata: { finalizers: ['kubernetes.io/pvc-protection'], annotations: { 'storage.test/done': 'yes' } } }),
    );
  });
});

const definition = (plural: string) =>
  existing('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, `${plural}.bulkhead.science`);
async function removeDefinition(plural: string): Promise<void> {
  await does(clusterAdmin, definition(plural).patch({ metadata: { annotations: { 'bulkhead.science/allow-deletion': 'true' } } }));
  await does(clusterAdmin, definition(plural).remove());
  await gone(definition(plural).remove().path);
}

test('definitions go although nobody but the operator may delete their objects', async () => {
  const reservation = manifest(api, 'Reservation', { spec: { type: 'UserID', resource: '4711' } }, { name: 'uid-4711' });
  await does(operator, create(reservation));
  await removeDefinition('reservations');
});

test('without the definition of LabPolicies pods of labs are refused, those of everybody else are not, and labs can be deleted', async () => {
  const { namespace } = await aLab('undefined');
  const job = create(manifest('batch/v1', 'Job', { spec: labJob(scene).spec }), namespace);
  const say = (as: Actor, request: Request) => impersonator.send(as, request, { dryRun: true });
  const pod = (where: string) => create(manifest('v1', 'Pod', { spec: labPod(scene).spec }), where);
  expect(await say(member, job)).toMatchObject({ status: 201 });
  expect(await say(member, pod(namespace))).toMatchObject({ status: 201 });
  await removeDefinition('labpolicies');
  await until('pods of the lab are refused', async () => (await say(member, pod(namespace))).status >= 400);
  // An API server that starts now cannot even load the policies that need LabPolicies, and looks no further than at what they match.
  await controlPlane.restartApiServer();
  await until('the policy is seen to be incomplete', async () => (await say(member, pod(namespace))).message.includes('paramKind'));
  for (const elsewhere of ['default', 'kube-system'])
    expect(await say(clusterAdmin, create(manifest('v1', 'Pod', { spec: labPod(scene, withoutData({})).spec }), elsewhere))).toMatchObject({
      status: 201,
    });
  await does(operator, existing('v1', 'Namespace', undefined, namespace).remove());
  await gone(pathOf('v1', 'Namespace', undefined, namespace));
});

test('the namespace of the operator can be deleted', async () => {
  await does(clusterAdmin, existing('v1', 'Namespace', undefined, settings.operatorNamespace).remove());
  await gone(pathOf('v1', 'Namespace', undefined, settings.operatorNamespace));
});

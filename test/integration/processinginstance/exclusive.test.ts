// What one instance has to itself, what is refused in whose words, and who goes along with a namespace: on a real API server with the real
// admission policies and controllers.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, type DataGrant, DataGrants, LabPolicies, ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { stateClaimName, workloadName } from '../../../src/api/names.ts';
import type { ProcessingInstanceSpec } from '../../../src/api/processinginstance.ts';
import { Jobs, LimitRanges, Namespaces, PersistentVolumeClaims, Pods, ResourceQuotas, Secrets, Services } from '../../../src/kube/kind.ts';
import { runJob } from '../../../src/processinginstance/run.ts';
import { controller, Impersonator } from '../../../src/verify/actor.ts';
import { create, manifest } from '../../../src/verify/manifest.ts';
import { configOf } from '../kube/runtime.ts';
import { app, eventually, makeInstance, orthanc, podsOf, readiness, serve } from './play.ts';
import { makeLab, openMounts, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await makeLab(stage, 'jones', 200_001);
});
afterAll(() => stage?.end());

const jones = 'lab-jones';
const reason = async (name: string, namespace = jones) => (await readiness(stage, namespace, name))?.reason;
const instance = (name: string, namespace = jones) => stage.admin.read(ProcessingInstances, name, namespace);

test('a claim that somebody else has made is never adopted: the instance waits until it is gone', async () => {
  const name = stateClaimName('old', 'files');
  const claim = () => stage.admin.read(PersistentVolumeClaims, name, jones);
  const people = new Impersonator(configOf(stage.plane.kubeconfig));
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'of-somebody-else' };
  const planted = create(manifest('v1', 'PersistentVolumeClaim', { spec }, { name }), jones);
  // Nobody but the operator and the controllers of Kubernetes can make one here.
  expect(await people.send(controller('statefulset-controller'), planted, { dryRun: false })).toMatchObject({ status: 201 });
  await people.close();
  const before = await claim();
  await makeInstance(stage, jones, 'old', { components: [app], storage: [{ name: 'files', mountPath: '/files', size: '1Gi' }] });
  await openMounts(stage, 'jones');
  await eventually(() => readiness(stage, jones, 'old')).toMatchObject({
    reason: 'ObjectTaken',
    message: expect.stringContaining(`PersistentVolumeClaim "${name}" was not made by Bulkhead`),
  });
  expect(await podsOf(stage, jones, 'old', 'component')).toEqual([]);
  const untouched = await claim();
  expect(untouched?.metadata.uid).toBe(before?.metadata.uid);
  expect(untouched?.metadata.managedFields?.map(({ manager }) => manager)).not.toContain('bulkhead');
  await stage.operator.delete(PersistentVolumeClaims, untouched!);
  await serve(stage, jones, 'old');
  expect((await claim())?.spec?.volumeName).toBeUndefined();
  await stage.admin.delete(ProcessingInstances, (await instance('old'))!);
  await eventually(() => instance('old')).toBeUndefined();
});

describe('what one instance holds', () => {
  const small: ProcessingInstanceSpec = { components: [{ ...app, ports: [{ name: 'web', offset: 0 }] }], ports: { size: 1 } };
  const base = async (name: string) => (await instance(name))?.status?.ports?.base;

  test('a port that something outside of Bulkhead listens on: the words of the API server, and another try once it is free', async () => {
    const metadata = { name: 'foreign', namespace: 'default' };
    const ports = [{ port: 80, nodePort: 31_000 }];
    const foreign = await stage.admin.apply(Services, { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'NodePort', ports } });
    await makeInstance(stage, jones, 'one', small);
    await eventually(() => readiness(stage, jones, 'one')).toMatchObject({
      reason: 'ObjectRefused',
      message: expect.stringMatching(/^Service "one": .*provided port is already allocated/),
    });
    await stage.admin.delete(Services, foreign);
    await openMounts(stage, 'jones');
    await serve(stage, jones, 'one');
  });

  test('ports: every instance has its own block, and the last one to ask is told that there is none left', async () => {
    for (const name of ['one', 'two', 'three']) await makeInstance(stage, jones, name, small);
    await eventually(async () => new Set([await base('one'), await base('two'), await base('three')])).toEqual(
      new Set([31_000, 31_016, 31_032]),
    );
    await makeInstance(stage, jones, 'four', small);
    await eventually(() => reason('four')).toBe('PortsExhausted');
  });

  test('ports: whoever waits for a block has it as soon as another gives one back, long before it would ask again', async () => {
    const given = await base('three');
    await stage.admin.delete(ProcessingInstances, (await instance('three'))!);
    await eventually(() => base('four')).toBe(given);
  });

  test('a licence: a second instance with the same one is refused, whatever the Secret is called, until the first gives it back (CS-10)', async () => {
    const secret = (name: string, id = 'L-123') =>
      stage.admin.apply(Secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: jones },
        data: { id: Buffer.from(id).toString('base64') },
      });
    await secret('first');
    await secret('second');
    await makeInstance(stage, jones, 'licensed', { license: { secretRef: { name: 'first', key: 'id' } } });
    await eventually(() => reason('licensed')).toBe('Workspace');
    await makeInstance(stage, jones, 'unlicensed', { license: { secretRef: { name: 'second', key: 'id' } } });
    await eventually(() => readiness(stage, jones, 'unlicensed')).toMatchObject({
      reason: 'LicenseInUse',
      message: expect.stringContaining('lab-jones/licensed'),
    });
    // Whoever has one of its own and asks for that of another is refused, and does not go on in its name with what it has.
    await secret('own', 'L-456');
    await makeInstance(stage, jones, 'greedy', { license: { secretRef: { name: 'own', key: 'id' } } });
    await eventually(() => reason('greedy')).toBe('Workspace');
    await makeInstance(stage, jones, 'greedy', { license: { secretRef: { name: 'second', key: 'id' } } });
    await eventually(() => reason('greedy')).toBe('LicenseInUse');
    await delay(1000);
    expect(await reason('greedy')).toBe('LicenseInUse');
    await makeInstance(stage, jones, 'greedy', { license: { secretRef: { name: 'own', key: 'id' } } });
    await eventually(() => reason('greedy')).toBe('Workspace');
    expect(JSON.stringify(await stage.admin.readAll(Reservations))).not.toContain('L-123');
    await stage.admin.delete(ProcessingInstances, (await instance('licensed'))!);
    await eventually(() => reason('unlicensed')).toBe('Workspace');
    await makeInstance(stage, jones, 'unlicensed', { license: { secretRef: { name: 'third', key: 'id' } } });
    await eventually(() => reason('unlicensed')).toBe('LicenseNotFound');
  });
});

describe('a pod that is refused', () => {
  test('is told in the words of the API server, and made when the cause is gone', async () => {
    await makeLab(stage, 'brown', 200_002);
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace: 'lab-brown' } };
    await stage.operator.apply(ResourceQuotas, { ...quota, spec: { hard: { pods: '0' } } });
    await eventually(async () => (await stage.admin.read(ResourceQuotas, 'none', 'lab-brown'))?.status?.hard?.pods).toBe('0');
    await makeInstance(stage, 'lab-brown', 'tool', { components: [app] });
    await eventually(() => readiness(stage, 'lab-brown', 'tool')).toMatchObject({
      reason: 'PodRefused',
      message: expect.stringContaining('exceeded quota: none'),
    });
    await stage.operator.apply(ResourceQuotas, { ...quota, spec: { hard: { pods: '1' } } });
    await serve(stage, 'lab-brown', 'tool');
  });

  test('for a change, leaves the pod that runs alone', async () => {
    const pod = async () => (await stage.admin.read(Pods, `${workloadName('tool')}-0`, 'lab-brown'))?.metadata.uid;
    const before = await pod();
    const limits = { limits: [{ type: 'Container', max: { memory: '1Gi' } }] };
    await stage.operator.apply(LimitRanges, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'small', namespace: 'lab-brown' },
      spec: limits,
    });
    await delay(1000); // the API server reads limit ranges from a cache
    await makeInstance(stage, 'lab-brown', 'tool', { components: [{ ...app, resources: { memory: '2Gi' } }] });
    await eventually(() => readiness(stage, 'lab-brown', 'tool')).toMatchObject({
      reason: 'PodRefused',
      message: expect.stringContaining('maximum memory usage'),
    });
    expect(await pod()).toBe(before);
    await makeInstance(stage, 'lab-brown', 'tool', { components: [{ ...app, resources: { memory: '1Gi' } }] });
    await eventually(pod).not.toBe(before);
    await serve(stage, 'lab-brown', 'tool');
  });
});

test('granted data is mounted read-only until the grant is gone, and the application runs on without it', async () => {
  await makeLab(stage, 'microscopy', 300_000);
  const metadata = { name: 'krios', namespace: 'lab-microscopy' };
  const subjects = [{ kind: 'Lab' as const, name: 'jones' }];
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const spec = { volume: 'projects', paths: ['raw'], subjects, expiresAt };
  const grant = await stage.admin.apply<DataGrant>(DataGrants, { apiVersion, kind: 'DataGrant', metadata, spec });
  const from = { lab: 'microscopy', grant: 'krios' };
  await makeInstance(stage, jones, 'viewer', { components: [app], data: [{ from, path: 'raw', mountPath: '/raw' }] });
  await openMounts(stage, 'jones');
  await serve(stage, jones, 'viewer');
  const pod = async () => (await stage.admin.read(Pods, `${workloadName('viewer')}-0`, jones))?.spec;
  expect(await pod()).toMatchObject({ securityContext: { supplementalGroups: [300_000] } });
  expect((await pod())?.containers[0]?.volumeMounts).toContainEqual(
    expect.objectContaining({ mountPath: '/raw', subPath: 'raw', readOnly: true }),
  );

  await stage.admin.delete(DataGrants, grant);
  await eventually(async () => (await instance('viewer'))?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DataMounted', status: 'False', reason: 'GrantNotFound' }),
  );
  await eventually(async () => (await pod())?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).not.toContain('/raw');
  await serve(stage, jones, 'viewer');
});

test('a workspace makes its directories, and a Job that runs as it is let in', async () => {
  const data = [{ volume: 'projects', path: 'relion/p1', mountPath: '/work', mode: 'ReadWrite' as const }];
  await makeInstance(stage, jones, 'relion', { data, storage: [{ name: 'home', mountPath: '/home/relion', size: '1Gi' }] });
  await openMounts(stage, 'jones');
  await serve(stage, jones, 'relion');
  expect(await reason('relion')).toBe('Workspace');
  const policy = (await stage.admin.read(LabPolicies, 'policy', jones))!.spec;
  const plan = runJob({
    instance: (await instance('relion'))!,
    policy,
    name: 'relion-x1',
    command: ['relion_import'],
    image: 'relion:3',
    resources: { memory: '1Gi' },
    now: new Date(),
  });
  if ('refused' in plan) throw new Error(plan.refused);
  await stage.admin.create(Jobs, plan.job);
  await eventually(() => podsOf(stage, jones, 'relion', 'job')).toHaveLength(1);
});

test('an instance whose namespace is being deleted goes with it', async () => {
  await makeLab(stage, 'green', 200_003);
  await makeInstance(stage, 'lab-green', 'tool', {
    components: [app],
    database: orthanc.database,
    storage: orthanc.storage,
    data: orthanc.data,
  });
  await openMounts(stage, 'green');
  await serve(stage, 'lab-green', 'tool');
  await stage.operator.delete(Namespaces, (await stage.admin.read(Namespaces, 'lab-green'))!);
  await eventually(() => stage.admin.read(Namespaces, 'lab-green')).toBeUndefined();
});

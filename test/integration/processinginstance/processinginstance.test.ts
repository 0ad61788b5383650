// The life of one application on a real API server with the real admission policies and controllers: what it becomes, in which order,
// what is repaired, what stays when it is gone.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { instanceLabel, retainedAnnotation } from '../../../src/api/labels.ts';
import {
  databaseName,
  directoriesJobName,
  egressPolicyName,
  ingressPolicyName,
  rootClaimName,
  stateClaimName,
  workloadName,
} from '../../../src/api/names.ts';
import {
  Jobs,
  type Kind,
  NetworkPolicies,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  Secrets,
  ServiceAccounts,
  Services,
  StatefulSets,
} from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { eventually, makeInstance, names, orthanc, podsOf, readiness, running, serve, setPodStatus, succeeded } from './play.ts';
import { makeLab, openMounts, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await makeLab(stage, 'jones', 200_001);
});
afterAll(() => stage?.end());

const jones = 'lab-jones';
const instance = (name: string, namespace = jones) => stage.admin.read(ProcessingInstances, name, namespace);

/** What we sent of an object; the rest (uid, versions, addresses) is the server's. */
const intentOf = (object: KubeObject | undefined) => {
  const { managedFields = [], labels, annotations, ownerReferences } = object?.metadata ?? {};
  return {
    labels,
    annotations,
    ownerReferences,
    fields: managedFields.filter(({ manager }) => manager === 'bulkhead').map(({ fieldsV1 }) => fieldsV1),
  };
};

describe('an application with a database', () => {
  test('waits for the policy of its lab before it makes any pod, and says so', async () => {
    await makeInstance(stage, jones, 'orthanc', orthanc);
    await eventually(() => readiness(stage, jones, 'orthanc')).toMatchObject({
      reason: 'Progressing',
      message: expect.stringContaining('LabPolicy'),
    });
    expect(await names(stage, Jobs, jones)).toEqual([]);
    expect(await names(stage, StatefulSets, jones)).toEqual([]);
  });

  test('then makes its directories, then its database, then the application', async () => {
    await openMounts(stage, 'jones');
    await eventually(() => podsOf(stage, jones, 'orthanc', 'directories')).toHaveLength(1);
    await eventually(() => podsOf(stage, jones, 'orthanc', 'database')).toEqual([`${databaseName('orthanc')}-0`]);
    expect(await podsOf(stage, jones, 'orthanc', 'component')).toEqual([]);
    const [directories] = await podsOf(stage, jones, 'orthanc', 'directories');
    await setPodStatus(stage, jones, directories!, succeeded);
    await setPodStatus(stage, jones, `${databaseName('orthanc')}-0`, running);
    await eventually(() => podsOf(stage, jones, 'orthanc', 'component')).toEqual([`${workloadName('orthanc')}-0`]);
    await serve(stage, jones, 'orthanc');
  });

  test('is reached on one number everywhere, out of a block of its own (CS-11)', async () => {
    const { status } = (await instance('orthanc'))!;
    expect(status).toMatchObject({
      ports: { base: 31_000, size: 2 },
      endpoints: [{ name: 'web', port: 31_000, host: 'orthanc.lab-jones.svc' }],
    });
    const service = await stage.admin.read(Services, 'orthanc', jones);
    expect(service?.spec?.ports).toMatchObject([{ port: 31_000, targetPort: 31_000, nodePort: 31_000 }]);
    const pod = await stage.admin.read(Pods, `${workloadName('orthanc')}-0`, jones);
    expect(pod?.spec?.containers[0]?.ports).toMatchObject([{ containerPort: 31_000 }]);
  });

  test('sends no request at all once it is settled', async () => {
    await delay(1500); // the last status has been answered, and audited
    const before = await stage.requests();
    await delay(3000);
    expect((await stage.requests()) - before).toBe(0);
  });

  test.for<[string, Kind<KubeObject>, () => string]>([
    ['ServiceAccount', ServiceAccounts, () => 'orthanc'],
    ['ServiceAccount of the database', ServiceAccounts, () => databaseName('orthanc')],
    ['ServiceAccount of directories', ServiceAccounts, () => 'bulkhead-directories'],
    ['Job that made its directories', Jobs, () => directoriesJobName('orthanc', rootClaimName('projects'), ['images'], {})],
    ['Secret of the database', Secrets, () => databaseName('orthanc')],
    ['Service', Services, () => 'orthanc'],
    ['Service of the database', Services, () => databaseName('orthanc')],
    ['NetworkPolicy in', NetworkPolicies, () => ingressPolicyName('orthanc')],
    ['NetworkPolicy out', NetworkPolicies, () => egressPolicyName('orthanc')],
    ['NetworkPolicy of the database', NetworkPolicies, () => databaseName('orthanc')],
    ['StatefulSet', StatefulSets, () => workloadName('orthanc')],
    ['StatefulSet of the database', StatefulSets, () => databaseName('orthanc')],
  ])('its %s comes back as it was when it is deleted', async ([, kind, name]) => {
    const before = await stage.admin.read(kind, name(), jones);
    await stage.operator.delete(kind, before!);
    await eventually(async () => (await stage.admin.read(kind, name(), jones))?.metadata.uid).toSatisfy(
      (uid) => uid !== undefined && uid !== before?.metadata.uid,
    );
    await serve(stage, jones, 'orthanc');
    expect(intentOf(await stage.admin.read(kind, name(), jones))).toEqual(intentOf(before));
  });

  test('what somebody has changed is put right', async () => {
    await stage.operator.mergePatch(
      StatefulSets,
      { metadata: { name: workloadName('orthanc'), namespace: jones } },
      { spec: { replicas: 3 } },
    );
    await eventually(async () => (await stage.admin.read(StatefulSets, workloadName('orthanc'), jones))?.spec?.replicas).toBe(1);
    await serve(stage, jones, 'orthanc');
  });

  test('the volume behind a claim is retained as soon as it is bound', async () => {
    await stage.admin.apply(PersistentVolumes, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv-files' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        hostPath: { path: '/var/lib/volumes/files' },
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { namespace: jones, name: stateClaimName('orthanc', 'files') },
      },
    });
    await eventually(async () => (await stage.admin.read(PersistentVolumes, 'pv-files'))?.spec?.persistentVolumeReclaimPolicy).toBe(
      'Retain',
    );
    const annotations = async () =>
      (await stage.admin.read(PersistentVolumeClaims, stateClaimName('orthanc', 'files'), jones))?.metadata.annotations;
    await eventually(annotations).toMatchObject({ [retainedAnnotation]: 'pv-files' });
  });

  test('a new image replaces the pod', async () => {
    const pod = async () => stage.admin.read(Pods, `${workloadName('orthanc')}-0`, jones);
    const before = await pod();
    await makeInstance(stage, jones, 'orthanc', { ...orthanc, components: [{ ...orthanc.components![0]!, image: 'orthanc:2' }] });
    await eventually(async () => (await pod())?.spec?.containers[0]?.image).toBe('orthanc:2');
    expect((await pod())?.metadata.uid).not.toBe(before?.metadata.uid);
    await serve(stage, jones, 'orthanc');
  });

  test('is told in the words of the node why it does not run', async () => {
    const waiting = {
      name: 'server',
      image: 'orthanc:2',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'CreateContainerConfigError', message: 'failed to prepare subPath' } },
    };
    await setPodStatus(stage, jones, `${workloadName('orthanc')}-0`, {
      phase: 'Pending',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [waiting],
    });
    await eventually(() => readiness(stage, jones, 'orthanc')).toMatchObject({
      reason: 'PodNotRunning',
      message: expect.stringContaining('failed to prepare subPath'),
    });
    await setPodStatus(stage, jones, `${workloadName('orthanc')}-0`, { ...running, containerStatuses: [] });
    await serve(stage, jones, 'orthanc');
  });

  test('leaves its volumes, its password and nothing else when it is deleted, and finds them again', async () => {
    const secret = await stage.admin.read(Secrets, databaseName('orthanc'), jones);
    await stage.admin.delete(ProcessingInstances, (await instance('orthanc'))!);
    await eventually(() => instance('orthanc')).toBeUndefined();
    const remaining = async <T extends KubeObject>(kind: Kind<T>) => names(stage, kind, jones, instanceLabel);
    for (const kind of [Pods, StatefulSets, Services, ServiceAccounts, Jobs])
      await eventually(() => remaining<KubeObject>(kind)).toEqual([]);
    // Left to the garbage collector, which pauses for up to half a minute whenever kinds have come or gone.
    await expect.poll(() => remaining(NetworkPolicies), { timeout: 90_000 }).toEqual([]);
    expect((await stage.admin.readAll(Reservations)).map(({ metadata }) => metadata.name)).toEqual([]);
    expect((await remaining(PersistentVolumeClaims)).sort()).toEqual([databaseName('orthanc'), stateClaimName('orthanc', 'files')].sort());

    await stage.operator.delete(Secrets, secret!);
    await makeInstance(stage, jones, 'orthanc', orthanc);
    await openMounts(stage, 'jones');
    await serve(stage, jones, 'orthanc');
    expect((await stage.admin.read(Secrets, databaseName('orthanc'), jones))?.data).toEqual(secret?.data);
  }, 180_000);
});

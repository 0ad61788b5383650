// A suspended lab on a real API server with the chart's roles and policies, the Job and stateful-set controllers, and the controllers of labs
// and of instances. The kubelet is played: pods say what the test says.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiVersion, DataGrants, Labs } from '../../../src/api/kinds.ts';
import { suspendedAnnotation, suspendedLabel } from '../../../src/api/labels.ts';
import { databaseName, workloadName } from '../../../src/api/names.ts';
import { Jobs, Namespaces, PersistentVolumeClaims, Pods, StatefulSets } from '../../../src/kube/kind.ts';
import { type Actor, Impersonator, person, type Request } from '../../../src/verify/actor.ts';
import { labJob, labPod, withoutData } from '../../../src/verify/draft.ts';
import { create, manifest } from '../../../src/verify/manifest.ts';
import { configOf } from '../kube/runtime.ts';
import { app, makeInstance, podsOf, readiness, serve } from '../processinginstance/play.ts';
import { sceneOf } from './scene.ts';
import { makeLab, type Stage, setStage } from './stage.ts';

const namespace = 'lab-quiet';
const members = [{ user: 'jo@uni.edu', roles: ['full-read-write'] }];
const contacts = [{ name: 'Jo Smith', email: 'jo@uni.edu' }];
const jo = person('jo@uni.edu');
const administrator: Actor = {};
let stage: Stage;
let people: Impersonator;
let requests: Record<'pod' | 'job' | 'instance' | 'grant', Request>;

const patience = { timeout: 20_000, interval: 50 };
const conditions = async () => (await stage.admin.read(Labs, 'quiet'))?.status?.conditions ?? [];
const says = async (type: string) => (await conditions()).find((condition) => condition.type === type)?.reason;
const settled = (reason: string) =>
  vi.waitFor(async () => expect([await says('Ready'), await says('Reconciling')]).toEqual([reason, undefined]), patience);
const become = (suspended: boolean) => makeLab(stage, 'quiet', { members, contacts, suspended });
const tryAll = async (actor: Actor) => {
  const answers = await Promise.all(Object.values(requests).map((request) => people.send(actor, request, { dryRun: true })));
  return answers.map(({ status }) => status);
};
const jobsAre = async () =>
  Object.fromEntries(
    (await stage.admin.readAll(Jobs, { namespace })).map(({ metadata, spec }) => [
      metadata.name,
      [spec?.suspend, metadata.annotations?.[suspendedAnnotation]],
    ]),
  );
const replicas = async () =>
  Promise.all(
    [databaseName('orthanc'), workloadName('orthanc')].map(
      async (name) => (await stage.admin.read(StatefulSets, name, namespace))?.spec?.replicas,
    ),
  );

beforeAll(async () => {
  stage = await setStage({ database: { images: { 15: 'postgres:15' } } }, { withInstances: true });
  people = new Impersonator(configOf(stage.plane.kubeconfig));
});
afterAll(async () => {
  await people?.close();
  await stage?.end();
});

/** A lab with an application, a workspace, Jobs, a bare pod and a grant. */
async function prepare() {
  await become(false);
  await settled('Ready');
  await makeInstance(stage, namespace, 'relion', {});
  await makeInstance(stage, namespace, 'orthanc', { components: [app], database: { engine: 'PostgreSQL', version: '15', size: '1Gi' } });
  await serve(stage, namespace, 'relion');
  await serve(stage, namespace, 'orthanc');
  const scene = await sceneOf(stage, 'quiet');
  const { spec } = labJob(scene, withoutData());
  const pod = manifest('v1', 'Pod', { spec: labPod(scene, withoutData()).spec });
  const grant = { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }], grantor: jo.user } };
  requests = {
    pod: create(pod, namespace),
    job: create(manifest('batch/v1', 'Job', { spec }), namespace),
    instance: create(manifest(apiVersion, 'ProcessingInstance', { spec: { owner: jo.user } }), namespace),
    grant: create(manifest(apiVersion, 'DataGrant', grant), namespace),
  };
  for (const made of [
    manifest('batch/v1', 'Job', { spec }, { name: 'running' }),
    manifest('batch/v1', 'Job', { spec: { ...spec, suspend: true } }, { name: 'held' }),
    manifest(apiVersion, 'DataGrant', grant, { name: 'given' }),
  ])
    expect(await people.send(jo, create(made, namespace), { dryRun: false })).toMatchObject({ status: 201 });
  await people.send(administrator, create({ ...pod, metadata: { name: 'bare' } }, namespace), { dryRun: false });
  await vi.waitFor(async () => expect(await stage.admin.readAll(Pods, { namespace })).toHaveLength(4), patience);
}

describe('a suspended lab', () => {
  test('everything may begin before, as the twin of what is refused after', async () => {
    await prepare();
    expect(await tryAll(administrator)).toEqual([201, 201, 201, 201]);
    expect((await tryAll(jo)).slice(1)).toEqual([201, 201, 201]);
  });

  test('comes to rest: people out, nothing runs, and its status waits for nothing', async () => {
    await become(true);
    await settled('Suspended');
    expect(await says('Stalled')).toBeUndefined();
    expect(await tryAll(jo)).toEqual([403, 403, 403, 403]);
    expect(await stage.admin.readAll(Pods, { namespace })).toEqual([]);
    expect(await replicas()).toEqual([0, 0]);
    await vi.waitFor(async () => expect((await readiness(stage, namespace, 'orthanc'))?.reason).toBe('LabSuspended'), patience);
    expect(await jobsAre()).toEqual({ running: [true, 'true'], held: [true, undefined] });
  });

  test('nothing begins in it, whoever asks, and the refusal says why and whom to ask', async () => {
    for (const request of Object.values(requests)) {
      expect(await people.send(administrator, request, { dryRun: true })).toMatchObject({
        status: 403,
        message: expect.stringContaining(
          'lab quiet is suspended: nothing begins in it until spec.suspended of the Lab is false; ask Jo Smith <jo@uni.edu>',
        ),
      });
    }
  });

  test('keeps what it has: volumes, claims, grants', async () => {
    const claims = await stage.admin.readAll(PersistentVolumeClaims, { namespace });
    expect(claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(2);
    expect(await stage.admin.read(DataGrants, 'given', namespace)).toMatchObject({ metadata: { name: 'given' } });
  });

  test('writes nothing once it is at rest', async () => {
    const before = await stage.operator.writes();
    await delay(5000);
    expect(await stage.operator.writes()).toBe(before);
  });

  test('a Job that somebody resumes in it gets no pod', async () => {
    const [job] = (await stage.admin.readAll(Jobs, { namespace })).filter(({ metadata }) => metadata.name === 'running');
    await stage.admin.mergePatch(Jobs, job!, { spec: { suspend: false } });
    await delay(1500);
    expect(await stage.admin.readAll(Pods, { namespace })).toEqual([]);
    await stage.admin.mergePatch(Jobs, job!, { spec: { suspend: true } });
  });

  test('comes back as it was', async () => {
    await become(false);
    await settled('Ready');
    expect((await stage.admin.read(Namespaces, namespace))?.metadata.labels).not.toHaveProperty([suspendedLabel]);
    expect(await jobsAre()).toEqual({ running: [false, undefined], held: [true, undefined] });
    await serve(stage, namespace, 'orthanc');
    expect(await replicas()).toEqual([1, 1]);
    await vi.waitFor(async () => expect((await stage.admin.readAll(Pods, { namespace })).length).toBe(3), patience);
    expect(await podsOf(stage, namespace, 'orthanc', 'database')).toHaveLength(1);
    expect((await tryAll(jo)).slice(1)).toEqual([201, 201, 201]);
  });
});

test('a lab may be suspended from the beginning: it is made, and nobody is in it', async () => {
  await makeLab(stage, 'early', { members, suspended: true });
  const reason = async () => (await stage.admin.read(Labs, 'early'))?.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);
  await expect.poll(reason, patience).toEqual(expect.arrayContaining(['Ready Suspended', 'Reserved Reserved']));
  await expect.poll(async () => (await reason())?.includes('Reconciling Suspended'), patience).toBe(false);
  await makeLab(stage, 'early', { members, suspended: false });
  await expect.poll(reason, patience).toContain('Ready Ready');
  expect((await people.send(jo, { method: 'GET', path: '/api/v1/namespaces/lab-early/pods' }, { dryRun: false })).status).toBe(200);
});

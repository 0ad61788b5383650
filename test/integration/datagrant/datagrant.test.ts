// The life of DataGrants on a real API server with the real admission policies, volume binder, garbage collector and namespace controller.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, type DataGrant, DataGrants, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import { grantLabel, instanceLabel, managedLabel, partLabel } from '../../../src/api/labels.ts';
import { grantClaimName, grantVolumeName, namespaceOf } from '../../../src/api/names.ts';
import { probePod } from '../../../src/expulsion/probepod.ts';
import { Namespaces, PersistentVolumeClaims, PersistentVolumes, Pods, ServiceAccounts, StatefulSets } from '../../../src/kube/kind.ts';
import { type Actor, Impersonator } from '../../../src/verify/actor.ts';
import { configOf } from '../kube/runtime.ts';
import { listMounts, makeLab, type Stage, setStage } from './stage.ts';

const owner = 'microscopy';
const ids = { smith: 200_001, jones: 200_002, [owner]: 300_000 };
/** The one who binds pods of labs to nodes. */
const scheduler: Actor = { user: 'system:kube-scheduler', groups: ['system:authenticated'] };
/** It has no kubelet: what one does, the tests do. */
const node = 'node-1';
let stage: Stage;
let people: Impersonator;

beforeAll(async () => {
  stage = await setStage();
  people = new Impersonator(configOf(stage.plane.kubeconfig));
  for (const [name, id] of Object.entries(ids)) await makeLab(stage, name, id);
  await stage.labs.apply(ServiceAccounts, { metadata: { name: 'relion', namespace: namespaceOf('smith') } });
  // Pods on a node that is not there are collected after 40 s.
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: node } };
  await stage.admin.client.transport.request({ method: 'POST', path: '/api/v1/nodes', body });
  await stage.startOperator();
});
afterAll(async () => {
  await people?.close();
  await stage?.end();
});

const share = (name: string, spec: Partial<DataGrant['spec']> = {}) =>
  stage.admin.apply<DataGrant>(DataGrants, {
    apiVersion,
    kind: 'DataGrant',
    metadata: { name, namespace: namespaceOf(owner) },
    spec: { volume: 'raw', paths: [name], subjects: [{ kind: 'Lab', name: 'smith' }], ...spec },
  });
const grant = (name: string) => stage.admin.read(DataGrants, name, namespaceOf(owner));
const reason = async (name: string) => (await grant(name))?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const claim = (name: string, lab = 'smith') => stage.admin.read(PersistentVolumeClaims, grantClaimName(owner, name), namespaceOf(lab));
const volume = (name: string, lab = 'smith') => stage.admin.read(PersistentVolumes, grantVolumeName(owner, name, lab));
const isActive = (name: string) => eventually(() => reason(name)).toBe('Active');
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 50 });
const inSeconds = (seconds: number) => new Date(Math.ceil(Date.now() / 1000) * 1000 + seconds * 1000).toISOString();

/** Instance "relion" of lab smith asks for the grant, and LabPolicy lists it for it. */
async function consume(name: string, notAfter?: string) {
  await stage.admin.apply(ProcessingInstances, {
    apiVersion,
    kind: 'ProcessingInstance',
    metadata: { name: 'relion', namespace: namespaceOf('smith') },
    spec: { data: [{ from: { lab: owner, grant: name }, path: name, mountPath: '/data' }] },
  });
  await listMounts(stage, 'smith', ids.smith, [
    { serviceAccount: 'relion', claim: grantClaimName(owner, name), subPaths: [name], readOnly: true, ...(notAfter && { notAfter }) },
  ]);
}
const refuse = () => listMounts(stage, 'smith', ids.smith, []);

/** A pod of a StatefulSet that mounts the grant, as the instance controller makes one, on a node that has no kubelet. */
async function runWorkload(name: string) {
  const { spec } = probePod(
    { namespace: 'lab-smith', account: 'relion', claim: grantClaimName(owner, name), subPath: name },
    { uid: ids.smith, gid: ids.smith },
  );
  const { activeDeadlineSeconds: _, restartPolicy: __, serviceAccountName: account, ...template } = spec!;
  const labels = { [managedLabel]: 'true', [instanceLabel]: 'relion', [partLabel]: 'component' };
  await stage.labs.apply(StatefulSets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: namespaceOf('smith'), labels: { [managedLabel]: 'true' } },
    spec: {
      serviceName: 'relion',
      selector: { matchLabels: { [instanceLabel]: 'relion' } },
      template: { metadata: { labels }, spec: { ...template, serviceAccountName: account } },
    },
  });
}

/** What a scheduler and a kubelet do: the pod has a node, and started at an instant. */
async function start(pod: string, startTime: string) {
  const path = `/api/v1/namespaces/lab-smith/pods/${pod}`;
  const { transport } = stage.admin.client;
  const body = { metadata: { name: pod }, target: { kind: 'Node', name: node } };
  const bound = await people.send(scheduler, { method: 'POST', path: `${path}/binding`, body }, { dryRun: false });
  expect(bound.status, bound.message).toBe(201);
  const status = { phase: 'Running', startTime };
  await transport.request({ method: 'PATCH', path: `${path}/status`, contentType: 'application/merge-patch+json', body: { status } });
}
const pod = (name: string) => stage.admin.read(Pods, name, namespaceOf('smith'));
const deadline = async (name: string) => (await pod(name))?.spec?.activeDeadlineSeconds;

async function requestsOfOperator(): Promise<number> {
  const lines = (await readFile(stage.plane.auditLog, 'utf8')).split('\n').filter((line) => line.includes(':bulkhead"'));
  return lines.filter((line) => !line.includes('"verb":"watch"')).length;
}

test('a grant becomes a bound, read-only claim for each of its subjects, and nothing is asked or written once that is so', async () => {
  await share('both', {
    subjects: [
      { kind: 'Lab', name: 'jones' },
      { kind: 'Lab', name: 'smith' },
    ],
  });
  await isActive('both');
  const claims = { jones: await claim('both', 'jones'), smith: await claim('both', 'smith') };
  expect(claims.jones?.status?.phase).toBe('Bound');
  expect(claims.smith?.spec?.volumeName).toBe((await volume('both'))?.metadata.name);
  expect((await volume('both'))?.spec).toMatchObject({
    hostPath: { path: '/gpfs/labs/microscopy/raw' },
    persistentVolumeReclaimPolicy: 'Retain',
  });
  expect((await grant('both'))?.status?.consumers).toEqual([
    { lab: 'jones', mode: 'ReadOnly', claim: claims.jones?.metadata.name },
    { lab: 'smith', mode: 'ReadOnly', claim: claims.smith?.metadata.name },
  ]);
  await delay(1_000); // audit entries are written a moment later
  const before = await requestsOfOperator();
  await delay(3_000);
  expect(await requestsOfOperator()).toBe(before);
});

test('a lab that is no longer a subject loses its claim and volume, the other one keeps them', async () => {
  const kept = await claim('both', 'jones');
  await share('both', { subjects: [{ kind: 'Lab', name: 'jones' }] });
  await eventually(() => volume('both')).toBeUndefined();
  await isActive('both');
  expect(await claim('both')).toBeUndefined();
  expect((await claim('both', 'jones'))?.metadata.uid).toBe(kept?.metadata.uid);
});

test('a claim or a volume that somebody deletes is made again and bound', async () => {
  const before = await claim('both', 'jones');
  await stage.labs.delete(PersistentVolumeClaims, before!);
  await eventually(async () => {
    const { metadata, status } = (await claim('both', 'jones')) ?? {};
    return metadata?.uid !== before?.metadata.uid && status?.phase;
  }).toBe('Bound');
  const volumeBefore = await volume('both', 'jones');
  await stage.labs.delete(PersistentVolumes, volumeBefore!);
  await eventually(async () => {
    const { metadata, status } = (await volume('both', 'jones')) ?? {};
    return metadata?.uid !== volumeBefore?.metadata.uid && status?.phase;
  }).toBe('Bound');
  await isActive('both');
});

test('a grant for a lab that does not exist says so, and serves it as soon as it does', async () => {
  await share('early', { subjects: [{ kind: 'Lab', name: 'garcia' }] });
  await eventually(() => reason('early')).toBe('SubjectNotFound');
  await makeLab(stage, 'garcia', 200_003);
  await isActive('early');
});

test.for<[string, string, boolean]>([
  ['without our labels', 'planted', false],
  ['with our labels', 'disguised', true],
])('a volume of somebody else %s is left as it is, also by a revocation, and the grant serves other labs', async ([, name, labelled]) => {
  const labels = { [managedLabel]: 'true', [grantLabel]: grantClaimName(owner, name) };
  const planted = await stage.admin.create(PersistentVolumes, {
    metadata: { name: grantVolumeName(owner, name, 'smith'), ...(labelled && { labels }) },
    spec: {
      accessModes: ['ReadOnlyMany'],
      capacity: { storage: '1Mi' },
      claimRef: { namespace: namespaceOf('smith'), name: grantClaimName(owner, name) },
      hostPath: { path: '/gpfs/labs/eve', type: 'Directory' },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'other',
    },
  });
  const both = ['smith', 'jones'].map((lab) => ({ kind: 'Lab' as const, name: lab }));
  await share(name, { subjects: both });
  await eventually(() => reason(name)).toBe('ObjectTaken');
  const { conditions } = (await grant(name))!.status!;
  expect(conditions?.find(({ type }) => type === 'Ready')?.message).toContain(`${planted!.metadata.name} was not made by Bulkhead`);
  await eventually(async () => (await grant(name))?.status?.consumers?.map(({ lab }) => lab)).toEqual(['jones']);
  expect(await claim(name)).toBeUndefined();
  await stage.admin.delete(DataGrants, (await grant(name))!);
  await eventually(() => grant(name)).toBeUndefined();
  expect(await volume(name, 'jones')).toBeUndefined();
  const untouched = await volume(name);
  expect(untouched).toMatchObject({ metadata: { uid: planted!.metadata.uid }, spec: { storageClassName: 'other' } });
  expect(untouched?.metadata.managedFields?.map(({ manager }) => manager)).not.toContain('bulkhead');

  await share(name);
  await eventually(() => reason(name)).toBe('ObjectTaken');
  await stage.admin.delete(PersistentVolumes, untouched!);
  await share(name, { expiresAt: '2031-01-01T00:00:00Z' }); // else it looks again by itself, within half a minute
  await isActive(name);
  expect((await volume(name))?.spec?.hostPath?.path).toBe('/gpfs/labs/microscopy/raw');
});

test('revocation waits for LabPolicy, ends the pods that mount the data, and only then takes claim and volume', async () => {
  await share('krios');
  await isActive('krios');
  await consume('krios');
  await runWorkload('krios');
  await eventually(async () => (await pod('krios-0'))?.metadata.name).toBe('krios-0');
  await start('krios-0', inSeconds(0));
  expect(await deadline('krios-0')).toBeUndefined(); // a grant without end

  await stage.admin.delete(DataGrants, (await grant('krios'))!);
  await eventually(() => reason('krios')).toBe('Revoking');
  await delay(500);
  expect((await pod('krios-0'))?.metadata.deletionTimestamp).toBeUndefined();
  expect((await claim('krios'))?.metadata.deletionTimestamp).toBeUndefined();

  await refuse();
  await eventually(async () => (await pod('krios-0'))?.metadata.deletionGracePeriodSeconds).toBe(5);
  await delay(500);
  expect((await claim('krios'))?.metadata.deletionTimestamp).toBeUndefined(); // no kubelet has confirmed the end of the pod yet
  await eventually(async () => (await grant('krios'))?.status?.conditions?.[0]?.message).toContain('krios-0');

  await stage.admin.delete(Pods, (await pod('krios-0'))!, { gracePeriodSeconds: 0 }); // the kubelet confirms
  await eventually(() => grant('krios')).toBeUndefined();
  expect(await claim('krios')).toBeUndefined();
  expect(await volume('krios')).toBeUndefined();
  expect(await pod('krios-0')).toBeUndefined(); // the replacement was refused
});

test('a pod of a StatefulSet gets a deadline at once and a lower one when it starts, and everything goes at the expiry', {
  timeout: 90_000,
}, async () => {
  const expiresAt = inSeconds(40); // in the last 30 s no StatefulSet makes a pod
  await share('short', { expiresAt });
  await isActive('short');
  await consume('short', expiresAt);
  await runWorkload('short');
  await eventually(() => deadline('short-0')).toBeGreaterThan(5);
  const atCreation = await deadline('short-0');
  const created = new Date((await pod('short-0'))!.metadata.creationTimestamp).getTime();
  expect(created + atCreation! * 1000).toBeLessThanOrEqual(new Date(expiresAt).getTime());
  await start('short-0', inSeconds(1));
  await eventually(() => deadline('short-0')).toBeLessThan(atCreation!);

  await delay(new Date(expiresAt).getTime() - Date.now());
  await eventually(() => reason('short')).toBe('Revoking');
  await refuse();
  await eventually(async () => (await pod('short-0'))?.metadata.deletionTimestamp).toBeDefined();
  await stage.admin.delete(Pods, (await pod('short-0'))!, { gracePeriodSeconds: 0 });
  await eventually(() => reason('short')).toBe('Expired');
  expect(await volume('short')).toBeUndefined();
  expect((await grant('short'))?.metadata.finalizers ?? []).toEqual([]);
});

test('a grant that is prolonged after its expiry gives again', async () => {
  await share('short', {});
  await isActive('short');
});

test('an operator that starts in the middle of a revocation completes it', async () => {
  await share('interrupted');
  await isActive('interrupted');
  await consume('interrupted');
  await stage.admin.delete(DataGrants, (await grant('interrupted'))!);
  await eventually(() => reason('interrupted')).toBe('Revoking');
  await stage.stopOperator();
  await refuse();
  await stage.startOperator();
  await eventually(() => grant('interrupted')).toBeUndefined();
  expect(await volume('interrupted')).toBeUndefined();
});

test('the namespace of a consumer can go while its LabPolicy still lists the claim, and leaves no volume', async () => {
  await share('leaving');
  await isActive('leaving');
  await consume('leaving');
  await stage.admin.delete(Labs, (await stage.admin.read(Labs, 'smith'))!);
  await stage.labs.delete(Namespaces, (await stage.labs.read(Namespaces, namespaceOf('smith')))!);
  await eventually(() => stage.labs.read(Namespaces, namespaceOf('smith'))).toBeUndefined();
  await eventually(() => volume('leaving')).toBeUndefined();
  await eventually(() => reason('leaving')).toBe('SubjectNotFound');
});

test('the namespace of an owner can go: its grants end first', async () => {
  expect(await volume('both', 'jones')).toBeDefined();
  await stage.admin.delete(Labs, (await stage.admin.read(Labs, owner))!);
  await stage.labs.delete(Namespaces, (await stage.labs.read(Namespaces, namespaceOf(owner)))!);
  await eventually(() => stage.labs.read(Namespaces, namespaceOf(owner))).toBeUndefined();
  expect(await volume('both', 'jones')).toBeUndefined();
  expect(await claim('both', 'jones')).toBeUndefined();
});

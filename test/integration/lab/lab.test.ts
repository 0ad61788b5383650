// The life of Labs on a real API server with the chart's policies and rights, the volume binder, the quota and namespace controllers.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, DataGrants, LabPolicies, Labs, ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { grantClaimName, rootClaimName, rootVolumeName } from '../../../src/api/names.ts';
import type { Kind } from '../../../src/kube/kind.ts';
import * as kinds from '../../../src/kube/kind.ts';
import { ValidatingAdmissionPolicyBindings } from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { makeLab, type Stage, setStage, withoutWall } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.end());

const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 50 });
const lab = (name: string) => stage.admin.read(Labs, name);
const condition = async (name: string, type: string) => (await lab(name))?.status?.conditions?.find((found) => found.type === type);
const reason = async (name: string) => (await condition(name, 'Ready'))?.reason;
const isReady = (name: string) => eventually(() => reason(name)).toBe('Ready');
const people = [
  { user: 'pi@uni.edu', roles: ['full-read-write'] },
  { user: 'jo@uni.edu', roles: ['basic-read-write'] },
];

describe('a lab', () => {
  beforeAll(async () => {
    await makeLab(stage, 'smith', { members: people, quota: { gpu: 4, cpu: '64000m', memory: '1024Mi', storage: '20Ti', pods: 60 } });
  });

  test('is onboarded: identity, namespace, policy, quota, bound claims, and its people', async () => {
    await isReady('smith');
    expect((await lab('smith'))?.status).toMatchObject({ namespace: 'lab-smith', uid: 200_000, gid: 200_000, observedGeneration: 1 });
    expect(await stage.admin.read(LabPolicies, 'policy', 'lab-smith')).toMatchObject({ spec: { uid: 200_000, gid: 200_000, mounts: [] } });
    const quota = await stage.admin.read(kinds.ResourceQuotas, 'bulkhead', 'lab-smith');
    expect(quota?.spec?.hard).toMatchObject({ 'requests.nvidia.com/gpu': '4', 'requests.cpu': '64', 'requests.storage': '20481Gi' });
    expect(await stage.admin.read(kinds.PersistentVolumeClaims, rootClaimName('projects'), 'lab-smith')).toMatchObject({
      status: { phase: 'Bound' },
    });
    const members = await stage.admin.read(kinds.RoleBindings, 'bulkhead-members', 'lab-smith');
    expect(members?.subjects).toMatchObject([{ kind: 'User', name: 'jo@uni.edu' }]);
    expect(await stage.admin.read(kinds.RoleBindings, 'bulkhead-viewers', 'lab-smith')).toBeUndefined();
  });

  test('lets its people do what their role says, and nobody else', () => {
    const may = (user: string) => stage.kubectl(['auth', 'can-i', 'create', 'jobs', '-n', 'lab-smith', '--as', user]).output.trim();
    expect(['pi@uni.edu', 'jo@uni.edu', 'eve@uni.edu'].map(may)).toEqual(['yes', 'yes', 'no']);
  });

  test('writes nothing once it is settled', async () => {
    await isReady('smith');
    await delay(1000);
    const before = await stage.operator.writes();
    await delay(5000);
    expect(await stage.operator.writes()).toBe(before);
  });

  const children: [Kind<KubeObject>, string, string?][] = [
    [LabPolicies, 'policy', 'lab-smith'],
    [kinds.ResourceQuotas, 'bulkhead', 'lab-smith'],
    [kinds.LimitRanges, 'bulkhead', 'lab-smith'],
    [kinds.NetworkPolicies, 'bulkhead-default-deny', 'lab-smith'],
    [kinds.NetworkPolicies, 'bulkhead-dns', 'lab-smith'],
    [kinds.RoleBindings, 'bulkhead-operator', 'lab-smith'],
    [kinds.RoleBindings, 'bulkhead-members', 'lab-smith'],
    [kinds.RoleBindings, 'bulkhead-admins', 'lab-smith'],
    [kinds.PersistentVolumeClaims, rootClaimName('projects'), 'lab-smith'],
    [kinds.PersistentVolumes, rootVolumeName('smith', 'projects')],
  ] as [Kind<KubeObject>, string, string?][];

  test.each(children.map((child) => [`${child[0].kind} ${child[1]}`, ...child] as const))(
    'repairs %s when it is deleted',
    async (_, kind, name, namespace) => {
      await isReady('smith');
      const before = await stage.admin.read(kind, name, namespace);
      await stage.accomplice.delete(kind, before!);
      await eventually(async () => {
        const now = await stage.admin.read(kind, name, namespace);
        return now !== undefined && now.metadata.uid !== before?.metadata.uid && now.metadata.deletionTimestamp === undefined;
      }).toBe(true);
      await isReady('smith');
      await eventually(
        async () => (await stage.admin.read(kinds.PersistentVolumeClaims, rootClaimName('projects'), 'lab-smith'))?.status?.phase,
      ).toBe('Bound');
    },
  );

  test('repairs what somebody changes, within a second', async () => {
    await isReady('smith');
    const quota = await stage.admin.read(kinds.ResourceQuotas, 'bulkhead', 'lab-smith');
    await stage.accomplice.mergePatch(kinds.ResourceQuotas, quota!, { spec: { hard: { pods: '9999' } } });
    await expect
      .poll(async () => (await stage.admin.read(kinds.ResourceQuotas, 'bulkhead', 'lab-smith'))?.spec?.hard?.pods, {
        timeout: 1000,
        interval: 20,
      })
      .toBe('60');
  });

  test('makes a reservation again that somebody deletes, with the same id', async () => {
    const before = await stage.admin.read(Reservations, 'uid-200000');
    await stage.accomplice.delete(Reservations, before!);
    await eventually(async () => (await stage.admin.read(Reservations, 'uid-200000'))?.spec.holder).toEqual(before?.spec.holder);
  });

  test('takes rights away from whoever is no member any more', async () => {
    await makeLab(stage, 'smith', { members: [{ user: 'pi@uni.edu', roles: ['full-read-write'] }] });
    await eventually(() => stage.admin.read(kinds.RoleBindings, 'bulkhead-members', 'lab-smith')).toBeUndefined();
    expect(await stage.admin.read(kinds.RoleBindings, 'bulkhead-admins', 'lab-smith')).toBeDefined();
  });
});

describe('what belongs to one lab', () => {
  test.each([
    ['the same', 'alpha'],
    ['a directory inside of it', 'alpha/sub'],
  ])('CS-3 refuses %s as a root of another lab, and uses up no id', async (_, path) => {
    await makeLab(stage, 'alpha');
    await isReady('alpha');
    await makeLab(stage, 'mallory', { storage: [{ name: 'projects', backend: 'gpfs', path }] });
    await eventually(() => reason('mallory')).toBe('PathTaken');
    expect((await condition('mallory', 'Ready'))?.message).toContain('Lab "alpha"');
    expect((await lab('mallory'))?.status?.uid).toBeUndefined();
    expect(await stage.admin.read(kinds.Namespaces, 'lab-mallory')).toBeUndefined();
    await remove('mallory');
  });

  test('CS-3 refuses a root above that of another lab', async () => {
    await makeLab(stage, 'deep', { storage: [{ name: 'projects', backend: 'gpfs', path: 'dept/deep' }] });
    await isReady('deep');
    await makeLab(stage, 'high', { storage: [{ name: 'projects', backend: 'gpfs', path: 'dept' }] });
    await eventually(() => reason('high')).toBe('PathTaken');
    await makeLab(stage, 'wide', { storage: [{ name: 'projects', backend: 'gpfs', path: 'dept/deepest' }] });
    await isReady('wide');
  });

  test('CS-8 refuses the identity of another lab', async () => {
    const { uid = 0 } = (await lab('alpha'))?.status ?? {};
    await makeLab(stage, 'twin', { identity: { uid, gid: uid } });
    await eventually(() => reason('twin')).toBe('IdentityTaken');
    await remove('twin');
    await makeLab(stage, 'twin'); // nothing ever ran under that name, so its root is free
    await isReady('twin');
  });
});

test('nobody is let in where the API server admits what it must refuse', async () => {
  await withoutWall(stage, ValidatingAdmissionPolicyBindings, 'bulkhead-pods', async () => {
    await delay(1000);
    await makeLab(stage, 'open', { members: people });
    await eventually(() => reason('open')).toBe('GuardMissing');
    expect(await condition('open', 'Guarded')).toMatchObject({ status: 'False', reason: 'GuardMissing' });
    expect(await stage.admin.read(kinds.RoleBindings, 'bulkhead-members', 'lab-open')).toBeUndefined();
  });
  // It looks again when the binding is back, and half a minute later when the API server had not taken it in by then.
  await expect.poll(() => reason('open'), { timeout: 45_000, interval: 50 }).toBe('Ready');
  expect(await stage.admin.read(kinds.RoleBindings, 'bulkhead-members', 'lab-open')).toBeDefined();
});

describe('what a lab may mount', () => {
  const mounts = async () =>
    (await stage.admin.read(LabPolicies, 'policy', 'lab-reader'))?.spec.mounts.map(({ claim, notAfter }) => ({ claim, notAfter }));
  const shared = (grant: string, notAfter?: string) => ({ claim: grantClaimName('owner', grant), notAfter });
  const share = (name: string, expiresAt?: string) =>
    stage.admin.apply(DataGrants, {
      apiVersion,
      kind: 'DataGrant',
      metadata: { name, namespace: 'lab-owner' },
      spec: { volume: 'projects', paths: [name], subjects: [{ kind: 'Lab', name: 'reader' }], ...(expiresAt && { expiresAt }) },
    });

  test('follows its instances and the grants of others: given, withdrawn, and ended by time alone', async () => {
    const ends = `${new Date(Date.now() + 8000).toISOString().slice(0, 19)}Z`;
    await Promise.all(['owner', 'reader'].map((name) => makeLab(stage, name)));
    await Promise.all(['owner', 'reader'].map(isReady));
    await stage.admin.apply(ProcessingInstances, {
      apiVersion,
      kind: 'ProcessingInstance',
      metadata: { name: 'relion', namespace: 'lab-reader' },
      spec: { data: ['kept', 'brief'].map((grant) => ({ from: { lab: 'owner', grant }, path: grant, mountPath: `/${grant}` })) },
    });
    await share('kept');
    await share('brief', ends);
    await eventually(mounts).toEqual(expect.arrayContaining([shared('kept'), shared('brief', ends)]));
    const owner = await lab('owner');
    expect((await stage.admin.read(LabPolicies, 'policy', 'lab-reader'))?.spec.supplementalGroups).toEqual([owner?.status?.gid]);
    await eventually(mounts).toEqual([shared('kept')]);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(ends));
    await stage.admin.delete(DataGrants, (await stage.admin.read(DataGrants, 'kept', 'lab-owner'))!);
    await eventually(mounts).toEqual([]);
  });
});

describe('a deleted lab', () => {
  test('goes with its namespace and volumes; its id and root stay, and go only to a later lab of the same name and identity', async () => {
    await makeLab(stage, 'brief', { members: people });
    await isReady('brief');
    const { uid = 0, gid = 0 } = (await lab('brief'))?.status ?? {};
    const before = await lab('brief');
    await remove('brief');
    expect(await stage.admin.read(kinds.Namespaces, 'lab-brief')).toBeUndefined();
    expect(await stage.admin.read(kinds.PersistentVolumes, rootVolumeName('brief', 'projects'))).toBeUndefined();
    expect(await stage.admin.read(Reservations, `uid-${uid}`)).toMatchObject({ spec: { holder: { uid: before?.metadata.uid } } });

    await makeLab(stage, 'next', { storage: [{ name: 'projects', backend: 'gpfs', path: 'next' }] });
    await isReady('next');
    expect((await lab('next'))?.status?.uid).not.toBe(uid);

    await makeLab(stage, 'brief');
    await eventually(() => reason('brief')).toBe('PathTaken');
    expect((await condition('brief', 'Ready'))?.message).toContain(`GroupID ${gid}`);
    await makeLab(stage, 'brief', { identity: { uid, gid } });
    await isReady('brief');
    expect((await lab('brief'))?.status).toMatchObject({ uid, gid });
  });
});

async function remove(name: string) {
  const found = await lab(name);
  if (found) await stage.admin.delete(Labs, found);
  await eventually(() => lab(name)).toBeUndefined();
}

// Grants as the permission model decides about them, on a real API server with the real admission policies: who reaches them from another lab, from when,
// in whose name, and what is ended when a right is lost.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, type DataGrant, DataGrants, type Lab, type ProcessingInstance, ProcessingInstances } from '../../../src/api/kinds.ts';
import { managedLabel } from '../../../src/api/labels.ts';
import { type GrantMode, grantClaimName, grantVolumeName, namespaceOf, rootClaimName } from '../../../src/api/names.ts';
import { probePod } from '../../../src/expulsion/probepod.ts';
import { PersistentVolumeClaims, PersistentVolumes, Pods, ServiceAccounts } from '../../../src/kube/kind.ts';
import { listMounts, makeLab, type Stage, setStage } from './stage.ts';

const owner = 'microscopy';
const ids = { smith: 200_001, jones: 200_002, [owner]: 300_000 };
let stage: Stage;

const staff = (roles: string[]): Partial<Lab['spec']> => ({ members: [{ user: 'pi@uni.edu', roles }] });
const people: Record<string, Partial<Lab['spec']>> = {
  [owner]: staff(['full-read-write']),
  smith: { members: ['jo', 'al'].map((user) => ({ user, roles: ['basic-read-write'] })), groups: [{ name: 'readers', users: ['jo'] }] },
  jones: { members: [{ user: 'eve', roles: ['basic-read-write'] }] },
};

beforeAll(async () => {
  stage = await setStage();
  for (const [name, id] of Object.entries(ids)) await makeLab(stage, name, id, people[name]);
  for (const name of ['relion', 'other']) await stage.labs.apply(ServiceAccounts, { metadata: { name, namespace: 'lab-smith' } });
  await stage.startOperator();
});
afterAll(() => stage?.end());

const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 50 });
const share = (name: string, spec: Partial<DataGrant['spec']>) =>
  stage.admin.apply<DataGrant>(DataGrants, {
    apiVersion,
    kind: 'DataGrant',
    metadata: { name, namespace: namespaceOf(owner) },
    spec: { volume: 'raw', paths: [name], ...spec },
  });
const ask = (lab: string, name: string, grant: string, spec: Partial<ProcessingInstance['spec']>, mode?: GrantMode) =>
  stage.admin.apply<ProcessingInstance>(ProcessingInstances, {
    apiVersion,
    kind: 'ProcessingInstance',
    metadata: { name, namespace: namespaceOf(lab) },
    spec: { data: [{ from: { lab: owner, grant }, path: grant, mountPath: '/data', ...(mode && { mode }) }], ...spec },
  });
const grant = (name: string) => stage.admin.read(DataGrants, name, namespaceOf(owner));
const said = async (name: string, type: string) => (await grant(name))?.status?.conditions?.find((condition) => condition.type === type);
const says = async (name: string) =>
  (await Promise.all(['Accepted', 'Active', 'Enforced'].map((type) => said(name, type)))).map((of) => `${of?.status} ${of?.reason}`);
const claim = (name: string, lab: string, mode?: GrantMode) =>
  stage.admin.read(PersistentVolumeClaims, grantClaimName(owner, name, mode), namespaceOf(lab));
const phase = async (...of: Parameters<typeof claim>) => (await claim(...of))?.status?.phase;
const inSeconds = (seconds: number) => new Date(Math.ceil(Date.now() / 1000) * 1000 + seconds * 1000).toISOString();
const enforced = ['True Accepted', 'True Active', 'True Enforced'];

test('a person of another lab has it through an instance that only he uses, and through no other', async () => {
  await share('person', { subjects: [{ kind: 'User', name: 'jo' }], grantor: 'pi@uni.edu' });
  await eventually(() => says('person')).toEqual(enforced);
  expect(await claim('person', 'smith')).toBeUndefined(); // the other half is missing
  await ask('jones', 'relion', 'person', {});
  await ask('smith', 'other', 'person', {}); // for the whole lab
  await ask('smith', 'relion', 'person', { audience: { users: ['jo'] } });
  await eventually(() => phase('person', 'smith')).toBe('Bound');
  expect(await claim('person', 'jones')).toBeUndefined();
  await eventually(async () => (await grant('person'))?.status?.consumers?.map(({ lab, mode }) => [lab, mode])).toEqual([
    ['smith', 'ReadOnly'],
  ]);
  await ask('smith', 'relion', 'person', {});
  await eventually(() => claim('person', 'smith')).toBeUndefined();
  await eventually(() => says('person')).toEqual(enforced);
  expect((await grant('person'))?.status?.revocations).toEqual([
    { lab: 'smith', mode: 'ReadOnly', askedAt: expect.any(String), refusedAt: expect.any(String), endedAt: expect.any(String) },
  ]);
});

test('an instance of another lab has it whoever uses it, and its neighbour does not', async () => {
  await share('account', { subjects: [{ kind: 'ServiceAccount', name: 'smith/relion' }], grantor: 'pi@uni.edu' });
  await ask('smith', 'other', 'account', {});
  await eventually(() => says('account')).toEqual(enforced);
  expect(await claim('account', 'smith')).toBeUndefined();
  await ask('smith', 'relion', 'account', {});
  await eventually(() => phase('account', 'smith')).toBe('Bound');
});

test('a group of another lab has it, until a Restrict comes that leaves it out', async () => {
  await share('group', { subjects: [{ kind: 'Group', name: 'smith/readers' }], grantor: 'pi@uni.edu' });
  await ask('smith', 'relion', 'group', { audience: { groups: ['readers'] } });
  await eventually(() => phase('group', 'smith')).toBe('Bound');
  await share('few', { paths: ['group'], effect: 'Restrict', subjects: [{ kind: 'Lab', name: owner }], grantor: 'nobody@uni.edu' });
  await eventually(() => claim('group', 'smith')).toBeUndefined();
  await eventually(() => says('few')).toEqual(['False GrantorMayNotShare', 'True Active', 'True Deciding']);
  await stage.admin.delete(DataGrants, (await grant('few'))!);
  await eventually(() => phase('group', 'smith')).toBe('Bound');
});

test('a grant to write has a volume of its own beside the one to read, which stays read-only', async () => {
  await share('both', { subjects: [{ kind: 'Lab', name: 'smith' }], permissions: ['read', 'write'], grantor: 'pi@uni.edu' });
  await eventually(() => phase('both', 'smith')).toBe('Bound');
  expect(await claim('both', 'smith', 'ReadWrite')).toBeUndefined();
  await ask('smith', 'relion', 'both', {}, 'ReadWrite');
  await eventually(() => phase('both', 'smith', 'ReadWrite')).toBe('Bound');
  const accessOf = async (mode: GrantMode) =>
    (await stage.admin.read(PersistentVolumes, grantVolumeName(owner, 'both', 'smith', mode)))?.spec?.accessModes;
  expect([await accessOf('ReadOnly'), await accessOf('ReadWrite')]).toEqual([['ReadOnlyMany'], ['ReadWriteMany']]);
  await share('both', { subjects: [{ kind: 'Lab', name: 'smith' }], permissions: ['read'], grantor: 'pi@uni.edu' });
  await eventually(() => claim('both', 'smith', 'ReadWrite')).toBeUndefined();
  expect(await phase('both', 'smith')).toBe('Bound');
});

test('gives nothing before its time, says when that is, and gives then with no other change', async () => {
  const notBefore = inSeconds(4);
  await share('soon', { subjects: [{ kind: 'Lab', name: 'smith' }], notBefore, grantor: 'pi@uni.edu' });
  await eventually(() => says('soon')).toEqual(['True Accepted', 'False NotYetActive', 'True NotYetActive']);
  expect((await grant('soon'))?.status?.nextTransition).toEqual({ at: notBefore, to: 'Active' });
  expect(await claim('soon', 'smith')).toBeUndefined();
  await eventually(() => phase('soon', 'smith')).toBe('Bound');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(notBefore));
  await eventually(() => says('soon')).toEqual(enforced);
});

test('GX-24 a grant ends with the right of its grantor to share, and gives again with it', async () => {
  await share('owned', { subjects: [{ kind: 'Lab', name: 'jones' }], grantor: 'pi@uni.edu', roles: ['basic-read-write'] });
  await eventually(() => phase('owned', 'jones')).toBe('Bound');
  expect((await grant('owned'))?.status?.enforcement?.platform).toEqual(['read', 'write', 'import', 'compute']);
  await makeLab(stage, owner, ids[owner], staff(['basic-read-write']));
  await eventually(() => claim('owned', 'jones')).toBeUndefined();
  await eventually(() => says('owned')).toEqual(['False GrantorMayNotShare', 'False NotAccepted', 'True Revoked']);
  expect((await said('owned', 'Ready'))?.message).toContain('pi@uni.edu may not shareExternal');
  await makeLab(stage, owner, ids[owner], staff(['full-read-write']));
  await eventually(() => phase('owned', 'jones')).toBe('Bound');
  await eventually(() => says('owned')).toEqual(enforced);
  expect((await grant('owned'))?.status).not.toHaveProperty('revocations');
});

test('CE-19, CE-20 warns whoever gives copies or computing without export', async () => {
  await share('warned', { subjects: [{ kind: 'Lab', name: owner }], permissions: ['read', 'fork'], grantor: 'pi@uni.edu' });
  await eventually(async () => (await grant('warned'))?.status?.warnings?.map(({ type }) => type)).toEqual(['CopyOutPossible']);
  expect((await grant('warned'))?.status?.enforcement).toEqual({ platform: ['read'], advisory: ['fork'] });
});

test('a pod that somebody runs is ended when its instance may not mount the own data of the lab any more, and no other pod', async () => {
  const own = rootClaimName('raw');
  await stage.labs.apply(PersistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: own, namespace: 'lab-smith', labels: { [managedLabel]: 'true' } },
    spec: {
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '1Mi' } },
      storageClassName: 'bulkhead-static',
      volumeName: 'any',
    },
  });
  const mount = (serviceAccount: string, ...subPaths: string[]) => ({ serviceAccount, claim: own, subPaths, readOnly: true });
  const policyWith = (...mounts: ReturnType<typeof mount>[]) => listMounts(stage, 'smith', ids.smith, mounts);
  await policyWith(mount('relion', 'p1', 'p2'), mount('other', 'p1'));
  const podOf = (account: string, subPath: string) => {
    const { spec, ...rest } = probePod({ namespace: 'lab-smith', account, claim: own, subPath }, { uid: ids.smith, gid: ids.smith });
    const { activeDeadlineSeconds: _, ...lasting } = spec!;
    return { ...rest, metadata: { name: `${account}-${subPath}`, namespace: 'lab-smith' }, spec: lasting };
  };
  const run = async (account: string, subPath: string) => {
    await eventually(() =>
      stage.admin.create(Pods, podOf(account, subPath)).then(
        () => 'made',
        (error: Error) => error.message,
      ),
    ).toBe('made');
  };
  await run('relion', 'p1');
  await run('relion', 'p2');
  await run('other', 'p1');
  const running = async () =>
    (await stage.admin.readAll(Pods, { namespace: 'lab-smith' }))
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name);
  await delay(2_500); // what was there before has been looked at
  expect((await running()).sort()).toEqual(['other-p1', 'relion-p1', 'relion-p2']);
  await policyWith(mount('relion', 'p2'), mount('other', 'p1'));
  await eventually(running).toEqual(['other-p1', 'relion-p2']);
});

test('nothing is asked or written once all of this has come to rest', async () => {
  const requests = async () => {
    const lines = (await readFile(stage.plane.auditLog, 'utf8')).split('\n').filter((line) => line.includes(':bulkhead"'));
    return lines.filter((line) => !line.includes('"verb":"watch"')).length;
  };
  await delay(4_000); // looks at pods have ended, and audit entries are written a moment later
  const before = await requests();
  await delay(3_000);
  expect(await requests()).toBe(before);
});

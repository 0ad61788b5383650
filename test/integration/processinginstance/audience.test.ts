// What an instance mounts follows the people, roles and rules of all labs, at once and with nobody touching the instance; and what it writes is
// recorded as derived from what it mounts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, DataGrants, DataRoles, type Lab, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import { outputsGrantName } from '../../../src/api/names.ts';
import type { Member } from '../../../src/api/people.ts';
import { eventually, makeInstance, serve } from './play.ts';
import { makeLab, openMounts, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await makeLab(stage, 'smith', 200_000);
  await makeLab(stage, 'microscopy', 300_000);
  await makeLab(stage, 'third', 400_000);
});
afterAll(() => stage?.end());

const namespace = 'lab-smith';
const [jo, vic]: Member[] = [
  { user: 'jo', roles: ['basic-read-write'] },
  { user: 'vic', roles: ['read-only'] },
] as Member[] as [Member, Member];
const change = async (name: string, spec: Partial<Lab['spec']>) => {
  const lab = (await stage.admin.read(Labs, name))!;
  await stage.admin.apply(Labs, { apiVersion, kind: 'Lab', metadata: { name }, spec: { ...lab.spec, ...spec } });
};
const condition = async (name: string, type: string) =>
  (await stage.admin.read(ProcessingInstances, name, namespace))?.status?.conditions?.find((condition) => condition.type === type);
const mounted = (name: string) => eventually(async () => (await condition(name, 'DataMounted'))?.reason);
const share = (name: string, spec: object) =>
  stage.admin.apply(DataGrants, {
    apiVersion,
    kind: 'DataGrant',
    metadata: { name, namespace: 'lab-microscopy' },
    spec: { volume: 'projects', paths: ['session'], ...spec } as never,
  });
const granted = (grant: string) => ({ from: { lab: 'microscopy', grant }, path: 'session', mountPath: '/raw' });

describe('the data of an instance follows', () => {
  test('who belongs to its lab, and says who keeps it from all', async () => {
    await change('smith', { members: [jo, vic] });
    await makeInstance(stage, namespace, 'writer', { data: [{ volume: 'projects', path: 'p1', mountPath: '/p1', mode: 'ReadWrite' }] });
    await mounted('writer').toBe('AudienceLacks');
    expect((await condition('writer', 'DataMounted'))?.message).toContain('vic may not write smith:projects/p1');
    await change('smith', { members: [jo] });
    await mounted('writer').toBe('DataMounted');
  });

  test('what a role holds', async () => {
    const role = (...permissions: string[]) =>
      stage.admin.apply(DataRoles, { apiVersion, kind: 'DataRole', metadata: { name: 'scribe' }, spec: { permissions } as never });
    await role('read');
    await change('smith', { members: [jo, { user: 'ada', roles: ['scribe'] }] });
    await mounted('writer').toBe('AudienceLacks');
    await role('read', 'write');
    await mounted('writer').toBe('DataMounted');
  });

  test('a rule about a part of it', async () => {
    const metadata = { name: 'secret', namespace };
    const spec = {
      volume: 'projects',
      paths: ['p1/secret'],
      effect: 'Restrict' as const,
      subjects: [{ kind: 'User' as const, name: 'jo' }],
    };
    const rule = await stage.admin.apply(DataGrants, { apiVersion, kind: 'DataGrant', metadata, spec });
    await mounted('writer').toBe('ContainsRestrictedPath');
    await stage.admin.delete(DataGrants, rule);
    await mounted('writer').toBe('DataMounted');
  });

  test('the people of a third lab of whom a grant speaks', async () => {
    const group = (...users: string[]) => change('third', { groups: [{ name: 'team', users }] });
    await group('jo');
    await share('for-team', { subjects: [{ kind: 'Group', name: 'third/team' }] });
    await makeInstance(stage, namespace, 'reader', { owner: 'jo', audience: { users: ['jo'] }, data: [granted('for-team')] });
    await mounted('reader').toBe('DataMounted');
    await group('ada');
    await mounted('reader').toBe('GrantNotFound');
    await group('jo', 'ada');
    await mounted('reader').toBe('DataMounted');
  });

  test('time alone: an audience of which the one who kept it back leaves', async () => {
    const expiresAt = new Date(Date.now() + 4000).toISOString();
    await change('smith', { members: [jo, { ...vic!, expiresAt }] });
    await mounted('writer').toBe('AudienceLacks');
    await mounted('writer').toBe('DataMounted');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });
});

describe('what an instance writes', () => {
  const name = outputsGrantName('deriver', 'projects', 'results');
  const recorded = async () =>
    (await stage.admin.read(DataGrants, name, namespace))?.spec.derivedFrom?.map(({ lab, path }) => `${lab}/${path ?? ''}`);
  const outputs = { volume: 'projects', path: 'results' };
  const [project, results] = ['p1', 'results'].map((path) => ({
    volume: 'projects',
    path,
    mountPath: `/${path}`,
    mode: 'ReadWrite' as const,
  }));

  test('GX-11 is recorded as derived from all that it mounts', async () => {
    await share('for-smith', { subjects: [{ kind: 'Lab', name: 'smith' }] });
    await makeInstance(stage, namespace, 'deriver', { outputs, data: [project!, results!, granted('for-smith')] });
    await eventually(recorded).toEqual(['microscopy/session', 'smith/p1']);
    await eventually(async () => (await condition('deriver', 'OutputsRecorded'))?.status).toBe('True');
  });

  test('keeps its inputs when one is not mounted any more, and when the instance goes', async () => {
    await makeInstance(stage, namespace, 'deriver', { outputs, data: [results!, { ...project!, path: 'p2' }] });
    await eventually(recorded).toEqual(['microscopy/session', 'smith/p1', 'smith/p2']);
    await stage.admin.delete(ProcessingInstances, (await stage.admin.read(ProcessingInstances, 'deriver', namespace))!);
    await eventually(async () => await stage.admin.read(ProcessingInstances, 'deriver', namespace)).toBeUndefined();
    expect(await recorded()).toEqual(['microscopy/session', 'smith/p1', 'smith/p2']);
  });

  test('GX-26 is out of reach for whoever may not read every input', async () => {
    await makeInstance(stage, namespace, 'later', { data: [results!] });
    await mounted('later').toBe('DataMounted');
    for (const name of ['for-smith', 'for-team']) await share(name, { subjects: [{ kind: 'User', name: 'nobody' }] });
    await mounted('later').toBe('AudienceLacks');
    expect((await condition('later', 'DataMounted'))?.message).toContain('it was derived from microscopy:projects/session');
  });
});

test('a settled cluster sees no request', async () => {
  await openMounts(stage, 'smith');
  for (const name of ['writer', 'reader', 'later']) await serve(stage, namespace, name);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const before = await stage.requests();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await stage.requests()).toBe(before);
});

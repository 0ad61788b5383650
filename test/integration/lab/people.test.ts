// The people of a lab on a real API server with the chart's roles and policies: what each may do, and how soon it ends. Requests are sent as
// the person, with the groups that an identity provider would give, as dry runs.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { apiVersion, DataRoles, LabPolicies, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import type { LabSpec } from '../../../src/api/lab.ts';
import { ClusterRoleBindings, ClusterRoles } from '../../../src/kube/kind.ts';
import { type Actor, Impersonator, type Request } from '../../../src/verify/actor.ts';
import { labJob, withoutData } from '../../../src/verify/draft.ts';
import { create, manifest } from '../../../src/verify/manifest.ts';
import { configOf } from '../kube/runtime.ts';
import { sceneOf } from './scene.ts';
import { makeLab, type Stage, setStage } from './stage.ts';

let stage: Stage;
let people: Impersonator;
beforeAll(async () => {
  stage = await setStage();
  people = new Impersonator(configOf(stage.plane.kubeconfig));
});
afterAll(async () => {
  await people?.close();
  await stage?.end();
});

const patience = { timeout: 20_000, interval: 20 };
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, patience);
const ready = async (name: string) => (await stage.admin.read(Labs, name))?.status?.conditions?.find(({ type }) => type === 'Ready');
const reason = async (name: string) => (await ready(name))?.reason;
const isReady = (name: string) => vi.waitFor(async () => expect(await reason(name)).toBe('Ready'), patience);
/** Through the edits of a test the generation rises; the verdict must be about the last one. */
const isSettled = (name: string) =>
  eventually(async () => {
    const { metadata, status } = (await stage.admin.read(Labs, name))!;
    return status?.observedGeneration === metadata.generation && (await reason(name));
  });

const person = (user: string, ...groups: string[]): Actor => ({ user, groups: [...groups, 'system:authenticated'] });
const jo = person('jo@uni.edu');
const al = person('al@uni.edu');

/** What people do in a lab, each by the verb that it needs. */
async function deeds(lab: string, { user }: Actor): Promise<Record<'read' | 'compute' | 'share' | 'administer', Request>> {
  const scene = await sceneOf(stage, lab);
  const { namespace } = scene;
  const grant = { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: lab }], grantor: user } };
  return {
    read: { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods` },
    compute: create(labJob(scene, withoutData()), namespace),
    share: create(manifest(apiVersion, 'DataGrant', grant), namespace),
    administer: create(manifest(apiVersion, 'ProcessingInstance', { spec: { owner: user } }), namespace),
  };
}
type Deed = keyof Awaited<ReturnType<typeof deeds>>;

const send = async (actor: Actor, lab: string, deed: Deed) =>
  people.send(actor, (await deeds(lab, actor))[deed], { dryRun: deed !== 'read' });
async function may(actor: Actor, lab: string): Promise<Deed[]> {
  const all: Deed[] = ['read', 'compute', 'share', 'administer'];
  const answers = await Promise.all(all.map(async (deed) => (await send(actor, lab, deed)).status < 300));
  return all.filter((_, index) => answers[index]);
}
const become = (lab: string, spec: Partial<LabSpec>) => makeLab(stage, lab, spec);

describe('what people may do follows from the verbs of their roles', () => {
  beforeAll(async () => {
    const role = (name: string, ...permissions: string[]) =>
      stage.admin.apply(DataRoles, { apiVersion, kind: DataRoles.kind, metadata: { name }, spec: { permissions } });
    await Promise.all([role('sharing', 'read', 'share'), role('gating', 'cellengine:gate.update')]);
    await become('roles', {
      members: [
        { user: 'viewer@uni.edu', roles: ['limited-read-only'] },
        { user: 'member@uni.edu', roles: ['basic-read-write'] },
        { user: 'sharer@uni.edu', roles: ['sharing'] },
        { user: 'both@uni.edu', roles: ['basic-read-write', 'sharing'] },
        { user: 'admin@uni.edu', roles: ['full-read-write'] },
        { user: 'gater@uni.edu', roles: ['gating'] },
        { user: 'out@uni.edu', roles: ['full-read-write'], suspended: true },
        { user: 'ex@uni.edu', roles: ['full-read-write'], expiresAt: '2020-01-01T00:00:00Z' },
      ],
      groups: [
        { name: 'computing', users: ['listed@uni.edu', 'out@uni.edu', 'ex@uni.edu'], roles: ['basic-read-write'] },
        { name: 'everybody', externalGroups: ['oidc:sharers'], roles: ['sharing'] },
      ],
    });
    await isReady('roles');
  });

  const all: Deed[] = ['read', 'compute', 'share', 'administer'];
  test.for<[string, Actor, Deed[]]>([
    ['read', person('viewer@uni.edu'), ['read']],
    ['compute', person('member@uni.edu'), ['read', 'compute']],
    ['share', person('sharer@uni.edu'), ['read', 'share']],
    ['compute and share', person('both@uni.edu'), ['read', 'compute', 'share']],
    ['administer', person('admin@uni.edu'), all],
    ['only what an application decides', person('gater@uni.edu'), []],
    ['compute through a group that lists the person', person('listed@uni.edu'), ['read', 'compute']],
    ['share through a group of the identity provider', person('anybody@uni.edu', 'oidc:sharers'), ['read', 'share']],
    ['nothing: suspended, though a group lists the person', person('out@uni.edu'), []],
    ['nothing: expired, though a group lists the person', person('ex@uni.edu'), []],
    ['nothing: in another group of the identity provider', person('anybody@uni.edu', 'oidc:others'), []],
    ['nothing: of a user who is named like the group', person('oidc:sharers'), []],
  ])('%s', async ([, actor, want]) => {
    expect(await may(actor, 'roles')).toEqual(want);
  });
});

test('a role that does not exist is named; everybody else is served; it counts from the moment it is made, and no longer than it is there', async () => {
  await become('hopeful', {
    members: [
      { user: jo.user!, roles: ['runner'] },
      { user: al.user!, roles: ['basic-read-write'] },
    ],
  });
  await eventually(() => reason('hopeful')).toBe('RoleUnknown');
  expect((await ready('hopeful'))?.message).toMatch(/^spec.members "jo@uni.edu" names role "runner".*there are .*full-read-write/);
  expect(await may(al, 'hopeful')).toEqual(['read', 'compute']);
  expect(await may(jo, 'hopeful')).toEqual([]);
  const runner = { apiVersion, kind: DataRoles.kind, metadata: { name: 'runner' }, spec: { permissions: ['read', 'compute'] } };
  const made = await stage.admin.apply(DataRoles, runner);
  await isReady('hopeful');
  expect(await may(jo, 'hopeful')).toEqual(['read', 'compute']);
  await stage.admin.apply(DataRoles, { ...runner, spec: { permissions: ['read'] } });
  await eventually(() => may(jo, 'hopeful')).toEqual(['read']);
  await stage.admin.delete(DataRoles, made);
  await eventually(() => may(jo, 'hopeful')).toEqual([]);
  await eventually(() => reason('hopeful')).toBe('RoleUnknown');
});

describe('whoever leaves is refused at the next request', () => {
  const both = (change: object = {}): Partial<LabSpec> => ({
    members: [
      { user: jo.user!, roles: ['basic-read-write'] },
      { user: al.user!, roles: ['basic-read-write'], ...change },
    ],
    groups: [{ name: 'readers', users: [al.user!], roles: ['basic-read-write'] }],
  });
  /** Longer than seen (5 to 60 ms on two busy cores) by so much that only a missed event would take it. */
  const promptMs = 2000;

  async function timeUntilOut(lab: string, from: number): Promise<number> {
    const request = (await deeds(lab, al)).compute;
    while ((await people.send(al, request, { dryRun: true })).status !== 403) await delay(5);
    return Date.now() - from;
  }

  test.for<[string, string, Partial<LabSpec>]>([
    ['removed', 'removed', { members: [{ user: jo.user!, roles: ['basic-read-write'] }] }],
    ['suspended', 'suspended', both({ suspended: true })],
    ['past the end of the membership', 'ended', both({ expiresAt: '2020-01-01T00:00:00Z' })],
  ])('%s', { timeout: 60_000 }, async ([what, lab, after]) => {
    await become(lab, both());
    await isReady(lab);
    expect(await may(al, lab)).toEqual(['read', 'compute']);
    await become(lab, after);
    const ms = await timeUntilOut(lab, Date.now());
    console.log(`${what}: refused ${ms} ms after the change`);
    expect(ms).toBeLessThan(promptMs);
    expect(await may(al, lab)).toEqual([]);
    expect(await may(jo, lab)).toEqual(['read', 'compute']);
    await isSettled(lab).toBe('Ready');
  });

  test('by time alone, without a change', { timeout: 60_000 }, async () => {
    const end = Math.ceil(Date.now() / 1000) * 1000 + 6000;
    await become('timed', both({ expiresAt: new Date(end).toISOString() }));
    await isReady('timed');
    expect(await may(al, 'timed')).toEqual(['read', 'compute']);
    const ms = await timeUntilOut('timed', end);
    console.log(`expired: refused ${ms} ms after the end`);
    expect(ms).toBeGreaterThanOrEqual(-20);
    expect(ms).toBeLessThan(promptMs);
    await isReady('timed');
  });

  test('CM-19 a member who is no longer suspended comes back', async () => {
    await become('suspended', both());
    await eventually(() => may(al, 'suspended')).toEqual(['read', 'compute']);
  });
});

describe('administrators change their own Lab', () => {
  const pi = person('pi@uni.edu');
  const keyed = person('any@uni.edu', 'oidc:admins');
  const patch = (lab: string, spec: object): Request => ({ method: 'PATCH', path: `/apis/${apiVersion}/labs/${lab}`, body: { spec } });
  const status = async (actor: Actor, request: Request) => (await people.send(actor, request, { dryRun: false })).status;
  const name = (displayName: string) => ({ displayName });

  test('who belongs to it and what it is called, and neither the rest of it nor another Lab', async () => {
    const groups = [{ name: 'admins', externalGroups: ['oidc:admins'], roles: ['full-read-write'] }];
    await become('self', {
      members: [
        { user: 'pi@uni.edu', roles: ['full-read-write'] },
        { user: jo.user!, roles: ['basic-read-write'] },
      ],
      groups,
    });
    await become('others', { members: [{ user: 'other@uni.edu', roles: ['full-read-write'] }] });
    await isReady('self');
    await isReady('others');
    for (const actor of [pi, keyed]) {
      expect(await status(actor, patch('self', name('Ours')))).toBe(200);
      expect(await people.send(actor, patch('self', { quota: { gpu: 100 } }), { dryRun: false })).toMatchObject({
        status: 403,
        message: expect.stringContaining(
          'may change only spec.contacts, spec.defaults, spec.displayName, spec.groupDelegation, spec.groups, spec.inactivity, spec.members of Lab self, not spec.quota',
        ),
      });
      expect(await status(actor, patch('others', name('Ours')))).toBe(403);
      expect(await status(actor, { method: 'GET', path: `/apis/${apiVersion}/labs/self` })).toBe(200);
      expect(await status(actor, { method: 'DELETE', path: `/apis/${apiVersion}/labs/self` })).toBe(403);
    }
    expect(await status(jo, patch('self', name('Mine')))).toBe(403);
    expect((await stage.admin.read(Labs, 'self'))?.spec.displayName).toBe('Ours');
  });

  test('kubectl apply of the whole Lab is a change of what it holds only', async () => {
    const { apiVersion, kind, metadata, spec } = (await stage.admin.read(Labs, 'self'))!;
    const apply = (change: object) =>
      stage.kubectl(['apply', '--as', 'pi@uni.edu', '--as-group', 'system:authenticated', '-f', '-'], {
        ...{ apiVersion, kind, metadata: { name: metadata.name } },
        spec: { ...spec, ...change },
      });
    expect(apply({ contacts: [{ name: 'Jo Smith', email: 'jo@uni.edu' }] })).toMatchObject({ accepted: true });
    expect(apply({ suspended: true })).toMatchObject({ accepted: false, errors: expect.stringContaining('not spec.suspended') });
  });

  test('a new member works at once; the one who is made no administrator any more is refused at once', async () => {
    const members = [
      { user: 'pi@uni.edu', roles: ['read-only'] },
      { user: al.user!, roles: ['basic-read-write'] },
    ];
    expect(await status(pi, patch('self', { members }))).toBe(200);
    await eventually(() => may(al, 'self')).toEqual(['read', 'compute']);
    await eventually(() => status(pi, patch('self', name('Mine')))).toBe(403);
    expect(await status(keyed, patch('self', name('Ours')))).toBe(200);
  });

  test('nobody lifts the own suspension or moves the own end, not through a group either', async () => {
    const roles = ['full-read-write'];
    const ends = { user: 'ends@uni.edu', roles, expiresAt: '2100-01-01T00:00:00Z' };
    const out = { user: 'out@uni.edu', roles, suspended: true };
    expect(await status(keyed, patch('self', { members: [ends, out] }))).toBe(200);
    const says = { status: 403, message: expect.stringContaining('while suspended, nor the end of the own membership') };
    for (const [user, members] of [
      ['out@uni.edu', [ends]],
      ['out@uni.edu', [ends, { ...out, suspended: false }]],
      ['ends@uni.edu', [out]],
      ['ends@uni.edu', [out, { ...ends, expiresAt: '2200-01-01T00:00:00Z' }]],
    ] as const)
      expect(await people.send(person(user, 'oidc:admins'), patch('self', { members }), { dryRun: true })).toMatchObject(says);
    expect(await status(person('ends@uni.edu', 'oidc:admins'), patch('self', name('Still ours')))).toBe(200);
  });

  test('the right goes with the lab, and costs nothing where nobody administers', async () => {
    const editors = async () => [
      (await stage.admin.read(ClusterRoles, 'bulkhead:lab:others'))?.metadata.name,
      (await stage.admin.read(ClusterRoleBindings, 'bulkhead:lab:others'))?.metadata.name,
    ];
    expect(await editors()).toEqual(['bulkhead:lab:others', 'bulkhead:lab:others']);
    await become('others', { members: [{ user: 'other@uni.edu', roles: ['read-only'] }] });
    await eventually(editors).toEqual([undefined, undefined]);
    await become('others', { members: [{ user: 'other@uni.edu', roles: ['full-read-write'] }] });
    await eventually(editors).toEqual(['bulkhead:lab:others', 'bulkhead:lab:others']);
    await stage.accomplice.delete(ClusterRoles, (await stage.admin.read(ClusterRoles, 'bulkhead:lab:others'))!);
    await eventually(editors).toEqual(['bulkhead:lab:others', 'bulkhead:lab:others']);
    await stage.admin.delete(Labs, (await stage.admin.read(Labs, 'others'))!);
    await eventually(editors).toEqual([undefined, undefined]);
    await eventually(() => stage.admin.read(Labs, 'others')).toBeUndefined();
  });
});

describe('with the operator off, a person who comes through a group of the identity provider', () => {
  const inGroup = (user: string) => person(user, 'oidc:admins');
  const begins: Deed[] = ['compute', 'share', 'administer'];
  let end: number;

  beforeAll(async () => {
    end = Math.ceil(Date.now() / 1000) * 1000 + 8000;
    await become('keyed', {
      contacts: [{ name: 'Jo Smith', email: 'jo@uni.edu' }],
      members: [
        { user: 'out@uni.edu', roles: ['read-only'], suspended: true },
        { user: 'ends@uni.edu', roles: ['read-only'], expiresAt: new Date(end).toISOString() },
      ],
      groups: [{ name: 'admins', externalGroups: ['oidc:admins'], roles: ['full-read-write'] }],
    });
    await isReady('keyed');
    await stage.operator.stop();
  });

  test('begins nothing when suspended, and reads whom to ask', async () => {
    expect((await stage.admin.read(LabPolicies, 'policy', 'lab-keyed'))?.spec.contact).toBe('Jo Smith <jo@uni.edu>');
    for (const deed of begins) {
      expect(await send(inGroup('any@uni.edu'), 'keyed', deed)).toMatchObject({ status: 201 });
      expect(await send(inGroup('out@uni.edu'), 'keyed', deed)).toMatchObject({
        status: 403,
        message: expect.stringContaining('membership is suspended or has ended; ask Jo Smith <jo@uni.edu>'),
      });
    }
  });

  test('begins nothing from the end of the membership on', { timeout: 30_000 }, async () => {
    expect(Date.now()).toBeLessThan(end - 1000);
    expect((await may(inGroup('ends@uni.edu'), 'keyed')).filter((deed) => deed !== 'read')).toEqual(begins);
    await delay(end - Date.now() + 1);
    for (const deed of begins) expect(await send(inGroup('ends@uni.edu'), 'keyed', deed)).toMatchObject({ status: 403 });
    expect((await may(inGroup('any@uni.edu'), 'keyed')).filter((deed) => deed !== 'read')).toEqual(begins);
    expect(await stage.admin.readAll(ProcessingInstances, { namespace: 'lab-keyed' })).toEqual([]);
  });
});

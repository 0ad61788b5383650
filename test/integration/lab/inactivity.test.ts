// Inactive people of a lab on a real API server with the chart's roles and policies: who stays away for too long loses every right by time alone,
// and has all of them again when an administrator says so. Visits are written as the review endpoint of the operator writes them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { visitLease } from '../../../src/access/visit.ts';
import { apiVersion, LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { ConfigMaps, Leases } from '../../../src/kube/kind.ts';
import { type Actor, Impersonator, type Request } from '../../../src/verify/actor.ts';
import { create, manifest } from '../../../src/verify/manifest.ts';
import { studentsAway } from '../../fixtures/inactivity.ts';
import { configOf } from '../kube/runtime.ts';
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

const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 20 });
const person = (user: string, ...groups: string[]): Actor => ({ user, groups: [...groups, 'system:authenticated'] });
const jo = person('jo@uni.edu');
const pi = person('pi@uni.edu');
const namespace = 'lab-smith';
const periodMs = 6000;

const look: Request = { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods` };
const instanceOf = ({ user }: Actor) => create(manifest(apiVersion, 'ProcessingInstance', { spec: { owner: user } }), namespace);
const change = (spec: object): Request => ({ method: 'PATCH', path: `/apis/${apiVersion}/labs/smith`, body: { spec } });
/** Whether the person may make an instance in the own name. */
const makes = (actor: Actor) => status(actor, instanceOf(actor));
const status = async (actor: Actor, request: Request) => (await people.send(actor, request, { dryRun: request.method !== 'GET' })).status;
const ready = async () => (await stage.admin.read(Labs, 'smith'))?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const inactive = async () => ((await stage.admin.read(Labs, 'smith'))?.status?.inactive ?? []).map(({ user }) => user);
const visit = (user: string, at: number) => stage.accomplice.apply(Leases, visitLease({ lab: 'smith', user, at }));
const events = async (reason: string) => {
  const { output } = stage.kubectl(['get', 'events', '-n', 'default', '-o', `jsonpath={.items[?(@.reason=="${reason}")].message}`]);
  return output;
};

const exported = () => stage.admin.read(ConfigMaps, 'access-policy', namespace);
const standingOf = async (user: string) =>
  JSON.parse((await exported())?.data?.['policy.json'] ?? '{}').people?.find((one: { user: string }) => one.user === user)?.standing;

const roles = ['full-read-write'];
const members = (reactivatedAt?: string) => [
  { user: 'jo@uni.edu', roles, ...(reactivatedAt !== undefined && { reactivatedAt }) },
  { user: 'pi@uni.edu', roles },
];
const spec = (reactivatedAt?: string) => ({
  members: members(reactivatedAt),
  groups: [
    { name: 'students', users: ['jo@uni.edu'], externalGroups: ['oidc:students'], roles },
    { name: 'guests', externalGroups: ['oidc:guests'], roles },
  ],
  inactivity: [studentsAway(periodMs)],
});

test('CM-20, CM-22 whoever was never seen has every right', async () => {
  await makeLab(stage, 'smith', spec());
  await eventually(ready).toBe('Ready');
  expect(await status(jo, look)).toBe(200);
  expect(await makes(jo)).toBe(201);
  expect(await inactive()).toEqual([]);
});

test('CM-17, CM-20 time alone takes every right from whoever stays away, and from nobody else', async () => {
  const seen = Date.now();
  await visit('jo@uni.edu', seen);
  await eventually(() => status(jo, look)).toBe(403);
  const afterMs = Date.now() - seen;
  console.log(`inactive: refused ${afterMs - periodMs} ms after the end of the period`);
  expect(afterMs).toBeGreaterThanOrEqual(periodMs);
  expect(afterMs).toBeLessThan(periodMs + 3000);
  expect(await status(pi, look)).toBe(200);
  await eventually(inactive).toEqual(['jo@uni.edu']);
  await eventually(() => standingOf('jo@uni.edu')).toBe('Inactive');
  expect(await standingOf('pi@uni.edu')).toBe('In');
  await eventually(() => events('Deactivated')).toContain('jo@uni.edu is inactive since');
});

test('CM-23, CM-24 whoever still comes in through a group of the identity provider is refused in the words of the period', async () => {
  const through = await people.send(person('jo@uni.edu', 'oidc:guests'), instanceOf(jo), { dryRun: true });
  expect(through).toMatchObject({
    status: 403,
    message: expect.stringContaining('inactive, because group students was not used for too long; Come to room 1.; ask Ada <ada@uni.edu>'),
  });
  expect(JSON.stringify(await stage.admin.read(LabPolicies, 'policy', namespace))).not.toContain('left?');
  expect(await makes(person('al@uni.edu', 'oidc:guests'))).toBe(201);
});

test('nobody lifts the own inactivity, neither by the Lab nor by the Lease', async () => {
  const back = person('jo@uni.edu', 'oidc:guests');
  for (const spec of [{ inactivity: [] }, { members: members(new Date().toISOString()) }])
    expect(await people.send(back, change(spec), { dryRun: true })).toMatchObject({
      status: 403,
      message: expect.stringContaining('while inactive in group students'),
    });
  const early = people.send(pi, change({ members: [{ user: 'pi@uni.edu', roles, reactivatedAt: '2100-01-01T00:00:00Z' }] }), {
    dryRun: true,
  });
  expect(await early).toMatchObject({ status: 403, message: expect.stringContaining('reactivatedAt of the own entry is set by others') });
  const lease = { ...visitLease({ lab: 'smith', user: 'jo@uni.edu', at: Date.now() }) };
  const path = `/apis/${Leases.apiVersion}/namespaces/${namespace}/leases/${lease.metadata.name}`;
  expect(await status(back, { method: 'PATCH', path, body: lease })).toBe(403);
  expect(await people.send({}, { method: 'PATCH', path, body: lease }, { dryRun: true })).toMatchObject({
    status: 403,
    message: expect.stringContaining('written by Bulkhead alone'),
  });
});

test('CM-18 an administrator lets the person in again, with every right', async () => {
  expect((await people.send(pi, change({ members: members(new Date().toISOString()) }), { dryRun: false })).status).toBe(200);
  await eventually(() => status(jo, look)).toBe(200);
  await eventually(() => makes(jo)).toBe(201);
  await eventually(inactive).toEqual([]);
  await eventually(() => standingOf('jo@uni.edu')).toBe('In');
  await eventually(() => events('Reactivated')).toContain('jo@uni.edu is no longer inactive');
});

test('whoever is known by visits alone is barred while in the group of the period, and no longer', async () => {
  await visit('guest@uni.edu', Date.now() - 10 * periodMs);
  const inGroups = (...groups: string[]) => makes(person('guest@uni.edu', ...groups));
  await eventually(() => inGroups('oidc:guests', 'oidc:students')).toBe(403);
  expect(await inGroups('oidc:guests')).toBe(201);
});

test('what applications read is written by the operator alone, and made again when it is spoilt', async () => {
  const before = (await exported())!;
  const text = before.data?.['policy.json'];
  expect(text).not.toContain('left?');
  expect(
    await people.send(
      {},
      { method: 'PATCH', path: `/api/v1/namespaces/${namespace}/configmaps/access-policy`, body: { data: { 'policy.json': '{}' } } },
      { dryRun: true },
    ),
  ).toMatchObject({
    status: 403,
    message: expect.stringContaining('written by Bulkhead alone'),
  });
  await stage.accomplice.mergePatch(ConfigMaps, before, { data: { 'policy.json': '{}' } });
  await eventually(async () => (await exported())?.data).toEqual({ 'policy.json': text });
  await stage.platform.delete(ConfigMaps, (await exported())!);
  await eventually(async () => (await exported())?.data).toEqual({ 'policy.json': text });
  const { conditions = [] } = (await stage.admin.read(Labs, 'smith'))?.status ?? {};
  expect(conditions.find(({ type }) => type === 'Exported')).toMatchObject({ status: 'True', reason: 'Exported' });
});

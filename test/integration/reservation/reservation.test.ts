// Exclusive claims on a real API server, where two copies of the operator race for them with caches that know nothing of each other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, Labs, ProcessingInstances, type Reservation, Reservations } from '../../../src/api/kinds.ts';
import { finalizer } from '../../../src/api/labels.ts';
import { informer } from '../../../src/kube/kube.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { claim, type Holder, releaseReservations, reservationInformer } from '../../../src/reservation/claim.ts';
import { claimIdentity } from '../../../src/reservation/identity.ts';
import { claimLicense } from '../../../src/reservation/license.ts';
import { claimPorts } from '../../../src/reservation/ports.ts';
import { claimStorageRoot } from '../../../src/reservation/storageroot.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { type Observed, runtimeOn } from '../kube/runtime.ts';
import { installDefinitions } from './definitions.ts';

let plane: ControlPlane;
let copies: [Observed, Observed];

beforeAll(async () => {
  plane = await startControlPlane();
  installDefinitions(plane);
  const informers = [reservationInformer, informer({ kind: Labs }), informer({ kind: ProcessingInstances })];
  copies = [runtimeOn(plane.kubeconfig, { informers }), runtimeOn(plane.kubeconfig, { informers })];
  await Promise.all(copies.map((kube) => kube.start()));
});
afterAll(async () => {
  await Promise.all(copies?.map((kube) => kube.stop()) ?? []);
  await plane?.stop();
});

/** Holders exist: nothing is given to one that is gone. */
async function aLab(name: string): Promise<Holder> {
  const made = await copies[0].create(Labs, { apiVersion, metadata: { name }, spec: { quota: {} } });
  return { kind: 'Lab', name, uid: made!.metadata.uid };
}
async function anInstance(name: string): Promise<Holder> {
  const made = await copies[0].create(ProcessingInstances, { apiVersion, metadata: { name, namespace: 'default' }, spec: {} });
  return { kind: 'ProcessingInstance', namespace: 'default', name, uid: made!.metadata.uid };
}
const letters = (count: number) => Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
const given = <T extends object>(answer: T): Exclude<T, { taken: string }> => {
  if ('taken' in answer) throw new Error(String(answer.taken));
  return answer as Exclude<T, { taken: string }>;
};
const stored = () => copies[0].readAll(Reservations);
const heldByType = (reservations: Reservation[], type: string, uid: string) =>
  reservations.filter(({ spec }) => spec.type === type && spec.holder?.uid === uid).length;

test('CS-8 labs that two copies onboard at once get each one identity, and none the same', async () => {
  const range = { first: 210_000, last: 210_099 };
  const labs = await Promise.all(letters(12).map((letter) => aLab(`racing-${letter}`)));
  const answers = await Promise.all(
    labs.flatMap((lab) => copies.map(async (kube) => [lab.name, given(await claimIdentity(kube, lab, { range }))] as const)),
  );
  const ids = new Map(answers.map(([name, { uid }]) => [name, uid]));
  expect(answers.every(([name, { uid, gid }]) => uid === gid && uid === ids.get(name))).toBe(true);
  expect(new Set(ids.values()).size).toBe(labs.length);
});

test('CS-8 an exhausted range is refused, with what to do', async () => {
  const range = { first: 220_000, last: 220_000 };
  given(await claimIdentity(copies[0], await aLab('first'), { range }));
  expect(await claimIdentity(copies[1], await aLab('second'), { range })).toMatchObject({
    taken: expect.stringContaining('widen identity'),
  });
});

test('CS-8 an identity that a lab has cannot become another', async () => {
  const range = { first: 230_000, last: 230_009 };
  const lab = await aLab('settled');
  given(await claimIdentity(copies[0], lab, { range }));
  const adopted = { uid: 5000, gid: 5000 };
  expect(await claimIdentity(copies[0], lab, { range, adopted })).toMatchObject({
    taken: expect.stringContaining('uid 230000'),
  });
});

test('CS-11 instances that two copies serve at once get each one block, and none overlap', async () => {
  const range = { first: 31_000, last: 31_159, blockSize: 16 };
  const instances = await Promise.all(letters(8).map((letter) => anInstance(`ports-${letter}`)));
  const bases = await Promise.all(
    instances.map(async (instance, index) => given(await claimPorts(copies[index % 2 ? 1 : 0], instance, range)).base),
  );
  expect(new Set(bases).size).toBe(instances.length);
  expect(bases.every((base) => (base - range.first) % range.blockSize === 0)).toBe(true);
  for (const [index, instance] of instances.entries()) {
    expect(given(await claimPorts(copies[index % 2 ? 0 : 1], instance, range)).base).toBe(bases[index]);
    expect(heldByType(await stored(), 'Ports', instance.uid)).toBe(1);
  }
  for (const instance of instances) await releaseReservations(copies[0], instance);
});

test('CS-11 a full range is refused, and a block that was given back is given again', async () => {
  const range = { first: 31_200, last: 31_231, blockSize: 16 };
  const [one, two, three] = await Promise.all(['full-a', 'full-b', 'full-c'].map(anInstance));
  const first = given(await claimPorts(copies[0], one!, range));
  given(await claimPorts(copies[0], two!, range));
  expect(await claimPorts(copies[0], three!, range)).toMatchObject({ taken: expect.stringContaining('31200-31231') });
  await releaseReservations(copies[0], one!);
  await expect.poll(() => claimPorts(copies[0], three!, range)).toEqual(first);
});

test('CS-11 an instance whose reservation was deleted gets the same block again, not the lowest free one', async () => {
  const range = { first: 31_300, last: 31_363, blockSize: 16 };
  const instance = await anInstance('robbed');
  expect(await claimPorts(copies[0], instance, range, 31_332)).toEqual({ base: 31_332 });
  await releaseReservations(copies[0], instance);
});

test('CS-11 of two blocks that two copies took for one instance the older stays, or the one that it listens on', async () => {
  const range = { first: 31_400, last: 31_463, blockSize: 16 };
  const [one, two] = await Promise.all(['twice-a', 'twice-b'].map(anInstance));
  const take = async (holder: Holder, base: number) => {
    const resource = `${base}-${base + 15}`;
    given(await claim(copies[1], { name: `ports-${base}`, type: 'Ports', resource, holder }));
  };
  await take(one!, 31_416);
  await take(one!, 31_400);
  expect(await claimPorts(copies[0], one!, range)).toEqual({ base: 31_416 });
  await take(two!, 31_448);
  await take(two!, 31_432);
  expect(await claimPorts(copies[0], two!, range, 31_432)).toEqual({ base: 31_432 });
  for (const instance of [one!, two!]) expect(heldByType(await stored(), 'Ports', instance.uid)).toBe(1);
  for (const instance of [one!, two!]) await releaseReservations(copies[0], instance);
});

test('CS-11 blocks of an earlier configuration are never overlapped by those of a later one', async () => {
  const [before, after] = await Promise.all(['before', 'after'].map(anInstance));
  expect(await claimPorts(copies[0], before!, { first: 31_500, last: 31_563, blockSize: 16 })).toEqual({ base: 31_500 });
  expect(await claimPorts(copies[1], after!, { first: 31_504, last: 31_563, blockSize: 8 })).toEqual({ base: 31_520 });
  for (const instance of [before!, after!]) await releaseReservations(copies[0], instance);
});

test('CS-10 a licence belongs to one instance, until that takes another or goes', async () => {
  const [one, two] = await Promise.all(['licensed-a', 'licensed-b'].map(anInstance));
  given(await claimLicense(copies[0], one!, 'f00'));
  expect(await claimLicense(copies[1], two!, 'f00')).toMatchObject({ taken: expect.stringContaining('"default/licensed-a"') });
  given(await claimLicense(copies[0], one!, 'ba5'));
  given(await claimLicense(copies[1], two!, 'f00'));
  expect(heldByType(await stored(), 'License', one!.uid)).toBe(1);
});

test('nothing is given to a holder that is being deleted, though a late cache still shows it alive', async () => {
  const instance = await anInstance('leaving');
  const lab = await aLab('leaving');
  for (const [kind, namespace] of [
    [ProcessingInstances, 'default'],
    [Labs, undefined],
  ] as const) {
    const found = (await copies[0].read<KubeObject>(kind, 'leaving', namespace))!;
    await copies[0].delete<KubeObject>(kind, await copies[0].addFinalizer<KubeObject>(kind, found, finalizer));
  }
  const range = { first: 31_600, last: 31_615, blockSize: 16 };
  await expect(claimPorts(copies[0], instance, range)).rejects.toThrow('is being deleted');
  await expect(claimLicense(copies[0], instance, 'dead')).rejects.toThrow('is being deleted');
  await expect(claimIdentity(copies[0], lab, { range: { first: 250_000, last: 250_009 } })).rejects.toThrow('is being deleted');
});

test('CS-8 of two identities that two copies allocated for one lab all agree on the one that was complete first', async () => {
  const lab = await aLab('twofold');
  const take = (type: 'UserID' | 'GroupID', id: number) =>
    claim(copies[1], { name: `${type === 'UserID' ? 'uid' : 'gid'}-${id}`, type, resource: `${id}`, holder: lab }).then(given);
  await take('UserID', 260_000);
  for (const type of ['UserID', 'GroupID'] as const) await take(type, 260_001);
  await take('GroupID', 260_000);
  const range = { first: 260_000, last: 260_009 };
  for (const kube of copies) expect(await claimIdentity(kube, lab, { range })).toEqual({ uid: 260_001, gid: 260_001 });
  const known = { uid: 260_000, gid: 260_000 };
  expect(await claimIdentity(copies[0], lab, { range, known })).toEqual(known);
});

test('CS-3 of roots that contain one another only one is given, whoever asks first', async () => {
  const root = (path: string) => ({ backend: 'gpfs', path });
  const [inner, outer, beside] = await Promise.all([aLab('inner'), aLab('outer'), aLab('beside')]);
  const answers = await Promise.all([
    claimStorageRoot(copies[0], inner, root('dept/group/lab')),
    claimStorageRoot(copies[1], outer, root('dept/group')),
  ]);
  expect(answers.filter((answer) => 'taken' in answer)).toHaveLength(1);
  given(await claimStorageRoot(copies[0], beside, root('dept/group2')));
});

test('what a deleted lab had goes to a later lab of its name that names both of its ids, and to no other', async () => {
  const make = () => aLab('phoenix');
  const range = { first: 240_000, last: 240_009 };
  const root = { backend: 'gpfs', path: 'phoenix' };
  const former = await make();
  given(await claimStorageRoot(copies[0], former, root));
  const ids = given(await claimIdentity(copies[0], former, { range }));
  const lab = await copies[0].read(Labs, 'phoenix');
  await copies[0].delete(Labs, lab!);
  const later = await make();

  const other = await aLab('griffin');
  expect(await claimStorageRoot(copies[0], other, root, ids)).toHaveProperty('taken');
  expect(await claimIdentity(copies[0], other, { range, adopted: ids })).toHaveProperty('taken');
  expect(await claimStorageRoot(copies[0], later, root)).toMatchObject({ taken: expect.stringContaining(`UserID ${ids.uid}`) });
  expect(await claimStorageRoot(copies[0], later, root, { ...ids, gid: 5001 })).toHaveProperty('taken');
  expect(await claimIdentity(copies[0], later, { range, adopted: { ...ids, gid: 5001 } })).toHaveProperty('taken');

  given(await claimStorageRoot(copies[0], later, root, ids));
  expect(given(await claimIdentity(copies[0], later, { range, adopted: ids }))).toEqual(ids);
  expect((await stored()).filter(({ spec }) => spec.holder?.uid === former.uid)).toEqual([]);
});

// What happens to the reservations of instances that are gone without having given them back, on a real API server: nothing for the whole
// grace, then ports and licences go back to the facility, and ids and storage roots never.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { apiVersion, Labs, ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { instanceLabel } from '../../../src/api/labels.ts';
import { Pods, ServiceAccounts } from '../../../src/kube/kind.ts';
import { type Controller, informer } from '../../../src/kube/kube.ts';
import { type Holder, reservationInformer } from '../../../src/reservation/claim.ts';
import { reservationController } from '../../../src/reservation/controller.ts';
import { claimIdentity } from '../../../src/reservation/identity.ts';
import { claimLicense } from '../../../src/reservation/license.ts';
import { claimPorts } from '../../../src/reservation/ports.ts';
import { claimStorageRoot } from '../../../src/reservation/storageroot.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { type Observed, runtimeOn } from '../kube/runtime.ts';
import { installDefinitions } from './definitions.ts';

const minuteMs = 60_000;
const range = { first: 31_000, last: 31_159, blockSize: 16 };
let plane: ControlPlane;
let kube: Observed;
let controller: Controller;
let now: number;

beforeAll(async () => {
  plane = await startControlPlane();
  installDefinitions(plane);
  kube = runtimeOn(plane.kubeconfig, {
    informers: [reservationInformer, informer({ kind: Labs }), informer({ kind: ProcessingInstances })],
  });
  await kube.start();
});
beforeEach(() => {
  now = Date.now();
  controller = reservationController(kube, () => new Date(now));
});
afterAll(async () => {
  await kube?.stop();
  await plane?.stop();
});

async function anInstance(name: string): Promise<Holder> {
  const made = await kube.create(ProcessingInstances, { apiVersion, metadata: { name, namespace: 'default' }, spec: {} });
  return { kind: 'ProcessingInstance', namespace: 'default', name, uid: made!.metadata.uid };
}
/** Gone at once, as when somebody takes the finalizer away: nobody has given anything back. */
async function vanish({ name }: Holder): Promise<void> {
  await kube.delete(ProcessingInstances, (await kube.read(ProcessingInstances, name, 'default'))!);
  await expect.poll(() => kube.cache.get(ProcessingInstances, name, 'default')).toBeUndefined();
}
/** @returns names of the reservations of an instance, for its block and its licence */
async function claimBoth(holder: Holder, license: string): Promise<[string, string]> {
  const ports = await claimPorts(kube, holder, range);
  const licensed = await claimLicense(kube, holder, license);
  if ('taken' in ports || 'taken' in licensed) throw new Error('not given');
  return [`ports-${ports.base}`, `license-${license}`];
}
const look = async (names: string[]) => Promise.all(names.map((name) => controller.reconcile(name)));
const exist = async (names: string[]) => (await Promise.all(names.map((name) => kube.read(Reservations, name)))).map(Boolean);

test('what an instance holds that is there is not looked at again, and no request is made for it', async () => {
  const holder = await anInstance('present');
  const names = await claimBoth(holder, 'aa');
  await expect.poll(() => kube.cache.get(ProcessingInstances, 'present', 'default')).toBeDefined();
  now += 60 * minuteMs;
  expect(await look(names)).toEqual([{}, {}]);
  expect(await exist(names)).toEqual([true, true]);
});

test('ports and a licence left behind go back after ten minutes, not a second earlier', async () => {
  const holder = await anInstance('vanished');
  const names = await claimBoth(holder, 'bb');
  await vanish(holder);
  const due = new Date(now + 10 * minuteMs);
  const [first] = await look(names);
  expect(Math.abs(first!.requeueAt!.getTime() - due.getTime())).toBeLessThan(2000); // the age of the reservation counts in the server's seconds
  now = first!.requeueAt!.getTime() - 1000;
  await look(names);
  expect(await exist(names)).toEqual([true, true]);
  now += 3000;
  expect(await look(names)).toEqual([{}, {}]);
  expect(await exist(names)).toEqual([false, false]);
});

test('an old reservation whose holder is missed for the first time waits as long, and a holder seen again ends the wait', async () => {
  const holder = await anInstance('flickering');
  const names = await claimBoth(holder, 'cc');
  now += 24 * 60 * minuteMs;
  await vanish(holder);
  expect(await look(names)).toEqual(names.map(() => ({ requeueAt: new Date(now + 10 * minuteMs) })));
  // A later instance of its name is another one, and saves nothing.
  await anInstance('flickering');
  now += 9 * minuteMs;
  await look(names);
  expect(await exist(names)).toEqual([true, true]);
  now += minuteMs;
  await look(names);
  expect(await exist(names)).toEqual([false, false]);
});

test('a holder that only the cache has lost keeps what it holds', async () => {
  const holder = await anInstance('unseen');
  const names = await claimBoth(holder, 'dd');
  const blind = {
    ...kube,
    cache: {
      ...kube.cache,
      get: (kind: typeof Reservations, name: string) => (kind.kind === 'Reservation' ? kube.cache.get(kind, name) : undefined),
    },
  } as typeof kube;
  controller = reservationController(blind, () => new Date(now));
  await look(names);
  now += 11 * minuteMs;
  expect((await look(names)).every(({ requeueAt }) => requeueAt !== undefined)).toBe(true);
  expect(await exist(names)).toEqual([true, true]);
});

test('as long as a pod of the instance exists, for example on a node that does not answer, nothing goes back', async () => {
  const holder = await anInstance('lingering');
  const names = await claimBoth(holder, 'ee');
  await kube.create(ServiceAccounts, { metadata: { name: 'default', namespace: 'default' } });
  const pod = await kube.create(Pods, {
    metadata: { name: 'lingering-0', namespace: 'default', labels: { [instanceLabel]: 'lingering' } },
    spec: { containers: [{ name: 'server', image: 'server:1' }], automountServiceAccountToken: false },
  });
  await vanish(holder);
  await look(names);
  now += 11 * minuteMs;
  await look(names);
  expect(await exist(names)).toEqual([true, true]);
  await kube.delete(Pods, pod!, { gracePeriodSeconds: 0 });
  now += 11 * minuteMs;
  await look(names);
  expect(await exist(names)).toEqual([false, false]);
});

test('ids and the storage root of a lab that is gone stay for ever', async () => {
  const made = await kube.create(Labs, { apiVersion, metadata: { name: 'gone' }, spec: { quota: {} } });
  const holder: Holder = { kind: 'Lab', name: 'gone', uid: made!.metadata.uid };
  await claimStorageRoot(kube, holder, { backend: 'gpfs', path: 'gone' });
  await claimIdentity(kube, holder, { range: { first: 200_000, last: 200_000 } });
  await kube.delete(Labs, made!);
  const names = (await kube.readAll(Reservations))
    .filter(({ spec }) => spec.holder?.uid === holder.uid)
    .map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(3);
  await look(names);
  now += 60 * minuteMs;
  expect(await look(names)).toEqual([{}, {}, {}]);
  expect(await exist(names)).toEqual([true, true, true]);
});

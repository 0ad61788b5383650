// Status, events and reconciliation on a real API server, with a kind of the tests' own.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { conditions } from '../../../src/kube/conditions.ts';
import { ReconcileError } from '../../../src/kube/errors.ts';
import { defineKind } from '../../../src/kube/kind.ts';
import { type Controller, informer, watch } from '../../../src/kube/kube.ts';
import { type KubeObject, keyOf, partsOf, type Stored } from '../../../src/kube/object.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { type Observed, runtimeOn } from './runtime.ts';
import { Definitions, type Specimen, Specimens, specimenDefinition } from './specimen.ts';

const Events = defineKind<KubeObject & { reason: string; series?: { count: number } }>('events.k8s.io/v1', 'Event', 'events', 'Namespaced');
let plane: ControlPlane;
let kube: Observed;

const make = (name: string) => kube.apply(Specimens, { metadata: { name, namespace: 'default' }, spec: { text: 'x' } });
const ready = (object: Stored<Specimen>, message = 'all is well') => ({
  observedGeneration: object.metadata.generation ?? 0,
  uid: 200_000,
  names: ['a', 'b'],
  conditions: conditions(object, { state: 'Ready', reason: 'Ready', message }, new Date()),
});

beforeAll(async () => {
  plane = await startControlPlane();
  kube = runtimeOn(plane.kubeconfig, { informers: [informer({ kind: Specimens })] });
  await kube.create(Definitions, specimenDefinition);
  await kube.start();
});
afterAll(async () => {
  await kube?.stop();
  await plane?.stop();
});

test('a status is written once, over the default, and not again while it stays', async () => {
  const object = await make('steady');
  expect(object.status).toMatchObject({ observedGeneration: -1 });
  await kube.applyStatus(Specimens, object, ready(object));
  const live = await kube.read(Specimens, 'steady', 'default');
  expect(live?.status).toMatchObject({
    observedGeneration: 1,
    uid: 200_000,
    names: ['a', 'b'],
    conditions: [{ type: 'Ready', status: 'True' }],
  });
  const before = await kube.writes();
  await kube.applyStatus(Specimens, object, ready(kube.cache.get(Specimens, 'steady', 'default')!));
  await make('steady');
  expect(await kube.writes()).toBe(before);
});

test('a condition, an item and a field that are no longer there are taken away', async () => {
  const object = await make('shrinking');
  const finding = { type: 'Extra', status: 'True', reason: 'Because', message: '' } as const;
  const status = ready(object);
  await kube.applyStatus(Specimens, object, {
    ...status,
    conditions: conditions(object, { state: 'Stalled', reason: 'No', message: '' }, new Date(), [finding]),
  });
  await kube.applyStatus(Specimens, object, { observedGeneration: 1, names: ['b'], conditions: ready(object).conditions });
  const live = await kube.read(Specimens, 'shrinking', 'default');
  expect(live?.status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  expect(live?.status?.names).toEqual(['b']);
  expect(live?.status).not.toHaveProperty('uid');
});

test('the status of a deleted object is nobody’s concern, and does not bring it back', async () => {
  const object = await make('gone');
  await kube.delete(Specimens, object);
  await kube.applyStatus(Specimens, object, ready(object));
  expect(await kube.read(Specimens, 'gone', 'default')).toBeUndefined();
});

test('a repeated event becomes a series', async () => {
  const object = await make('eventful');
  for (let i = 0; i < 3; i++) kube.event(object, { type: 'Warning', reason: 'Again', action: 'Reconcile', note: 'the same' });
  kube.event(object, { type: 'Normal', reason: 'Other', action: 'Reconcile', note: 'another' });
  await expect
    .poll(async () => (await kube.readAll(Events, { namespace: 'default' })).map(({ reason, series }) => [reason, series?.count]).sort(), {
      timeout: 5000,
    })
    .toEqual([
      ['Again', 3],
      ['Other', undefined],
    ]);
});

test('a controller sees what was there, what changes and what is deleted, retries what fails, and then rests', async () => {
  const own = runtimeOn(plane.kubeconfig, { informers: [informer({ kind: Specimens })] });
  await own.start();
  const seen = new Map<string, number>();
  const failures: [string, string][] = [];
  const controller: Controller = {
    name: 'specimen',
    watches: [watch({ kind: Specimens, enqueue: (object) => [keyOf(object)] })],
    async reconcile(key) {
      seen.set(key, (seen.get(key) ?? 0) + 1);
      const { name, namespace } = partsOf(key);
      const object = own.cache.get(Specimens, name, namespace);
      if (!object) return {};
      if (object.spec?.text === 'broken') throw new ReconcileError('Broken', 'spec.text is broken', { retry: false });
      if (object.spec?.text === 'flaky' && (seen.get(key) ?? 0) < 5) throw new Error('not yet');
      await own.applyStatus(Specimens, object, ready(object));
      return {};
    },
    async onError(key, { reason }) {
      failures.push([key, reason]);
    },
  };
  const ended = own.run([controller]);
  const stateOf = async (name: string) => (await own.read(Specimens, name, 'default'))?.status?.conditions?.[0]?.status;
  await expect.poll(() => stateOf('eventful')).toBe('True');
  await kube.apply(Specimens, { metadata: { name: 'late', namespace: 'default' }, spec: { text: 'flaky' } });
  await kube.apply(Specimens, { metadata: { name: 'bad', namespace: 'default' }, spec: { text: 'broken' } });
  await expect.poll(() => stateOf('late')).toBe('True');
  await expect.poll(() => failures.filter(([key]) => key === 'default/bad')).toEqual([['default/bad', 'Broken']]);
  expect(failures.filter(([key]) => key === 'default/late').map(([, reason]) => reason)).toEqual(['InternalError', 'InternalError']);
  const work = async () => [await own.writes(), [...seen.values()].reduce((sum, count) => sum + count)].join();
  const rests = async () => {
    const before = await work();
    await delay(500);
    return before === (await work());
  };
  await expect.poll(rests).toBe(true); // its own writes come back as events first
  expect(await rests()).toBe(true);
  const before = seen.get('default/late') ?? 0;
  await kube.delete(Specimens, kube.cache.get(Specimens, 'late', 'default')!);
  await expect.poll(() => seen.get('default/late')).toBe(before + 1);
  await own.stop();
  await ended;
});

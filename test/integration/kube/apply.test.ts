// Applies on a real API server: sent when something differs, and only then; never bringing back what was deleted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isConflict } from '../../../src/kube/errors.ts';
import { type Kind, Namespaces, NetworkPolicies, ResourceQuotas, Secrets, Services } from '../../../src/kube/kind.ts';
import { informer } from '../../../src/kube/kube.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { intents, namespace } from './intents.ts';
import { type Observed, runtimeOn } from './runtime.ts';

const informers = [...new Set(intents.map(([kind]) => kind))].map((kind) => informer({ kind, labelSelector: 'managed=true' }));
let plane: ControlPlane;
let kube: Observed;
const started: Observed[] = [];

async function start(): Promise<Observed> {
  const runtime = runtimeOn(plane.kubeconfig, { informers });
  started.push(runtime);
  await runtime.start();
  return runtime;
}
const writesOf = async (runtime: Observed, work: () => Promise<unknown>) => {
  const before = await runtime.writes();
  await work();
  return (await runtime.writes()) - before;
};
const label = (intent: KubeObject, text: string) => ({
  ...intent,
  metadata: { ...intent.metadata, labels: { ...intent.metadata.labels, text } },
});
const find = (kind: Kind<never>, name: string) =>
  intents.find(([other, { metadata }]) => other === (kind as unknown) && metadata.name === name)![1];

beforeAll(async () => {
  plane = await startControlPlane();
  kube = await start();
  await kube.apply(Namespaces, { metadata: { name: namespace, labels: { managed: 'true' } } });
  for (const [kind, intent] of intents) await kube.apply(kind, intent);
});
afterAll(async () => {
  await Promise.all(started.map((runtime) => runtime.stop()));
  await plane?.stop();
});

test.each(intents.map(([kind, intent]) => [`${kind.kind} ${intent.metadata.name}`, kind, intent] as const))(
  '%s: nothing is sent when the cluster holds the intent, not even after a restart',
  async (_, kind, intent) => {
    expect(await writesOf(kube, () => kube.apply(kind, intent))).toBe(0);
    const restarted = await start();
    expect(await writesOf(restarted, () => restarted.apply(kind, intent))).toBe(0);
  },
);

test.each(intents.map(([kind, intent]) => [`${kind.kind} ${intent.metadata.name}`, kind, intent] as const))(
  '%s: a new field is sent, a field that is no longer intended is taken away',
  async (_, kind, intent) => {
    expect(await writesOf(kube, () => kube.apply(kind, label(intent, 'more')))).toBe(1);
    expect(await writesOf(kube, () => kube.apply(kind, intent))).toBe(1);
    const live = await kube.read(kind, intent.metadata.name, intent.metadata.namespace);
    expect(live?.metadata.labels).not.toHaveProperty('text');
    expect(await writesOf(kube, () => kube.apply(kind, intent))).toBe(0);
  },
);

test('a selector that loses a label is sent', async () => {
  const policy = find(NetworkPolicies as never, 'deny') as KubeObject & { spec: object };
  const narrow = { ...policy, spec: { ...policy.spec, podSelector: { matchLabels: { a: 'b' } } } };
  expect(await writesOf(kube, () => kube.apply(NetworkPolicies as Kind<KubeObject>, narrow))).toBe(1);
  expect(await writesOf(kube, () => kube.apply(NetworkPolicies as Kind<KubeObject>, policy))).toBe(1);
  expect((await kube.read(NetworkPolicies, 'deny', namespace))?.spec?.podSelector).toEqual({});
});

test('what somebody else has changed is set right again', async () => {
  const other = runtimeOn(plane.kubeconfig, { fieldManager: 'somebody' });
  started.push(other);
  const foreign: [Kind<KubeObject>, string, object][] = [
    [ResourceQuotas as Kind<KubeObject>, 'quota', { spec: { hard: { pods: '99' } } }],
    [NetworkPolicies as Kind<KubeObject>, 'deny', { spec: { podSelector: { matchLabels: { none: 'such' } } } }],
    [NetworkPolicies as Kind<KubeObject>, 'ports', { spec: { ingress: [{}] } }],
    [Services as Kind<KubeObject>, 'relion', { spec: { selector: { part: 'component', evil: 'true' } } }],
    [Secrets as Kind<KubeObject>, 'database', { data: { password: 'ZXZpbA==' } }],
    [Secrets as Kind<KubeObject>, 'database', { data: { password: null } }],
  ];
  for (const [kind, name, patch] of foreign) {
    const intent = find(kind as never, name);
    const changed = await other.mergePatch(kind, intent, patch);
    await expect.poll(() => kube.cache.get(kind, name, namespace)?.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
    expect(await writesOf(kube, () => kube.apply(kind, intent))).toBe(1);
    expect(await writesOf(kube, () => kube.apply(kind, intent))).toBe(0);
  }
  const quota = await kube.read(ResourceQuotas, 'quota', namespace);
  expect(quota?.spec?.hard?.pods).toBe('10');
});

test('an apply with a uid never brings back a deleted object', async () => {
  const secret = await kube.apply(Secrets, { metadata: { name: 'short-lived', namespace, labels: { managed: 'true' } } });
  await kube.delete(Secrets, secret);
  const intent = { metadata: { name: 'short-lived', namespace, uid: secret.metadata.uid, labels: { managed: 'true', new: 'true' } } };
  await expect(kube.apply(Secrets, intent)).rejects.toSatisfy(isConflict);
  expect(await kube.read(Secrets, 'short-lived', namespace)).toBeUndefined();
});

test('a create never changes what exists, and a dry run stores nothing', async () => {
  const made = { metadata: { name: 'made', namespace, labels: { managed: 'true' } } };
  expect(await kube.create(Secrets, made, { dryRun: true })).toMatchObject(made);
  expect(await kube.read(Secrets, 'made', namespace)).toBeUndefined();
  expect(await kube.create(Secrets, made)).toMatchObject(made);
  expect(await kube.create(Secrets, made)).toBeUndefined();
});

test('a delete means this very object: its successor of the same name stays', async () => {
  const metadata = { name: 'successor', namespace, labels: { managed: 'true' } };
  const first = await kube.apply(Secrets, { metadata });
  await kube.delete(Secrets, first);
  const second = await kube.create(Secrets, { metadata });
  await kube.delete(Secrets, first);
  expect((await kube.read(Secrets, 'successor', namespace))?.metadata.uid).toBe(second?.metadata.uid);
});

test('a finalizer holds an object until it is removed, and each costs one request', async () => {
  const finalizer = 'bulkhead.science/finalizer';
  const made = await kube.apply(Secrets, { metadata: { name: 'held', namespace, labels: { managed: 'true' } } });
  const held = await kube.addFinalizer(Secrets, made, finalizer);
  expect(await writesOf(kube, () => kube.addFinalizer(Secrets, held, finalizer))).toBe(0);
  await expect(kube.addFinalizer(Secrets, made, 'example.org/late')).rejects.toSatisfy(isConflict);
  await kube.delete(Secrets, held);
  await expect.poll(() => kube.cache.get(Secrets, 'held', namespace)?.metadata.deletionTimestamp).toBeDefined();
  await kube.removeFinalizer(Secrets, kube.cache.get(Secrets, 'held', namespace)!, finalizer);
  await expect.poll(() => kube.cache.get(Secrets, 'held', namespace)).toBeUndefined();
  expect(await kube.read(Secrets, 'held', namespace)).toBeUndefined();
});

test('the cache shows an own write at once', async () => {
  const applied = await kube.apply(Secrets, { metadata: { name: 'fresh', namespace, labels: { managed: 'true' } } });
  expect(kube.cache.get(Secrets, 'fresh', namespace)).toEqual(applied);
});

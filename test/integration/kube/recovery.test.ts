// What a runtime does when the API server, the network or its own token goes away: it recovers by itself, and nothing is missed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { pathOf } from '../../../src/kube/client.ts';
import { defineKind, Namespaces, Secrets, ServiceAccounts } from '../../../src/kube/kind.ts';
import { type Controller, informer, watch } from '../../../src/kube/kube.ts';
import { type KubeObject, keyOf } from '../../../src/kube/object.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { wireTo } from './proxy.ts';
import { configOf, type Observed, runtimeOn } from './runtime.ts';

const labels = { managed: 'true' };
const informers = [informer({ kind: Secrets, labelSelector: 'managed=true' })];
const ClusterRoleBindings = defineKind('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'clusterrolebindings', 'Cluster');
let plane: ControlPlane;
let admin: Observed;

beforeAll(async () => {
  plane = await startControlPlane();
  admin = runtimeOn(plane.kubeconfig);
});
afterAll(async () => {
  await admin?.stop();
  await plane?.stop();
});

const put = (name: string, text: string) =>
  admin.apply(Secrets, { metadata: { name, namespace: 'default', labels, annotations: { text } } });
const remove = async (name: string) => admin.delete(Secrets, (await admin.read(Secrets, name, 'default'))!);
const stateOf = (objects: KubeObject[]) => Object.fromEntries(objects.map((object) => [keyOf(object), object.metadata.resourceVersion]));

/** A controller that remembers the last state of each Secret that it was asked to look at. */
function witness(kube: Observed): { controller: Controller; seen: Map<string, string | undefined> } {
  const seen = new Map<string, string | undefined>();
  const controller: Controller = {
    name: 'witness',
    watches: [watch({ kind: Secrets, enqueue: (secret) => [keyOf(secret)] })],
    async reconcile(key) {
      seen.set(key, kube.cache.get(Secrets, key.split('/')[1]!, 'default')?.metadata.annotations?.text);
      return {};
    },
  };
  return { controller, seen };
}

async function started(kubeConfig: string | KubeConfig) {
  const kube = runtimeOn(kubeConfig, { informers });
  onTestFinished(() => kube.stop());
  await kube.start();
  const { controller, seen } = witness(kube);
  void kube.run([controller]);
  return { kube, seen };
}

test('what was made, changed and deleted while the wire was cut is seen when it is mended', async () => {
  const wire = await wireTo(plane);
  onTestFinished(() => wire.close());
  for (const name of ['kept', 'changed', 'deleted']) await put(name, 'before');
  const { kube, seen } = await started(wire.kubeConfig);
  await expect.poll(() => seen.get('default/deleted')).toBe('before');
  wire.cut();
  await put('made', 'meanwhile');
  await put('changed', 'meanwhile');
  await remove('deleted');
  wire.mend();
  await expect
    .poll(() => Object.fromEntries(seen), { timeout: 20_000 })
    .toEqual({
      'default/kept': 'before',
      'default/changed': 'meanwhile',
      'default/deleted': undefined,
      'default/made': 'meanwhile',
    });
  await put('made', 'after');
  await expect.poll(() => seen.get('default/made')).toBe('after');
  expect(stateOf(kube.cache.list(Secrets))).toEqual(stateOf(await admin.readAll(Secrets, { labelSelector: 'managed=true' })));
  for (const name of ['kept', 'changed', 'made']) await remove(name);
});

test('a restarted API server is followed again', async () => {
  const { kube, seen } = await started(plane.kubeconfig);
  await put('early', 'before');
  await expect.poll(() => seen.get('default/early')).toBe('before');
  await plane.restartApiServer();
  await put('late', 'after');
  await remove('early');
  await expect.poll(() => [seen.get('default/late'), seen.get('default/early')], { timeout: 30_000 }).toEqual(['after', undefined]);
  await expect(kube.read(Secrets, 'late', 'default')).resolves.toBeDefined();
  await remove('late');
});

test('a runtime that starts while the API server is away starts when it is back', async () => {
  await plane.stopApiServer();
  const kube = runtimeOn(plane.kubeconfig, { informers });
  onTestFinished(() => kube.stop());
  const filled = kube.start();
  await delay(1000);
  expect(kube.isSynced).toBe(false);
  await plane.startApiServer();
  await filled;
  expect(kube.isSynced).toBe(true);
});

test('reads share connections', async () => {
  const wire = await wireTo(plane);
  onTestFinished(() => wire.close());
  const kube = runtimeOn(wire.kubeConfig);
  onTestFinished(() => kube.stop());
  for (let i = 0; i < 300; i++) await kube.read(Namespaces, 'default');
  expect(wire.opened()).toBeLessThanOrEqual(2);
  await Promise.all(Array.from({ length: 300 }, () => kube.read(Namespaces, 'default')));
  expect(wire.opened()).toBeLessThanOrEqual(33);
});

test('a token that is refused is read again from its file', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bulkhead-token-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const tokenFile = join(directory, 'token');
  const namespace = 'default';
  await admin.apply(ServiceAccounts, { metadata: { name: 'rotating', namespace } });
  await admin.create(ClusterRoleBindings, {
    metadata: { name: 'rotating' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'rotating', namespace }],
  } as KubeObject);
  /** Tokens live ten minutes at least; one that is bound to an object ends with it. */
  const issue = async (boundTo: string) => {
    const secret = await admin.apply(Secrets, { metadata: { name: boundTo, namespace } });
    const { status } = await admin.client.transport.request<{ status: { token: string } }>({
      method: 'POST',
      path: `${pathOf(ServiceAccounts, namespace, 'rotating')}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: boundTo, uid: secret.metadata.uid } },
      },
    });
    await writeFile(tokenFile, `${status.token}\n`);
  };
  await issue('first');
  const { clusters } = configOf(plane.kubeconfig);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters,
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } }],
    contexts: [{ name: 'pod', cluster: clusters[0]!.name, user: 'pod' }],
    currentContext: 'pod',
  });
  const { kube, seen } = await started(kubeConfig);
  await issue('second');
  await remove('first');
  await plane.restartApiServer(); // it trusts a token for 10 s once it was valid, and must now ask again
  await put('afterwards', 'seen');
  await expect.poll(() => seen.get('default/afterwards'), { timeout: 30_000 }).toBe('seen');
  expect(await kube.refused()).toBeGreaterThan(0);
});

test('a followed namespace is cached, others are not, and it is forgotten when it is deleted', async () => {
  const kube = runtimeOn(plane.kubeconfig, { informers: [informer({ kind: Namespaces })], followSelector: 'managed=true' });
  onTestFinished(() => kube.stop());
  await kube.start();
  for (const name of ['followed', 'other']) {
    await admin.apply(Namespaces, { metadata: { name } });
    await admin.apply(Secrets, { metadata: { name: 'one', namespace: name, labels } });
  }
  await Promise.all([kube.follow(Secrets, 'followed'), kube.follow(Secrets, 'followed')]);
  expect(kube.cache.list(Secrets).map(keyOf)).toEqual(['followed/one']);
  const written = await kube.apply(Secrets, { metadata: { name: 'two', namespace: 'followed', labels } });
  expect(kube.cache.get(Secrets, 'two', 'followed')).toEqual(written);
  const writes = await kube.writes();
  await kube.apply(Secrets, { metadata: { name: 'two', namespace: 'followed', labels } });
  await kube.apply(Secrets, { metadata: { name: 'one', namespace: 'other', labels } }); // not cached: read first
  expect(await kube.writes()).toBe(writes);
  await admin.delete(Namespaces, (await admin.read(Namespaces, 'followed'))!);
  const terminating = (await admin.read(Namespaces, 'followed'))!;
  await admin.client.transport.request({
    method: 'PUT',
    path: `${pathOf(Namespaces, undefined, 'followed')}/finalize`,
    body: { ...terminating, spec: { finalizers: [] } },
  }); // the namespace controller's part
  await expect.poll(() => kube.cache.list(Secrets)).toEqual([]);
});

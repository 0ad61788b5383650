// How one controller turns what it is told and what it throws into passes. Runs on a store that the test fills.
import { Registry } from '@prometheus-io/client';
import { afterEach, expect, test } from 'vitest';
import { RunningController } from './controller.ts';
import { ApiError, ConnectionError, ReconcileError } from './errors.ts';
import { Secrets } from './kind.ts';
import type { Controller } from './kube.ts';
import { createLogger } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { KubeObject, Stored } from './object.ts';
import { Store } from './store.ts';

let running: RunningController | undefined;
afterEach(() => running?.stop());

const secret = (name: string, version: number, labels = {}): Stored<KubeObject> => ({
  metadata: { name, uid: name, resourceVersion: String(version), creationTimestamp: '', labels },
});

/** A controller on a store with these objects; `reconcile` is told how often the key was worked on. */
function control(
  reconcile: (key: string, pass: number) => unknown,
  { names = ['a'], ...spec }: Partial<Controller> & { names?: string[] } = {},
) {
  const store = new Store<KubeObject>(Secrets, { fieldManager: 'bulkhead' });
  store.replace(
    names.map((name) => secret(name, 10)),
    '10',
  );
  const passes = new Map<string, number>();
  const told: string[] = [];
  const controller: Controller = {
    name: 'test',
    watches: [{ kind: Secrets, enqueue: ({ metadata }) => [metadata.name] }],
    async reconcile(key) {
      passes.set(key, (passes.get(key) ?? 0) + 1);
      return ((await reconcile(key, passes.get(key)!)) as { requeueAt?: Date } | undefined) ?? {};
    },
    async onError(key, { reason, message }) {
      told.push(`${key} ${reason} ${message}`);
    },
    ...spec,
  };
  const registry = new Registry();
  running = new RunningController(controller, {
    storeOf: () => store,
    logger: createLogger('silent'),
    metrics: createMetrics(registry),
    workers: 2,
  });
  return { store, passes, told, registry };
}
const raise = (error: Error) => () => {
  throw error;
};

test('every object is looked at once, and again when it changes or is gone', async () => {
  const { store, passes } = control(() => {}, { names: ['a', 'b', 'c'] });
  await expect.poll(() => [...passes.values()]).toEqual([1, 1, 1]);
  store.receive(secret('a', 11));
  store.remove(secret('b', 12));
  await expect.poll(() => Object.fromEntries(passes)).toEqual({ a: 2, b: 2, c: 1 });
});

test('a change that does not matter is not looked at', async () => {
  const matters = (before: KubeObject, after: KubeObject) => before.metadata.labels?.x !== after.metadata.labels?.x;
  const { store, passes } = control(() => {}, {
    watches: [{ kind: Secrets, enqueue: ({ metadata }) => [metadata.name], changed: matters }],
  });
  await expect.poll(() => passes.get('a')).toBe(1);
  store.receive(secret('a', 11));
  store.receive(secret('a', 12, { x: 'y' }));
  await expect.poll(() => passes.get('a')).toBe(2);
});

test('a time to look again is kept', async () => {
  const { passes } = control((_, pass) => (pass === 1 ? { requeueAt: new Date(Date.now() + 30) } : {}));
  await expect.poll(() => passes.get('a')).toBe(2);
});

test('a failure that somebody can act on is told at once, and not retried when a retry cannot help', async () => {
  const { passes, told } = control(raise(new ReconcileError('PathTaken', 'choose another', { retry: false })));
  await expect.poll(() => told).toEqual(['a PathTaken choose another']);
  expect(passes.get('a')).toBe(1);
});

test('a failure of our own is retried, and told without its words when it stays', async () => {
  const { passes, told } = control(raise(new TypeError('x is undefined')));
  await expect.poll(() => told[0]).toBe('a InternalError the operator failed; its log has the details');
  expect(passes.get('a')).toBeGreaterThanOrEqual(3);
});

test.each([
  ['a conflict', new ApiError(409, 'Conflict', 'changed')],
  ['a namespace that is being deleted', new ApiError(403, 'Forbidden', 'no', { causes: [{ reason: 'NamespaceTerminating' }] })],
  ['an API server that is away', new ConnectionError('reset')],
  ['an API server that is busy', new ApiError(503, 'ServiceUnavailable', 'busy')],
])('%s is retried and told to nobody', async (_, error) => {
  const { passes, told } = control((_key, pass) => {
    if (pass < 5) throw error;
  });
  await expect.poll(() => passes.get('a')).toBe(5);
  expect(told).toEqual([]);
});

test('passes are counted under the names of controller-runtime', async () => {
  const { registry, passes } = control((_, pass) => {
    if (pass === 1) throw new ReconcileError('No', 'no');
  });
  await expect.poll(() => passes.get('a')).toBe(2);
  await running?.stop();
  const text = await registry.metrics();
  expect(text).toContain('controller_runtime_reconcile_total{controller="test",result="error"} 1');
  expect(text).toContain('controller_runtime_reconcile_total{controller="test",result="success"} 1');
  expect(text).toContain('controller_runtime_reconcile_errors_total{controller="test"} 1');
  expect(text).toContain('controller_runtime_max_concurrent_reconciles{controller="test"} 2');
  expect(text).toContain('controller_runtime_active_workers{controller="test"} 0');
  expect(text).toContain('workqueue_retries_total{name="test"} 1');
});

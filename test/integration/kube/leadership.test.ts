// Leader election with real Leases: one at a time, handed over at once on shutdown, taken over after a failure, and no write without it.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { NotLeading } from '../../../src/kube/errors.ts';
import { Leases, Secrets } from '../../../src/kube/kind.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { wireTo } from './proxy.ts';
import { type Observed, runtimeOn } from './runtime.ts';

let plane: ControlPlane;
let admin: Observed;
const metadata = { name: 'written', namespace: 'default' };

beforeAll(async () => {
  plane = await startControlPlane();
  admin = runtimeOn(plane.kubeconfig);
});
afterAll(async () => {
  await admin?.stop();
  await plane?.stop();
});

/** A process that wants to lead; `lost` resolves with the reason why it may no longer. */
function candidate(name: string, identity: string, kubeConfig: Parameters<typeof runtimeOn>[0] = plane.kubeconfig) {
  const kube = runtimeOn(kubeConfig, { lease: { namespace: 'default', name, identity } });
  onTestFinished(() => kube.stop());
  const ended = kube.run([]).then(
    () => 'stopped',
    (error: unknown) => error,
  );
  return { kube, ended };
}
const leads = ({ kube }: { kube: Observed }) => expect.poll(() => kube.isLeading).toBe(true);

test('one candidate leads and may write, the other waits and may not', async () => {
  const first = candidate('one', 'first');
  await leads(first);
  const second = candidate('one', 'second');
  await delay(5000);
  expect([first.kube.isLeading, second.kube.isLeading]).toEqual([true, false]);
  await first.kube.apply(Secrets, { metadata });
  await expect(second.kube.mergePatch(Secrets, { metadata }, { data: { a: 'eA==' } })).rejects.toBeInstanceOf(NotLeading);
  await expect(second.kube.read(Secrets, 'written', 'default')).resolves.toBeDefined();
});

test('a leader that stops hands over at once and writes no more', async () => {
  const first = candidate('handover', 'first');
  await leads(first);
  const second = candidate('handover', 'second');
  await delay(500);
  await first.kube.stop();
  expect(await first.ended).toBe('stopped');
  const stopped = performance.now();
  await leads(second);
  expect(performance.now() - stopped).toBeLessThan(10_000); // 2.4 s on an idle machine; an expiry would take 15 s
  await expect(first.kube.apply(Secrets, { metadata: { ...metadata, name: 'late' } })).rejects.toBeInstanceOf(Error);
  const lease = await admin.read(Leases, 'handover', 'default');
  expect(lease?.spec).toMatchObject({ holderIdentity: 'second', leaseDurationSeconds: 15 });
});

test('a lease that somebody else has taken is lost', async () => {
  const first = candidate('taken', 'first');
  await leads(first);
  await admin.mergePatch(Leases, { metadata: { name: 'taken', namespace: 'default' } }, { spec: { holderIdentity: 'thief' } });
  expect(await first.ended).toBeInstanceOf(NotLeading);
  expect(first.kube.isLeading).toBe(false);
});

test('a leader that is cut off stops writing before the next one begins', { timeout: 60_000 }, async () => {
  const wire = await wireTo(plane);
  onTestFinished(() => wire.close());
  const first = candidate('partition', 'first', wire.kubeConfig);
  await leads(first);
  const second = candidate('partition', 'second');
  await delay(2000);
  wire.cut();
  let together = 0;
  const began = performance.now();
  while (!second.kube.isLeading && performance.now() - began < 30_000) {
    await delay(50);
    if (first.kube.isLeading && second.kube.isLeading) together++;
  }
  expect(together).toBe(0);
  expect(second.kube.isLeading).toBe(true);
  expect(await first.ended).toBeInstanceOf(NotLeading);
  wire.mend();
  await expect(first.kube.apply(Secrets, { metadata: { ...metadata, name: 'late' } })).rejects.toBeInstanceOf(NotLeading);
});

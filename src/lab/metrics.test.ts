import { Registry } from '@prometheus-io/client';
import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { Labs } from '../api/kinds.ts';
import type { Cache } from '../kube/kube.ts';
import { Store } from '../kube/store.ts';
import { registerLabMetrics } from './metrics.ts';

test('one gauge for each lab that exists: 1 when its walls stand', async () => {
  const store = new Store(Labs, { fieldManager: 'bulkhead' });
  const registry = new Registry();
  registerLabMetrics(registry, { list: () => store.list() } as unknown as Cache);
  const isolated = (status: 'True' | 'False') => ({
    conditions: [{ type: 'Isolated', status, reason: 'x', message: '', lastTransitionTime: '2026-05-12T08:00:00Z' }],
  });
  store.replace(
    [aLab('smith').status(isolated('True')).build(), aLab('jones').status(isolated('False')).build(), aLab('new').build()],
    '1',
  );
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('bulkhead_lab_isolated{'));
  expect(await lines()).toEqual([
    'bulkhead_lab_isolated{lab="smith"} 1',
    'bulkhead_lab_isolated{lab="jones"} 0',
    'bulkhead_lab_isolated{lab="new"} 0',
  ]);
  store.replace([], '2');
  expect(await lines()).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Condition } from '../../src/api/schema.ts';
import { readinessOf } from './ready.ts';

const condition = (status: Condition['status']): Condition => ({
  type: 'Ready',
  status,
  reason: 'Progressing',
  message: 'objects are being made',
  lastTransitionTime: '2026-05-12T08:00:00Z',
});
const object = (generation: number, status?: { observedGeneration: number; conditions: Condition[] }) => ({
  metadata: { name: 'smith', generation },
  ...(status && { status }),
});

test('is Ready when the status of this generation says so', () => {
  expect(readinessOf(object(2, { observedGeneration: 2, conditions: [condition('True')] })).ready).toBe(true);
});

test('is not Ready by the status of an earlier generation, nor without a status', () => {
  expect(readinessOf(object(2, { observedGeneration: 1, conditions: [condition('True')] })).ready).toBe(false);
  expect(readinessOf(object(1)).ready).toBe(false);
});

test('says why it is not Ready in the words of the condition', () => {
  expect(readinessOf(object(1, { observedGeneration: 1, conditions: [condition('False')] })).why).toBe(
    'Progressing: objects are being made',
  );
});

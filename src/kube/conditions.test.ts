import { expect, test } from 'vitest';
import { type Condition, conditions, isTrue } from './conditions.ts';

const now = new Date('2026-05-12T08:00:00.123Z');
const earlier = '2026-05-01T00:00:00Z';
const withConditions = (...list: Condition[]) => ({ metadata: { name: 'x', generation: 7 }, status: { conditions: list } });
const ready: Condition = { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: earlier };

test('a ready object has Ready=True and neither Reconciling nor Stalled', () => {
  const result = conditions({ metadata: { name: 'x', generation: 7 } }, { state: 'Ready', reason: 'Ready', message: 'all is well' }, now);
  expect(result).toEqual([
    {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'all is well',
      observedGeneration: 7,
      lastTransitionTime: '2026-05-12T08:00:00Z',
    },
  ]);
});

test.each(['Reconciling', 'Stalled'] as const)('%s explains Ready=False and drops the other one', (state) => {
  const other: Condition = { ...ready, type: state === 'Stalled' ? 'Reconciling' : 'Stalled' };
  const result = conditions(withConditions(ready, other), { state, reason: 'Because', message: 'why' }, now);
  expect(result.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ['Ready', 'False', 'Because'],
    [state, 'True', 'Because'],
  ]);
});

test('the transition time stays while the status stays, though reason and message change', () => {
  const [condition] = conditions(withConditions(ready), { state: 'Ready', reason: 'Other', message: 'other' }, now);
  expect(condition).toMatchObject({ reason: 'Other', lastTransitionTime: earlier });
});

test('the transition time moves when the status changes', () => {
  const [condition] = conditions(withConditions(ready), { state: 'Stalled', reason: 'No', message: 'no' }, now);
  expect(condition).toMatchObject({ status: 'False', lastTransitionTime: '2026-05-12T08:00:00Z' });
});

test('findings follow the summary in their own order, and what is no longer found is left out', () => {
  const gone: Condition = { ...ready, type: 'Gone' };
  const finding = (type: string) => ({ type, status: 'True' as const, reason: 'R', message: '' });
  const result = conditions(withConditions(gone), { state: 'Ready', reason: 'Ready', message: '' }, now, [finding('B'), finding('A')]);
  expect(result.map(({ type }) => type)).toEqual(['Ready', 'B', 'A']);
});

test('isTrue says whether a condition holds', () => {
  expect(isTrue(withConditions(ready), 'Ready')).toBe(true);
  expect(isTrue(withConditions({ ...ready, status: 'Unknown' }), 'Ready')).toBe(false);
  expect(isTrue({ metadata: { name: 'x' } }, 'Ready')).toBe(false);
});

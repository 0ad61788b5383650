import { expect, test } from 'vitest';
import { selects } from './selector.ts';

const labels = { team: 'imaging', tier: '1' };
const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
});

test.for<[string, Parameters<typeof selects>[0], boolean]>([
  ['nothing', {}, true],
  ['an equal value', { matchLabels: { team: 'imaging' } }, true],
  ['another value', { matchLabels: { team: 'other' } }, false],
  ['a label that is not there', { matchLabels: { other: 'x' } }, false],
  ['two values of which one is another', { matchLabels: { team: 'imaging', tier: '2' } }, false],
  ['one of several values', expression('team', 'In', ['other', 'imaging']), true],
  ['one of other values', expression('team', 'In', ['other']), false],
  ['one of several values, without the label', expression('x', 'In', ['other']), false],
  ['none of other values', expression('team', 'NotIn', ['other']), true],
  ['none of its values', expression('team', 'NotIn', ['imaging']), false],
  ['none of some values, without the label', expression('x', 'NotIn', ['imaging']), true],
  ['that it is there', expression('team', 'Exists'), true],
  ['that something else is there', expression('x', 'Exists'), false],
  ['that it is not there', expression('team', 'DoesNotExist'), false],
  ['that something else is not there', expression('x', 'DoesNotExist'), true],
  ['labels and an expression that is not met', { matchLabels: { team: 'imaging' }, ...expression('x', 'Exists') }, false],
])('a selector that asks for %s', ([, selector, want]) => {
  expect(selects(selector, labels)).toBe(want);
});

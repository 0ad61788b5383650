import { expect, test } from 'vitest';
import { table } from './table.ts';

test('lines the columns up and shows what is missing as a dash', () => {
  expect(
    table(
      ['LAB', 'UID', 'STATE'],
      [
        ['smith', 200001, 'Ready'],
        ['microscopy', undefined, 'Pending'],
      ],
    ),
  ).toBe(['LAB          UID      STATE', 'smith        200001   Ready', 'microscopy   -        Pending'].join('\n'));
});

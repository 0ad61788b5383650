import { expect, test } from 'vitest';
import { compare, readLimits, table } from './limits.ts';

const limits = {
  ratio: { atLeast: 0.7, observed: 0.8, unit: '', means: '' },
  writes: { atMost: 0, observed: 0, unit: '', means: '' },
  seconds: { observed: 5, unit: 's', means: '' },
};

test('a figure may be equal to its limit and not beyond', () => {
  const broken = (figures: Record<string, number>) =>
    compare(figures, limits)
      .filter((row) => row.broken)
      .map(({ name }) => name);
  expect(broken({ ratio: 0.7, writes: 0, seconds: 1000 })).toEqual([]);
  expect(broken({ ratio: 0.69, writes: 1, seconds: 0 })).toEqual(['ratio', 'writes']);
});

test('a figure without a limit is an error, as is a limit without a figure', () => {
  expect(() => compare({ ratio: 1, writes: 0, seconds: 1, speed: 3 }, limits)).toThrow('speed');
  expect(() => compare({ ratio: 1, writes: 0 }, limits)).toThrow('seconds');
});

test('the table shows the limit and the earlier value beside each figure', () => {
  expect(table(compare({ ratio: 0.5, writes: 0, seconds: 123.4 }, limits)).split('\n')).toEqual([
    '   figure   measured  limit  when the limit was set',
    '✗  ratio    0.5       ≥ 0.7  0.8',
    '✓  writes   0         ≤ 0    0',
    '✓  seconds  123 s            5',
  ]);
});

test('every limit holds for the value that was observed when it was set', () => {
  const file = readLimits();
  const observed = Object.fromEntries(Object.entries(file).map(([name, limit]) => [name, limit.observed]));
  expect(compare(observed, file).filter(({ broken }) => broken)).toEqual([]);
});

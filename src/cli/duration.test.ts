import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.for(Object.entries({ '90s': 90, '45m': 2700, '2h': 7200, '1h30m': 5400, '7d': 604_800, '1d2h3m4s': 93_784 }))(
  'reads %s',
  ([text, seconds]) => {
    expect(parseDuration(text)).toBe(seconds);
  },
);

test.for(['', '0s', '1', 'h', '-1h', '1.5h', '30m1h', '1h ', '999999999999999999d'])('refuses "%s"', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('writes the two largest units', () => {
  expect([5400, 45, 86_400, 90_061, 0].map(formatDuration)).toEqual(['1h30m', '45s', '1d', '1d1h', '0s']);
});

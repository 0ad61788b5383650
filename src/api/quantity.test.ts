import { expect, test } from 'vitest';
import { canonical, sum } from './quantity.ts';

test.for([
  ['64', '64'],
  ['0', '0'],
  ['0Gi', '0'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['1.5', '1500m'],
  ['2000', '2k'],
  ['512Gi', '512Gi'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1000Ki', '1000Ki'],
  ['0.5Ki', '512'],
  ['20T', '20T'],
  ['21990232555520', '21990232555520'],
] as const)('writes %s as the API server does: %s', ([quantity, want]) => {
  expect(canonical(quantity)).toBe(want);
});

test('adds in the unit of the first', () => {
  expect(sum('20Ti', '1Gi')).toBe('20481Gi');
  expect(sum('1T', '1Gi')).toBe('1001073741824');
});

test('refuses what is no quantity', () => {
  for (const wrong of ['', '-1', '1 Gi', '1Xi', 'Gi']) expect(() => canonical(wrong)).toThrow(RangeError);
});

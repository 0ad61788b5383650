import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basePort, blockCount } from './ports.ts';

const range = fc
  .record({
    first: fc.integer({ min: 1024, max: 60_000 }),
    ports: fc.integer({ min: 1, max: 5000 }),
    blockSize: fc.integer({ min: 1, max: 128 }),
  })
  .map(({ first, ports, blockSize }) => ({ first, last: Math.min(first + ports - 1, 65_535), blockSize }));

test('CS-11 blocks never overlap and never leave the range', () => {
  fc.assert(
    fc.property(range, (range) => {
      const bases = Array.from({ length: blockCount(range) }, (_, index) => basePort(index, range));
      const ends = bases.map((base) => base + range.blockSize - 1);
      expect(bases.every((base, index) => base >= range.first && (index === 0 || base > (ends[index - 1] ?? 0)))).toBe(true);
      expect(Math.max(0, ...ends)).toBeLessThanOrEqual(range.last);
    }),
  );
});

test('the last block that fits is given, the one after it is not', () => {
  const range = { first: 31_000, last: 31_031, blockSize: 16 };
  expect(basePort(1, range)).toBe(31_016);
  expect(() => basePort(2, range)).toThrow(RangeError);
  expect(() => basePort(1, { ...range, last: 31_030 })).toThrow(RangeError);
});

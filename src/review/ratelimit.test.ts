import { expect, test } from 'vitest';
import { RateLimit } from './ratelimit.ts';

test('a burst passes, then as many as are allowed in the time, and the wait is said', () => {
  const limit = new RateLimit({ perSecond: 2, burst: 3 });
  const take = (at: number) => limit.take('a', at);
  expect([0, 0, 0, 0].map(take)).toEqual([0, 0, 0, 0.5]);
  expect([500, 500].map(take)).toEqual([0, 0.5]);
  expect([60_000, 60_000, 60_000, 60_000].map(take)).toEqual([0, 0, 0, 0.5]);
});

test('one caller takes nothing from another, and a clock that goes back gives nothing', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 });
  expect([limit.take('a', 1000), limit.take('b', 1000), limit.take('a', 1000), limit.take('a', 0)]).toEqual([0, 0, 1, 1]);
});

test('no more callers are remembered than there is room for', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1, most: 2 });
  for (const caller of ['a', 'b', 'c']) limit.take(caller, 0);
  expect([limit.take('c', 0), limit.take('a', 0)]).toEqual([1, 0]);
});

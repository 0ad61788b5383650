import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkQueue } from './workqueue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The keys that can be had now, each finished at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = (await queue.get())!;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

test('a key that is added many times is handed out once', async () => {
  const queue = new WorkQueue('test');
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  expect(await drain(queue)).toEqual(['a', 'b']);
});

test('a key that is added while it is worked on is handed out again, but only when it is done', async () => {
  const queue = new WorkQueue('test');
  queue.add('a');
  const key = (await queue.get())!;
  queue.add('a');
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done(key);
  expect(await drain(queue)).toEqual(['a']);
});

test('keys of the first list come after keys of events, and rise when an event follows', async () => {
  const queue = new WorkQueue('test');
  for (const key of ['old1', 'old2', 'old3']) queue.add(key, 'low');
  queue.add('new');
  queue.add('old2');
  queue.add('new', 'low');
  expect(await drain(queue)).toEqual(['new', 'old2', 'old1', 'old3']);
});

test('of two later times the earlier counts', async () => {
  const queue = new WorkQueue('test');
  queue.addAfter('a', 2000);
  queue.addAfter('a', 1000);
  queue.addAfter('a', 3000);
  vi.advanceTimersByTime(999);
  expect(queue.length).toBe(0);
  vi.advanceTimersByTime(1);
  expect(await drain(queue)).toEqual(['a']);
  vi.advanceTimersByTime(10_000);
  expect(queue.length).toBe(0);
});

test('an add now makes a later one needless', async () => {
  const queue = new WorkQueue('test');
  queue.addAfter('a', 1000);
  queue.add('a');
  expect(await drain(queue)).toEqual(['a']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a time that setTimeout cannot hold wakes the key early instead of at once', () => {
  const queue = new WorkQueue('test');
  queue.addAfter('a', 365 * 24 * 3_600_000);
  vi.advanceTimersByTime(3_600_000);
  expect(queue.length).toBe(0);
});

test('failures wait 5 ms, then twice as long each time, at most 1000 s, and start over after success', async () => {
  const queue = new WorkQueue('test');
  const waits: number[] = [];
  for (let i = 0; i < 25; i++) {
    const before = performance.now();
    queue.addRateLimited('a');
    vi.advanceTimersToNextTimer();
    waits.push(Math.round(performance.now() - before));
    await drain(queue);
  }
  expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
  expect(waits.at(-1)).toBe(1_000_000);
  queue.forget('a');
  queue.addRateLimited('a');
  vi.advanceTimersByTime(5);
  expect(queue.length).toBe(1);
});

test('a worker that waits gets the next key, and undefined at shutdown', async () => {
  const queue = new WorkQueue('test');
  const [first, second] = [queue.get(), queue.get()];
  queue.add('a');
  expect(await first).toBe('a');
  queue.addAfter('b', 10);
  queue.shutDown();
  expect(await second).toBeUndefined();
  expect(await queue.get()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

type Step =
  | { do: 'add' | 'addLow' | 'retry' | 'forget'; key: string }
  | { do: 'after'; key: string; ms: number }
  | { do: 'get' | 'done' }
  | { do: 'pass'; ms: number };
const key = fc.constantFrom('a', 'b', 'c');
const ms = fc.integer({ min: 0, max: 100 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('add' as const, 'addLow' as const, 'retry' as const, 'forget' as const), key }),
  fc.record({ do: fc.constant('after' as const), key, ms }),
  fc.record({ do: fc.constantFrom('get' as const, 'done' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms }),
);

/** What must hold for any history: nobody works on a key twice at once, and every add is followed by a hand-out that began after it. */
test('whatever happens, no key is worked on twice at once and no add is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new WorkQueue('model');
      const owed = new Set<string>();
      const working: string[] = [];
      for (const action of steps) {
        if (action.do === 'add') queue.add(action.key);
        if (action.do === 'addLow') queue.add(action.key, 'low');
        if (action.do === 'retry') queue.addRateLimited(action.key);
        if (action.do === 'after') queue.addAfter(action.key, action.ms);
        if (action.do === 'forget') queue.forget(action.key);
        else if ('key' in action) owed.add(action.key);
        if (action.do === 'pass') vi.advanceTimersByTime(action.ms);
        if (action.do === 'get' && queue.length > 0) {
          const next = (await queue.get())!;
          expect(working).not.toContain(next);
          owed.delete(next);
          working.push(next);
        }
        if (action.do === 'done' && working.length > 0) queue.done(working.shift()!);
      }
      for (const left of working.splice(0)) queue.done(left);
      vi.advanceTimersByTime(24 * 3_600_000);
      for (const left of await drain(queue)) owed.delete(left);
      expect([...owed]).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 500 },
  );
});

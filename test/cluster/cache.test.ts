import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cached, fingerprint, locked } from './cache.ts';

let directory: string;
const before = process.env.BULKHEAD_CACHE;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cache-test-'));
  process.env.BULKHEAD_CACHE = directory;
});
afterEach(async () => {
  if (before === undefined) delete process.env.BULKHEAD_CACHE;
  else process.env.BULKHEAD_CACHE = before;
  await rm(directory, { recursive: true });
});

test('makes a thing once for equal inputs, also when two want it at the same time', async () => {
  let made = 0;
  const make = async (target: string) => {
    made++;
    await writeFile(path.join(target, 'thing'), '');
  };
  const inputs = fingerprint('a');
  const [first, second] = await Promise.all([cached('tool', inputs, make), cached('tool', inputs, make)]);
  expect(made).toBe(1);
  expect(second).toBe(first);
  expect(await cached('tool', inputs, make)).toBe(first);
  expect(await readdir(first)).toEqual(['thing']);
});

test('keeps nothing of a failure, so that the next try starts anew', async () => {
  const inputs = fingerprint('a');
  const failing = cached('tool', inputs, async (target) => {
    await writeFile(path.join(target, 'half'), '');
    throw new Error('no compiler');
  });
  await expect(failing).rejects.toThrow('no compiler');
  expect(await readdir(await cached('tool', inputs, async () => undefined))).toEqual([]);
});

test('keeps two older results of a name and none of another name', async () => {
  const nothing = async () => undefined;
  const other = await cached('tool-box', fingerprint('0'), nothing);
  const made = [];
  for (const input of ['1', '2', '3', '4']) made.push(await cached('tool', fingerprint(input), nothing));
  expect(made.map(existsSync)).toEqual([false, true, true, true]);
  expect(existsSync(other)).toBe(true);
});

test('takes over a lock whose process is gone', async () => {
  const file = path.join(directory, 'lock');
  await writeFile(file, '999999999');
  expect(await locked(file, async () => 'done')).toBe('done');
  expect(existsSync(file)).toBe(false);
});

test('tells inputs apart that would read the same when joined', () => {
  expect(fingerprint('ab', 'c')).not.toBe(fingerprint('a', 'bc'));
});

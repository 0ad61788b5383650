import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectories } from './directories.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bulkhead-directories-'));
});
afterEach(() => rm(root, { recursive: true }));
const modeOf = async (path: string) => ((await stat(join(root, path))).mode & 0o7777).toString(8);

test('makes every missing directory on the way, for the group of the lab', async () => {
  await makeDirectories([join(root, 'a/b/c'), join(root, 'a/d')]);
  expect(await Promise.all(['a', 'a/b', 'a/b/c', 'a/d'].map(modeOf))).toEqual(['2770', '2770', '2770', '2770']);
});

test('leaves what exists as it is', async () => {
  await mkdir(join(root, 'a'), { mode: 0o700 });
  await makeDirectories([join(root, 'a')]);
  expect(await modeOf('a')).toBe('700');
});

test('says what stands in the way', async () => {
  await writeFile(join(root, 'a'), '');
  await expect(makeDirectories([join(root, 'a/b')])).rejects.toThrow(`${join(root, 'a')} exists and is not a directory`);
});

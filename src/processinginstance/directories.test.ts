import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
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

test('takes a link to a directory, and refuses one that leads nowhere instead of trying for ever', async () => {
  await mkdir(join(root, 'a'));
  await symlink('a', join(root, 'to-a'));
  await makeDirectories([join(root, 'to-a/b')]);
  expect(await modeOf('a/b')).toBe('2770');
  await symlink('/nowhere/at/all', join(root, 'lost'));
  for (const path of ['lost', 'lost/b'])
    await expect(makeDirectories([join(root, path)])).rejects.toThrow(`${join(root, 'lost')} exists and is not a directory`);
});

// Things that are slow to make and depend only on their inputs: made once, kept in a directory named after a hash of the inputs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cacheDirectory } from './directories.ts';
import { say } from './progress.ts';

/** Older results that are kept beside the newest, for another checkout or the way back. */
const keep = 2;

export const fingerprint = (...inputs: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${input.length}:`).update(input);
  return hash.digest('hex').slice(0, 16);
};

/** Contents of files below a directory as inputs of a fingerprint. */
export async function contents(directory: string, filter: (file: string) => boolean = () => true): Promise<(string | Buffer)[]> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(filter)
    .sort();
  return (await Promise.all(files.map(async (file) => [path.relative(directory, file), await readFile(file)]))).flat();
}

/** The directory that `make` filled for these inputs, now or earlier. Safe against other processes that want the same. */
export async function cached(name: string, inputs: string, make: (directory: string) => Promise<void>): Promise<string> {
  const directory = path.join(cacheDirectory(), `${name}-${inputs}`);
  if (!existsSync(directory)) {
    await mkdir(cacheDirectory(), { recursive: true });
    await locked(path.join(cacheDirectory(), `${name}.lock`), async () => {
      if (existsSync(directory)) return;
      const unfinished = `${directory}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished);
      await make(unfinished);
      await rename(unfinished, directory);
      await prune(name, directory);
    });
  }
  const now = new Date();
  await utimes(directory, now, now);
  return directory;
}

async function prune(name: string, newest: string): Promise<void> {
  const others = (await readdir(cacheDirectory()))
    .filter((entry) => entry.slice(0, -17) === name && /-[0-9a-f]{16}$/.test(entry))
    .map((entry) => path.join(cacheDirectory(), entry))
    .filter((directory) => directory !== newest);
  const aged = await Promise.all(others.map(async (directory) => ({ directory, used: (await stat(directory)).mtimeMs })));
  for (const { directory } of aged.sort((a, b) => b.used - a.used).slice(keep)) await rm(directory, { recursive: true, force: true });
}

/** Runs `work` while no other process holds the lock file; a lock whose process is gone is taken over. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  for (let waiting = false; ; await setTimeout(200)) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
      if (holder && !isRunning(holder)) await rm(file, { force: true });
      else if (!waiting) say(`waiting for process ${holder}, which holds ${file}`);
      waiting = true;
    }
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// The program of the directories Job: makes missing directories inside a mounted storage root, as the lab itself. New ones belong to
// the group of the lab and pass it on; what exists is left as it is.
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Read, write and enter for user and group; setgid, so that what is made inside belongs to the same group. */
const mode = 0o2770;

/** @param paths absolute, inside the mounted root
 *  @throws Error that names the path, when something else stands in the way or the lab may not write there */
export async function makeDirectories(paths: string[]): Promise<void> {
  for (const path of paths) await makeDirectory(path);
}

async function makeDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(absent);
  if (found?.isDirectory()) return;
  if (found || (await isLink(path)))
    throw new Error(`${path} exists and is not a directory, nor a link to one; remove it or name another path in spec.data`);
  await makeDirectory(dirname(path));
  try {
    await mkdir(path);
    await chmod(path, mode); // not by mkdir: it honours neither setgid nor what the umask takes away
  } catch (error) {
    if (isCode(error, 'EEXIST')) return makeDirectory(path); // another instance of the lab was faster
    throw error;
  }
}

/** Of a link that leads nowhere: mkdir says that it exists and stat that it does not, for ever. */
const isLink = async (path: string) => (await lstat(path).catch(absent))?.isSymbolicLink() ?? false;

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;

/** ENOTDIR: something above stands in the way, which is found on the way up. */
function absent(error: unknown): undefined {
  if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
  throw error;
}

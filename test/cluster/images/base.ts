// The lowest parts of an image: an empty Unix tree, and BusyBox where a shell is wanted.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../command.ts';
import { debianTree, pick } from './debian.ts';

/** Makes the directories and files that every program expects. @param accounts more lines of /etc/passwd */
export async function unixTree(root: string, accounts: string[] = []): Promise<void> {
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
    await mkdir(path.join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, path.join(root, name));
  }
  for (const name of ['dev', 'etc', 'proc', 'run', 'sys', 'tmp', 'var/run']) await mkdir(path.join(root, name), { recursive: true });
  await chmod(path.join(root, 'tmp'), 0o1777);
  const passwd = ['root:x:0:0:root:/root:/bin/sh', ...accounts, 'nobody:x:65534:65534:nobody:/:/bin/false'];
  await writeFile(path.join(root, 'etc/passwd'), `${passwd.join('\n')}\n`);
  await writeFile(path.join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  await writeFile(path.join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Adds BusyBox under the names of all its programs: a shell and the usual tools in one static file. */
export async function addShell(root: string): Promise<void> {
  await pick(root, ['usr/bin/busybox']);
  const applets = await run(path.join(await debianTree(), 'usr/bin/busybox'), ['--list']);
  for (const applet of applets.trim().split('\n')) if (applet !== 'busybox') await symlink('busybox', path.join(root, 'usr/bin', applet));
}

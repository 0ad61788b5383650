// Files from Debian packages, unpacked and never installed: nothing of the machine changes, and an image takes only what it runs.
import { existsSync } from 'node:fs';
import { cp, mkdir, open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cached, fingerprint } from '../cache.ts';
import { run } from '../command.ts';
import { dockerAnswers } from '../docker/engine.ts';
import { step } from '../progress.ts';
import { MissingRequirement, updatePackageLists } from '../requirements.ts';

/** Everything that any image takes from Debian 12; one download and one tree for all. */
const packages = ['busybox-static', 'libnss-wrapper', 'libstdc++6', 'orthanc', 'orthanc-postgresql', 'postgresql-15', 'relion'];

const script = path.join(import.meta.dirname, 'debian.sh');

export const debianInputs = fingerprint('bookworm', ...packages);

/** A directory with the files of the packages and of all they depend on, as if on a machine that had nothing installed. */
export async function debianTree(): Promise<string> {
  return path.join(
    await cached('debian', debianInputs, async (directory) => {
      const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
      await step('downloading and unpacking Debian packages for the images (130 MB)', '1 min', async () => {
        if (release.includes('VERSION_CODENAME=bookworm')) {
          await updatePackageLists();
          await run(script, [directory, ...packages]);
        } else if (await dockerAnswers()) {
          const volumes = [`${directory}:/out`, `${script}:/debian.sh:ro`].flatMap((volume) => ['--volume', volume]);
          const commands = 'apt-get -q update && /debian.sh /out "$@" && chown -R --reference=/out /out/tree';
          await run('docker', ['run', '--rm', ...volumes, 'debian:bookworm-slim', 'bash', '-c', commands, 'debian.sh', ...packages]);
        } else
          throw new MissingRequirement(
            'The images are made from packages of Debian 12 (bookworm): run this on Debian 12, or start Docker.',
          );
      });
    }),
    'tree',
  );
}

/** Directories of the tree that hold shared libraries beside the usual one. */
const libraryDirectories = ['', '/openmpi/lib', '/blas', '/lapack', '/pmix2/lib'].map((below) => `usr/lib/x86_64-linux-gnu${below}`);
const libraries = libraryDirectories[0]!;

/** Copies files or directories of the tree to the same place in an image, with every shared library they need. */
export async function pick(root: string, files: string[]): Promise<void> {
  const tree = await debianTree();
  for (const file of files) await copy(path.join(tree, file), path.join(root, file));
  for (const name of ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'])
    await copy(path.join(tree, libraries, name), path.join(root, libraries, name), true);
  await addLibraries(root, await elfFiles(root));
}

/** Copies the shared libraries that programs need, and their loader, whatever directory of the tree they come from, into one. */
async function addLibraries(root: string, programs: string[]): Promise<void> {
  const tree = await debianTree();
  const loader = path.join(tree, libraries, 'ld-linux-x86-64.so.2');
  await copy(loader, path.join(root, 'usr/lib64/ld-linux-x86-64.so.2'), true);
  const search = libraryDirectories.map((directory) => path.join(tree, directory)).join(':');
  const needed = new Map<string, string>();
  for (const program of programs) {
    const list = await run(loader, ['--library-path', search, '--list', program]);
    const missing = list.match(/^\s*(\S+) => not found/m);
    if (missing) throw new Error(`${program} needs ${missing[1]}, which no package in ${tree} holds`);
    for (const [, name, file] of list.matchAll(/^\s*(\S+) => (\/\S+)/gm)) needed.set(path.basename(name!), file!);
  }
  for (const [name, file] of needed) {
    const wanted = path.join(root, libraries, name);
    if (!existsSync(wanted)) await copy(file, wanted, true);
  }
}

async function elfFiles(root: string): Promise<string[]> {
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const judged = await Promise.all(
    files.map(async (entry) => ({
      file: path.join(entry.parentPath, entry.name),
      elf: await isDynamicElf(path.join(entry.parentPath, entry.name)),
    })),
  );
  return judged.filter(({ elf }) => elf).map(({ file }) => file);
}

/** Whether a file is a dynamically linked ELF program or library: it has a program header of type PT_DYNAMIC (2). */
async function isDynamicElf(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(1_024);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (bytesRead < 64 || head.readUInt32BE(0) !== 0x7f454c46) return false;
    const first = Number(head.readBigUInt64LE(32));
    const size = head.readUInt16LE(54);
    for (let i = 0; i < head.readUInt16LE(56); i++)
      if (first + i * size + 4 <= bytesRead && head.readUInt32LE(first + i * size) === 2) return true;
    return false;
  } finally {
    await handle.close();
  }
}

async function copy(from: string, to: string, followLinks = false): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: !followLinks, dereference: followLinks });
}

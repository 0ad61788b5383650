// What the machine must bring: Go and a few Debian packages. Missing packages are installed where we may, and named otherwise.
import { existsSync } from 'node:fs';
import { CommandError, run } from './command.ts';
import { step } from './progress.ts';

/** Something that cannot be done on this machine; the message says what is missing and how to get it. */
export class MissingRequirement extends Error {
  override readonly name = 'MissingRequirement';
}

const isRoot = () => process.getuid?.() === 0;

export function requireLinuxRoot(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new MissingRequirement(
      `The embedded node runs on Linux on x86-64, this is ${process.platform} on ${process.arch}. Start Docker, or set BULKHEAD_KUBECONFIG to an existing cluster.`,
    );
  if (!isRoot())
    throw new MissingRequirement(
      'The embedded node needs root (network namespaces, mounts). Run as root, start Docker, or set BULKHEAD_KUBECONFIG to an existing cluster.',
    );
}

/** @returns the version of Go, such as "go1.26.8"
 * @throws MissingRequirement */
export async function requireGo(): Promise<string> {
  try {
    // GOTOOLCHAIN=local: the version on this machine; a newer one that go.mod asks for is fetched by Go itself
    return (await run('go', ['env', 'GOVERSION'], { cwd: '/', env: { GOTOOLCHAIN: 'local' } })).trim();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new MissingRequirement(
      'Go 1.21 or later is needed to build Kubernetes from its modules: install it from https://go.dev/dl/ and put its bin directory on PATH.',
    );
  }
}

/** Sees to it that Debian packages are installed.
 * @throws MissingRequirement with the command to type, where we may not install */
export async function requirePackages(packages: string[]): Promise<void> {
  if (packages.length === 0) return;
  if (!existsSync('/usr/bin/dpkg-query'))
    throw new MissingRequirement(`This is no Debian system; install what these Debian packages hold: ${packages.join(' ')}`);
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (!isRoot()) throw new MissingRequirement(`Missing Debian packages. Run: sudo apt-get update && sudo ${install.join(' ')}`);
  await updatePackageLists();
  await step(`installing Debian packages ${missing.join(' ')}`, '20 s', () =>
    run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...install.slice(1)], { env: { DEBIAN_FRONTEND: 'noninteractive' } }),
  );
}

async function missingPackages(packages: string[]): Promise<string[]> {
  const known = await run('dpkg-query', ['--show', '--showformat', '${Package} ${db:Status-Status}\n']);
  const installed = new Set(
    known
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

let updated: Promise<void> | undefined;
/** `apt-get update`, at most once in a process; without root the lists stay as they are. */
export const updatePackageLists = async (): Promise<void> => {
  if (!isRoot()) return;
  updated ??= step('updating the package lists', '10 s', async () => {
    await run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', 'update']);
  });
  await updated;
};

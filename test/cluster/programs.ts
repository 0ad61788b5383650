// The programs of the test cluster, built from published Go modules (test/cluster/go/), each once per set of inputs.
import { existsSync } from 'node:fs';
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { cached, contents, fingerprint } from './cache.ts';
import { run } from './command.ts';
import { cacheDirectory } from './directories.ts';
import { step } from './progress.ts';
import { requireGo, requirePackages } from './requirements.ts';

const kubernetesVersion = 'v1.36.3';
const versionFlags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) =>
  [
    `gitVersion=${kubernetesVersion}`,
    'gitMajor=1',
    'gitMinor=36',
    'gitTreeState=clean',
    'gitCommit=0000000',
    'buildDate=1970-01-01T00:00:00Z',
  ].map((value) => `-X ${pkg}.${value}`),
);

interface Program {
  /** Packages to build, by name of the binary. */
  binaries: Record<string, string>;
  /** Other names of the one binary, which looks at its own name. */
  links?: string[];
  tags?: string;
  flags?: string[];
  cgo?: boolean;
  packages?: string[];
  /** Duration of a cold build on 2 cores, for people. */
  usual: string;
}

const containerd = 'github.com/containerd/containerd/v2/cmd';
const programs = {
  kubelab: {
    binaries: { kubelab: '.' },
    links: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
    tags: 'selinux,notest,grpcnotrace',
    flags: versionFlags,
    usual: '8 min on 2 cores, the longest of all',
  },
  netpol: { binaries: { netpol: '.' }, usual: '2 min on 2 cores' },
  coredns: { binaries: { coredns: '.' }, tags: 'grpcnotrace', usual: '2 min on 2 cores' },
  containerd: {
    binaries: {
      containerd: `${containerd}/containerd`,
      'containerd-shim-runc-v2': `${containerd}/containerd-shim-runc-v2`,
      ctr: `${containerd}/ctr`,
    },
    tags: 'no_btrfs,no_devmapper,no_zfs',
    usual: '2 min on 2 cores',
  },
  runc: {
    binaries: { runc: 'github.com/opencontainers/runc' },
    tags: 'seccomp',
    cgo: true,
    packages: ['gcc', 'libc6-dev', 'libseccomp-dev', 'pkg-config'],
    usual: '1 min',
  },
  toolbox: { binaries: { toolbox: '.' }, usual: '15 s' },
  helm: { binaries: { helm: 'helm.sh/helm/v4/cmd/helm' }, usual: '2 min on 2 cores' },
} satisfies Record<string, Program>;
export type ProgramName = keyof typeof programs;

/** What the control plane alone needs. */
export const controlPlanePrograms: ProgramName[] = ['kubelab'];
/** What a whole node needs beside it. */
export const nodePrograms: ProgramName[] = ['kubelab', 'containerd', 'runc', 'netpol', 'coredns', 'toolbox'];

/** Builds what is missing.
 * @returns a directory with the programs under their names, fit for PATH */
export async function provide(names: ProgramName[]): Promise<string> {
  const made = new Map<string, string>();
  for (const name of names) {
    const program: Program = programs[name];
    const directory = await build(name, program);
    for (const binary of Object.keys(program.binaries)) made.set(binary, path.join(directory, binary));
    for (const link of program.links ?? []) made.set(link, path.join(directory, Object.keys(program.binaries)[0]!));
  }
  const bin = path.join(cacheDirectory(), 'bin', fingerprint(...made.keys(), ...made.values()));
  await mkdir(bin, { recursive: true });
  for (const [name, target] of made) await link(target, path.join(bin, name));
  return bin;
}

async function build(name: ProgramName, { binaries, tags = '', flags = [], cgo = false, packages = [], usual }: Program): Promise<string> {
  const source = path.join(import.meta.dirname, 'go', name);
  const version = await requireGo();
  const args = ['build', '-trimpath', '-mod=readonly', ...(tags ? ['-tags', tags] : []), '-ldflags', ['-s', '-w', ...flags].join(' ')];
  const inputs = fingerprint(version, JSON.stringify([args, binaries, cgo]), ...(await contents(source)));
  return cached(name, inputs, async (directory) => {
    await requirePackages(packages);
    await step(`building ${Object.keys(binaries).join(', ')} from Go modules`, usual, async () => {
      const env = { CGO_ENABLED: cgo ? '1' : '0', GOGC: '400', GOFLAGS: '' }; // GOGC: a third faster, for 2 GB of memory
      for (const [binary, pkg] of Object.entries(binaries))
        await run('go', [...args, '-o', path.join(directory, binary), pkg], { cwd: source, env });
    });
  });
}

async function link(target: string, file: string): Promise<void> {
  if ((await readlink(file).catch(() => undefined)) === target && existsSync(file)) return;
  await rm(file, { force: true });
  await symlink(target, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // another process made the same link
  });
}

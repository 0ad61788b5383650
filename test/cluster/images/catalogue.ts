// Every image of the test cluster, and how each is made.
import { chmod, copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contents, fingerprint } from '../cache.ts';
import { run } from '../command.ts';
import { projectDirectory } from '../directories.ts';
import { provide } from '../programs.ts';
import { MissingRequirement, requirePackages } from '../requirements.ts';
import type { Image, Layer } from './archive.ts';
import { addShell, unixTree } from './base.ts';
import { debianInputs, debianTree, pick } from './debian.ts';

const here = import.meta.dirname;

/** A layer made of files from Debian packages; `version` is raised when `fill` changes what it makes. */
const debianLayer = (name: string, version: number, fill: Layer['fill'], files: string[] = []): Layer => ({
  name,
  inputs: async () =>
    fingerprint(debianInputs, String(version), ...(await Promise.all(files.map((file) => readFile(path.join(here, file)))))),
  fill,
});

/** A layer around one program that we build. */
const programLayer = (
  program: 'coredns' | 'toolbox',
  fill: (root: string, program: string) => Promise<void>,
  name: string = program,
): Layer => ({
  name,
  inputs: async () => fingerprint(debianInputs, await readFileHash(path.join(await provide([program]), program))),
  fill: async (root) => fill(root, path.join(await provide([program]), program)),
});
const readFileHash = async (file: string) => fingerprint(await readFile(file));

const nobody = '65532:65532';

export const pause: Image = {
  reference: 'bulkhead.test/pause:1',
  config: { Entrypoint: ['/pause'], User: '65535:65535' },
  layers: [
    {
      name: 'pause',
      inputs: async () => fingerprint(await readFile(path.join(here, 'pause.c'))),
      fill: async (root) => {
        await requirePackages(['gcc', 'libc6-dev']);
        await run('gcc', ['-static', '-Os', '-s', '-o', path.join(root, 'pause'), path.join(here, 'pause.c')]);
      },
    },
  ],
};

/** A shell and a client and server for tests of networks and volumes (test/cluster/go/toolbox). */
export const toolbox: Image = {
  reference: 'bulkhead.test/toolbox:1',
  config: { Cmd: ['/bin/sh'], User: nobody, Env: ['PATH=/bin'] },
  layers: [
    programLayer('toolbox', async (root, program) => {
      await unixTree(root);
      await addShell(root);
      await copyFile(program, path.join(root, 'usr/bin/toolbox'));
    }),
  ],
};

/** As many labs as a test makes, from the first id on that labs are given. */
const possibleIds = Array.from({ length: 64 }, (_, index) => 200_000 + index);

/** An image as an attacker would build it: it lists every lab's user in every lab's group, starts as root, and holds a program that becomes root. */
export const hostile: Image = {
  reference: 'bulkhead.test/hostile:1',
  config: { Cmd: ['/bin/sh'], User: '0:0', Env: ['PATH=/bin', 'NVIDIA_VISIBLE_DEVICES=all', 'LD_PRELOAD='] },
  layers: [
    ...toolbox.layers,
    programLayer(
      'toolbox',
      async (root, program) => {
        await mkdir(path.join(root, 'etc'));
        await mkdir(path.join(root, 'usr/bin'), { recursive: true });
        const everybody = possibleIds.map((id) => `user${id}`).join(',');
        const passwd = possibleIds.map((id) => `user${id}:x:${id}:${id}::/:/bin/sh`);
        const group = ['root', ...possibleIds.map((id) => `group${id}`)].map(
          (name, i) => `${name}:x:${[0, ...possibleIds][i]}:${everybody}`,
        );
        await writeFile(path.join(root, 'etc/passwd'), `root:x:0:0:root:/:/bin/sh\n${passwd.join('\n')}\n`);
        await writeFile(path.join(root, 'etc/group'), `${group.join('\n')}\n`);
        await copyFile(program, path.join(root, 'usr/bin/become-root'));
        await chmod(path.join(root, 'usr/bin/become-root'), 0o6755);
      },
      'hostile',
    ),
  ],
};

const coredns: Image = {
  reference: 'bulkhead.test/coredns:1',
  config: { Entrypoint: ['/coredns'], User: nobody },
  layers: [programLayer('coredns', (root, program) => copyFile(program, path.join(root, 'coredns')))],
};

const postgresVersion = '15';
/** PostgreSQL under the name and conventions of the official image. */
const postgres: Image = {
  reference: `docker.io/library/postgres:${postgresVersion}`,
  config: {
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    Env: [
      `PATH=/bin:/usr/lib/postgresql/${postgresVersion}/bin`,
      'PGDATA=/var/lib/postgresql/data',
      'LANG=C.UTF-8',
      `PG_MAJOR=${postgresVersion}`,
    ],
    ExposedPorts: { '5432/tcp': {} },
    StopSignal: 'SIGINT',
    Volumes: { '/var/lib/postgresql/data': {} },
  },
  layers: [
    debianLayer(
      'postgres',
      2,
      async (root) => {
        await unixTree(root, ['postgres:x:999:999::/var/lib/postgresql:/bin/false']);
        await addShell(root);
        const home = `usr/lib/postgresql/${postgresVersion}`;
        const share = `usr/share/postgresql/${postgresVersion}`;
        // every module but the just-in-time compiler, whose library would triple the size
        const available = await readdir(path.join(await debianTree(), home, 'lib'));
        const modules = available.filter((name) => name.endsWith('.so') && name !== 'llvmjit.so').map((name) => `${home}/lib/${name}`);
        await pick(root, [
          `${home}/bin`,
          ...modules,
          share,
          'usr/share/zoneinfo',
          'usr/lib/locale/C.utf8',
          'usr/lib/x86_64-linux-gnu/libnss_wrapper.so',
        ]);
        for (const directory of ['var/lib/postgresql/data', 'var/run/postgresql', 'docker-entrypoint-initdb.d'])
          await mkdir(path.join(root, directory), { recursive: true });
        for (const directory of ['var/lib/postgresql/data', 'var/run/postgresql', 'var/lib/postgresql'])
          await chmod(path.join(root, directory), 0o1777);
        const sample = path.join(root, share, 'postgresql.conf.sample');
        await writeFile(sample, (await readFile(sample, 'utf8')).replace(/^#?listen_addresses = \S+/m, "listen_addresses = '*'"));
        const entrypoint = path.join(root, 'usr/bin/docker-entrypoint.sh');
        await copyFile(path.join(here, 'postgres-entrypoint.sh'), entrypoint);
        await chmod(entrypoint, 0o755);
      },
      ['postgres-entrypoint.sh'],
    ),
  ],
};

/** A real imaging server with its PostgreSQL index. Its argument is the path of a configuration file. */
const orthanc: Image = {
  reference: 'bulkhead.science/orthanc:dev',
  config: { Entrypoint: ['Orthanc'], User: nobody, Env: ['PATH=/usr/sbin:/bin', 'LANG=C.UTF-8'] },
  layers: [
    debianLayer('orthanc', 5, async (root) => {
      await unixTree(root);
      await addShell(root);
      await pick(root, [
        'usr/sbin/Orthanc',
        'usr/share/orthanc',
        'usr/lib/orthanc',
        'usr/lib/locale/C.utf8',
        'usr/share/libdcmtk17',
        'usr/share/zoneinfo/Etc/UTC',
      ]);
      await symlink('/usr/share/zoneinfo/Etc/UTC', path.join(root, 'etc/localtime')); // Orthanc does not start without it
    }),
  ],
};

/** The cryo-EM toolkit, as far as import and motion correction go, with a shell. */
const relion: Image = {
  reference: 'bulkhead.science/relion:dev',
  config: { Cmd: ['/bin/sh'], User: nobody, Env: ['PATH=/bin', 'LANG=C.UTF-8'] },
  layers: [
    debianLayer('relion', 1, async (root) => {
      await unixTree(root);
      await addShell(root);
      await pick(root, ['usr/bin/relion_import', 'usr/bin/relion_run_motioncorr', 'usr/lib/locale/C.utf8']);
    }),
  ],
};

const file = (name: string) => path.join(projectDirectory, name);
/** Type declarations and source maps are half of the size and never read. */
const isForRunning = (name: string) => !/\.(map|d\.[cm]?ts)$/.test(name);
const isSource = (name: string) => !name.endsWith('.test.ts');

interface LockFile {
  packages: Record<string, { version?: string; dev?: boolean; devOptional?: boolean; optional?: boolean }>;
}

/** Directories of the packages that `npm install --omit=dev` installs, taken from what is installed already: quick, and needs no network. */
async function productionDependencies(): Promise<string[]> {
  const lock = JSON.parse(await readFile(file('package-lock.json'), 'utf8')) as LockFile;
  const wanted = Object.entries(lock.packages).filter(
    ([name, { dev, devOptional, optional }]) => name !== '' && !dev && !devOptional && !optional,
  );
  for (const [name, { version }] of wanted) {
    const installed = JSON.parse(await readFile(file(path.join(name, 'package.json')), 'utf8').catch(() => '{}')) as { version?: string };
    if (installed.version !== version) throw new MissingRequirement(`${name} is not installed in version ${version}: run npm install`);
  }
  return wanted.map(([name]) => name);
}

/** The operator, with the content that the project's Dockerfile gives. */
export const operator: Image = {
  reference: 'bulkhead.science/operator:dev',
  config: {
    Entrypoint: ['node', '/app/src/main.ts'],
    User: nobody,
    WorkingDir: '/app',
    Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
  },
  layers: [
    {
      name: 'node',
      inputs: async () => fingerprint(debianInputs, process.version),
      fill: async (root) => {
        await unixTree(root);
        await copyFile(process.execPath, path.join(root, 'usr/bin/node'));
        await pick(root, []);
      },
    },
    {
      name: 'dependencies',
      inputs: async () => fingerprint('without declarations', await readFile(file('package-lock.json'))),
      fill: async (root) => {
        for (const dependency of await productionDependencies())
          await cp(file(dependency), path.join(root, 'app', dependency), { recursive: true, verbatimSymlinks: true, filter: isForRunning });
      },
    },
    {
      name: 'source',
      inputs: async () => fingerprint(await readFile(file('package.json')), ...(await contents(file('src'), isSource))),
      fill: async (root) => {
        await mkdir(path.join(root, 'app'));
        await copyFile(file('package.json'), path.join(root, 'app/package.json'));
        await cp(file('src'), path.join(root, 'app/src'), { recursive: true, filter: isSource });
      },
    },
  ],
};

/** What the node itself runs. */
export const systemImages = [pause, coredns];
/** What tests and the demo run. */
export const workloadImages = [toolbox, postgres, operator, orthanc, relion];

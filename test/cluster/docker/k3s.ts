// A K3s node in a Docker container, by testcontainers' module. The container is named and reused, so it stays between two commands.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, run } from '../command.ts';
import { stateDirectory } from '../directories.ts';
import { writeAuditPolicy } from '../embedded/flags.ts';
import { archive } from '../images/archive.ts';
import { step } from '../progress.ts';
import type { Connection, Provider } from '../provider.ts';

const k3s = 'rancher/k3s:v1.36.3-k3s1';

export function k3sProvider(name: string): Provider {
  const container = `bulkhead-${name}`;
  const state = stateDirectory(name);
  const inState = (below: string) => path.join(state, below);
  const isUp = () => run('docker', ['inspect', '--format', '{{.State.Running}}', container]).then((text) => text.trim() === 'true', absent);
  return {
    name: 'docker',
    up: () => up({ container, state }),
    down: async () => {
      // from inside, where everything may be removed: labs own their files, and we may not be root
      await run('docker', ['exec', container, 'sh', '-c', `rm -rf '${inState('exports')}'/*`]).catch(() => undefined);
      await run('docker', ['rm', '--force', '--volumes', container]).catch(absent);
      for (const data of ['exports', 'docker']) await rm(inState(data), { recursive: true, force: true });
    },
    status: async () => {
      const running = await isUp();
      return { running, text: `K3s in the Docker container ${container} is ${running ? 'up' : 'down'}` };
    },
    loadImages: async (images) => {
      const has = await run('docker', ['exec', container, 'sh', '-c', 'cat /loaded-images 2>/dev/null || true']);
      for (const image of images) {
        const file = await archive(image);
        if (has.split('\n').includes(file)) continue;
        await run('docker', ['cp', '--follow-link', file, `${container}:/image.tar`]);
        await run('docker', [
          'exec',
          container,
          'sh',
          '-ec',
          `ctr -n k8s.io images import /image.tar; rm /image.tar; echo '${file}' >> /loaded-images`,
        ]);
      }
    },
  };
}

async function up({ container, state }: { container: string; state: string }): Promise<Connection> {
  const { K3sContainer } = await import('@testcontainers/k3s'); // half a second to load, and only needed here
  const exportsDir = path.join(state, 'exports');
  const settings = path.join(state, 'docker');
  for (const directory of [exportsDir, settings]) await mkdir(directory, { recursive: true });
  const auditPolicy = path.join(settings, 'audit-policy.json');
  const auditLog = path.join(settings, 'audit.log');
  await writeAuditPolicy(auditPolicy);
  const audit = [`audit-policy-file=${auditPolicy}`, `audit-log-path=${auditLog}`, 'audit-log-maxsize=10000'];
  const started = await step(`starting ${k3s} in Docker`, '1 min the first time', () =>
    new K3sContainer(k3s)
      .withName(container)
      .withReuse()
      .withCommand(['server', '--disable=traefik', ...audit.map((flag) => `--kube-apiserver-arg=${flag}`)])
      // replaces the module's own mount of the control groups, which is therefore repeated
      .withBindMounts(['/sys/fs/cgroup', exportsDir, settings].map((directory) => ({ source: directory, target: directory })))
      .start(),
  );
  const kubeconfig = path.join(settings, 'kubeconfig');
  await writeFile(kubeconfig, started.getKubeConfig(), { mode: 0o600 });
  const kubectl = (args: string[]) => run('docker', ['exec', container, 'kubectl', ...args]);
  await kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']);
  const node = (await kubectl(['get', 'node', '-o', 'name'])).trim();
  await kubectl(['patch', node, '--subresource=status', '--type=merge', '--patch={"status":{"capacity":{"nvidia.com/gpu":"4"}}}']);
  const addresses = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const [nodeAddress = '127.0.0.1'] = (await run('docker', ['inspect', '--format', addresses, container])).trim().split(' ');
  return { kubeconfig, nodeAddress, auditLog, exportsDir };
}

/** A container that does not exist: nothing to stop, not running. Everything else is a failure. */
function absent(error: unknown): false {
  if (error instanceof CommandError && /no such (object|container)/i.test(error.message)) return false;
  throw error;
}

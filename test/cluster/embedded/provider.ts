// A whole Kubernetes node on this Linux machine without a container engine: its own network, mount and PID namespaces, no route out.
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { locked } from '../cache.ts';
import { run } from '../command.ts';
import { archive, type Image } from '../images/archive.ts';
import { systemImages } from '../images/catalogue.ts';
import { nodePrograms, provide } from '../programs.ts';
import { say, step } from '../progress.ts';
import type { Connection, Provider } from '../provider.ts';
import { requireLinuxRoot, requirePackages } from '../requirements.ts';
import { type Ask, administrator, answers, until } from './api.ts';
import { nodeEnvironment, writeConfiguration } from './configuration.ts';
import { type NodeLayout, nodeLayout, nodeName } from './layout.ts';
import { makeIdentities } from './pki.ts';
import { endedParts, endNode, nodePid, startNode } from './process.ts';

const packages = ['containernetworking-plugins', 'iproute2', 'iptables', 'libseccomp2', 'nftables', 'openssl', 'procps', 'util-linux'];
const here = import.meta.dirname;
const gpuCapacity = { 'nvidia.com/gpu': '4' };

export function embeddedProvider(name: string): Provider {
  const layout = nodeLayout(name);
  return {
    name: 'embedded',
    up: () => alone(layout, () => up(layout)),
    down: () => alone(layout, () => down(layout)),
    status: async () => {
      const ended = await endedParts(layout);
      if (!ended) return { running: false, text: `embedded node "${name}" is down` };
      if (ended.length > 0)
        return { running: false, text: `embedded node "${name}" is broken: ${ended.join(', ')} ended; see ${layout.logs}` };
      return { running: true, text: `embedded node "${name}" is up at ${layout.server}; logs in ${layout.logs}` };
    },
    loadImages: (images) => alone(layout, () => loadImages(layout, images)),
  };
}

/** One process at a time changes a node: tests that start together wait for each other. */
async function alone<T>({ state }: NodeLayout, work: () => Promise<T>): Promise<T> {
  await mkdir(state, { recursive: true });
  return locked(path.join(state, 'lock'), work);
}

async function up(layout: NodeLayout): Promise<Connection> {
  requireLinuxRoot();
  const connection: Connection = {
    kubeconfig: layout.kubeconfig,
    nodeAddress: layout.address,
    auditLog: layout.auditLog,
    exportsDir: layout.exports,
  };
  const ended = await endedParts(layout);
  if (ended?.length === 0) return connection;
  if (ended) say(`${ended.join(', ')} ended: starting the node again`);
  await down(layout); // what an earlier node may have left

  await requirePackages(packages);
  const binDir = await provide(nodePrograms);
  const archives: string[] = [];
  for (const image of systemImages) archives.push(await archive(image));
  await step('starting a Kubernetes node', '10 s', async () => {
    await prepare(layout, binDir, archives);
    await run(path.join(here, 'host.sh'), ['up', layout.name, layout.hostAddress, layout.address]);
    const node = await startNode(layout, nodeEnvironment(layout, binDir));
    const alive = () => {
      if (node.exitCode !== null) throw new Error(`the node ended; see ${layout.logs}`);
    };
    const ask = await administrator(layout.server, layout.pki);
    await answers(ask, '/readyz', alive);
    await mark(layout, 'api-ready');
    await run(path.join(binDir, 'kubectl'), [
      '--kubeconfig',
      layout.kubeconfig,
      'apply',
      '--server-side',
      '-f',
      path.join(here, 'base.yaml'),
    ]);
    await mark(layout, 'base-applied');
    await until(
      'node Ready',
      () => nodeIs(ask, ({ conditions }) => conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false),
      alive,
    );
  });
  await step('waiting for DNS and GPUs of the node', '5 s', async () => {
    const ask = await administrator(layout.server, layout.pki);
    await ask('PATCH', `/api/v1/nodes/${nodeName}/status`, { status: { capacity: gpuCapacity } }); // the kubelet makes them allocatable
    await until('GPUs', () => nodeIs(ask, ({ allocatable }) => allocatable?.['nvidia.com/gpu'] === gpuCapacity['nvidia.com/gpu']));
    await until('DNS', async () => {
      const { body } = await ask('GET', '/apis/apps/v1/namespaces/kube-system/deployments/coredns');
      return (body as { status?: { readyReplicas?: number } } | undefined)?.status?.readyReplicas === 1;
    });
  });
  return connection;
}

async function prepare(layout: NodeLayout, binDir: string, archives: string[]): Promise<void> {
  for (const stale of [layout.run, layout.logs, layout.auditLog]) await rm(stale, { recursive: true, force: true });
  for (const directory of [layout.run, path.join(layout.logs, 'pods'), layout.exports, layout.volumes, layout.containerd])
    await mkdir(directory, { recursive: true });
  const certificate = await stat(path.join(layout.pki, 'admin.crt')).catch(() => undefined);
  const fresh = certificate && Date.now() - certificate.mtimeMs < 180 * 24 * 3_600_000; // they hold for a year
  if (!fresh) await makeIdentities(layout.pki, layout.server, [layout.address, '127.0.0.1']);
  await writeConfiguration(layout, binDir);
  await writeFile(path.join(layout.run, 'images'), `${archives.join('\n')}\n`);
  await writeFile(layout.auditLog, '');
}

const mark = ({ run: directory }: NodeLayout, name: string) => writeFile(path.join(directory, name), '');

interface NodeStatus {
  conditions?: { type: string; status: string }[];
  allocatable?: Record<string, string>;
}
async function nodeIs(ask: Ask, wanted: (status: NodeStatus) => boolean): Promise<boolean> {
  const { status, body } = await ask('GET', `/api/v1/nodes/${nodeName}`);
  return status === 200 && wanted((body as { status: NodeStatus }).status);
}

async function loadImages(layout: NodeLayout, images: Image[]): Promise<void> {
  const archives: string[] = [];
  for (const image of images) archives.push(await archive(image));
  const pid = await nodePid(layout);
  if (!pid) throw new Error(`embedded node "${layout.name}" is down: npm run cluster -- up`);
  const list = path.join(layout.run, 'more-images');
  await writeFile(list, `${archives.join('\n')}\n`);
  const env = nodeEnvironment(layout, await provide(nodePrograms));
  await run('nsenter', ['--target', String(pid), '--mount', '--pid', '--net', path.join(here, 'import-images.sh'), list], { env });
}

/** Ends the node and removes its data; images stay in containerd's store, which makes the next start quick. */
async function down(layout: NodeLayout): Promise<void> {
  await endNode(layout);
  await run(path.join(here, 'host.sh'), ['down', layout.name]);
  for (const data of [layout.exports, layout.volumes]) await rm(data, { recursive: true, force: true });
}

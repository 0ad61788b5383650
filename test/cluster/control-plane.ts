// etcd, API server and, when asked for, controller manager on free loopback ports, for tests that need no node. Ready in about
// 4 s; several may run at once. Ends with the process that started it, whatever happens to that.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { administrator, answers } from './embedded/api.ts';
import { apiServerFlags, type ControlPlaneLayout, controllerManagerFlags, etcdFlags, writeAuditPolicy } from './embedded/flags.ts';
import { makeIdentities } from './embedded/pki.ts';
import { controlPlanePrograms, provide } from './programs.ts';

export interface ControlPlane {
  /** File for clients that may do everything. */
  kubeconfig: string;
  /** https://127.0.0.1:PORT, the same for its whole life. */
  server: string;
  /** Directory with kubectl. */
  binDir: string;
  /** JSON lines, one `audit.k8s.io/v1` Event of level Metadata for every request. */
  auditLog: string;
  /** ca.crt, ca.key and the clients' certificates, for tests of identities. */
  pki: string;
  /** Logs of the programs, one file each. */
  logs: string;
  stop(): Promise<void>;
  /** Ends the API server without warning; every connection breaks. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Both, one after the other. */
  restartApiServer(): Promise<void>;
  /** The quota controller then knows every kind that is installed; by itself it looks for new ones every 30 s. */
  restartControllerManager(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Namespaces are emptied and deleted, owner references collected, default service accounts made, Jobs and StatefulSets acted on. */
  controllerManager?: boolean;
  /** More flags for the API server. */
  apiServerFlags?: string[];
  /** More flags for the controller manager. */
  controllerManagerFlags?: string[];
}

/** Starts a control plane of its own. Builds Kubernetes first when it is not in the cache.
 * @throws MissingRequirement when it cannot be built here */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binDir = await provide(controlPlanePrograms);
  const directory = await mkdtemp(path.join(tmpdir(), 'bulkhead-control-plane-'));
  const [port, etcdPort, etcdPeerPort] = (await freePorts(3)) as [number, number, number];
  const in_ = (name: string) => path.join(directory, name);
  const layout: ControlPlaneLayout = {
    address: '127.0.0.1',
    port,
    etcdPort,
    etcdPeerPort,
    pki: in_('pki'),
    etcd: in_('etcd'),
    auditLog: in_('audit.log'),
    auditPolicy: in_('audit-policy.json'),
  };
  const server = `https://127.0.0.1:${port}`;
  const logs = in_('logs');
  const running = new Map<string, ChildProcess>();
  const start = (name: string, flags: string[]) => {
    const child = startTied(path.join(binDir, name), flags, path.join(logs, `${name}.log`));
    running.set(name, child);
    return child;
  };
  const startApiServer = async () => {
    // no endpoints of the Service "kubernetes": they must not be loopback addresses
    start('kube-apiserver', [...apiServerFlags(layout), '--endpoint-reconciler-type=none', ...(options.apiServerFlags ?? [])]);
    await answers(await administrator(server, layout.pki), '/readyz', () => {
      for (const name of ['etcd', 'kube-apiserver'])
        if (running.get(name)?.exitCode !== null) throw new Error(`${name} ended; see ${path.join(logs, `${name}.log`)}`);
    });
  };
  const stopApiServer = async () => {
    await end(running.get('kube-apiserver'));
    running.delete('kube-apiserver');
  };

  await mkdir(logs);
  start('etcd', etcdFlags(layout));
  await Promise.all([
    makeIdentities(layout.pki, server, ['127.0.0.1']),
    writeAuditPolicy(layout.auditPolicy),
    writeFile(layout.auditLog, ''),
  ]);
  await startApiServer();
  let stopping = false;
  const startControllerManager = () => {
    if (stopping) return;
    const child = start('kube-controller-manager', [
      ...controllerManagerFlags(layout),
      '--secure-port=0',
      ...(options.controllerManagerFlags ?? []),
    ]);
    child.once('exit', () => setTimeout(startControllerManager, 300)); // it gives up when it starts while the API server is away
  };
  if (options.controllerManager) {
    startControllerManager();
    await answers(await administrator(server, layout.pki), '/api/v1/namespaces/default/serviceaccounts/default');
  }
  return {
    kubeconfig: path.join(layout.pki, 'admin.kubeconfig'),
    server,
    binDir,
    auditLog: layout.auditLog,
    pki: layout.pki,
    logs,
    stopApiServer,
    startApiServer,
    restartControllerManager: () => end(running.get('kube-controller-manager')), // ended, it is started again
    restartApiServer: async () => {
      await stopApiServer();
      await startApiServer();
    },
    stop: async () => {
      stopping = true;
      await Promise.all([...running.values()].map(end));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Starts a program that the kernel ends together with this process, even when that is killed. */
function startTied(program: string, flags: string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  try {
    return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...flags], { stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Ports of the loopback interface that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => server.close(resolve));
      if (!address || typeof address === 'string') throw new Error('a TCP server has no port');
      return address.port;
    }),
  );
}

// What is measured: a control plane without nodes, Bulkhead's chart on it, and the operator in a process of its own as the chart would run it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { Labs } from '../../src/api/kinds.ts';
import { operatorName, operatorNamespaceDefault, operatorUser } from '../../src/api/names.ts';
import { createKube, type Runtime } from '../../src/kube/connect.ts';
import { Leases } from '../../src/kube/kind.ts';
import { informer } from '../../src/kube/kube.ts';
import { createLogger } from '../../src/kube/log.ts';
import { run } from '../cluster/command.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { provideHelm } from '../cluster/helm.ts';
import { AuditLog, isWork, type Request } from './auditlog.ts';

export interface Facility {
  /** The facility's administrator; its cache of Labs is the independent witness of what is done. */
  admin: Runtime;
  /** The operator's user over the operator's transport, without its controllers. */
  hand: Runtime;
  audit: AuditLog;
  /** Resolves when it leads: then its caches are full and its controllers run. */
  startOperator(): Promise<void>;
  stopOperator(): Promise<void>;
  /** Resident memory of the operator's process in MiB. */
  memory(): Promise<number>;
  /** Processor time in seconds that the operator, and that all processes of the facility with it, have used so far. */
  processorTime(): Promise<{ operator: number; all: number }>;
  end(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');
const namespace = operatorNamespaceDefault;
export const backend = { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' } as const;
/** USER_HZ, the same on every Linux. */
const ticksPerSecond = 100;
const logger = createLogger('silent');

export async function openFacility(): Promise<Facility> {
  // The default of 20 requests a second would measure the volume binder instead of us.
  const plane = await startControlPlane({
    controllerManager: true,
    controllerManagerFlags: ['--kube-api-qps=500', '--kube-api-burst=1000'],
  });
  const directory = await mkdtemp(join(tmpdir(), 'bulkhead-bench-'));
  const kubectl = (...args: string[]) => run(join(plane.binDir, 'kubectl'), ['--kubeconfig', plane.kubeconfig, ...args]);
  const values = JSON.stringify({ replicas: 0, config: { storage: { backends: [backend] } } });
  const chart = join(root, 'charts/bulkhead');
  await run(await provideHelm(), ['install', 'bulkhead', chart, '--create-namespace', '-n', namespace, '-f', '-'], {
    env: { KUBECONFIG: plane.kubeconfig },
    input: values,
  });
  await kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
  await plane.restartControllerManager(); // a facility has the kinds for long before it has labs
  const configuration = join(directory, 'config.yaml');
  await writeFile(configuration, await kubectl('get', 'configmap', 'bulkhead', '-n', namespace, '-o', 'jsonpath={.data.config\\.yaml}'));

  const adminConfig = new KubeConfig();
  adminConfig.loadFromFile(plane.kubeconfig);
  const token = (await kubectl('create', 'token', operatorName, '-n', namespace, '--duration=6h')).trim();
  const operatorConfig = new KubeConfig();
  operatorConfig.loadFromClusterAndUser({ ...adminConfig.getCurrentCluster()!, name: 'bench' }, { name: 'operator', token });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, operatorConfig.exportConfig());
  const admin = createKube({
    kubeConfig: adminConfig,
    fieldManager: 'bench',
    informers: [informer({ kind: Labs })],
    logger,
    registry: new Registry(),
  });
  const hand = createKube({ kubeConfig: operatorConfig, fieldManager: 'bulkhead', logger, registry: new Registry() });
  await admin.start();

  let operator: ChildProcess | undefined;
  const stopOperator = async () => {
    if (!operator || operator.exitCode !== null || operator.signalCode !== null) return;
    operator.kill('SIGTERM');
    await once(operator, 'exit');
  };
  return {
    admin,
    hand,
    audit: new AuditLog(plane.auditLog),
    async startOperator() {
      const args = [join(root, 'src/main.ts'), '--port', '0', '--review-port', '0', '--config', configuration];
      const env = { ...process.env, KUBECONFIG: kubeconfig, POD_NAMESPACE: namespace, POD_NAME: 'bench' };
      operator = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
      while (!(await admin.read(Leases, operatorName, namespace))?.spec?.holderIdentity) {
        if (operator.exitCode !== null) throw new Error(`the operator ended with exit code ${operator.exitCode}`);
        await delay(20);
      }
    },
    stopOperator,
    async memory() {
      const status = await readFile(`/proc/${operator?.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    async processorTime() {
      const children = (await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')).trim().split(' ');
      const times = await Promise.all(children.map(async (pid) => ({ pid, seconds: await secondsOf(pid) })));
      const seconds = (wanted: string) => times.filter(({ pid }) => !wanted || pid === wanted).reduce((sum, time) => sum + time.seconds, 0);
      return { operator: seconds(String(operator?.pid)), all: seconds('') };
    },
    async end() {
      await stopOperator();
      await Promise.all([admin.stop(), hand.stop()]);
      await plane.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function secondsOf(pid: string): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export const ofOperator = (request: Request): boolean => request.user === operatorUser(namespace) && isWork(request);

/** Requests of the operator until it has sent none for a while. */
export async function untilQuiet(audit: AuditLog, quietMs: number): Promise<Request[]> {
  const requests: Request[] = [];
  for (let quietSince = Date.now(); Date.now() - quietSince < quietMs; await delay(100)) {
    const more = (await audit.read()).filter(ofOperator);
    if (more.length > 0) quietSince = Date.now();
    requests.push(...more);
  }
  return requests;
}

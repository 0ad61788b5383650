// A facility on a control plane without nodes: the chart as a Helm release, the whole operator in this process, the labs of the example. What a kubelet
// would say of their pods is said here. Its shape is that of a cluster, so that scenes made for nodes can be played on it.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { managedSelector } from '../../../src/api/labels.ts';
import { operatorName, operatorNamespaceDefault } from '../../../src/api/names.ts';
import { parseConfig } from '../../../src/config.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { Pod } from '../../../src/kube/kind.ts';
import { Pods } from '../../../src/kube/kind.ts';
import { createLogger } from '../../../src/kube/log.ts';
import type { Stored } from '../../../src/kube/object.ts';
import { type Operator, startOperator } from '../../../src/operator.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { type CommandOptions, run } from '../../cluster/command.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { projectDirectory } from '../../cluster/directories.ts';
import { provideHelm } from '../../cluster/helm.ts';
import { openSite, type Site } from '../../demo/site.ts';
import { applyWave } from '../../demo/steps/facility.ts';
import type { Storage } from '../../demo/storage.ts';
import { type Facility, localBackend } from '../../e2e/facility.ts';

const release = 'bulkhead';
const chart = join(projectDirectory, 'charts/bulkhead');
const namespace = operatorNamespaceDefault;
const quiet = { became: () => undefined, waiting: () => undefined };
const values = {
  replicas: 0, // the operator runs in this process
  facilityAdmins: { users: ['facility@uni.example'], groups: [] },
  config: {
    storage: {
      backends: [
        { name: 'facility', type: 'nfs', server: 'files.uni.example', path: '/labs' },
        { name: 'local', type: 'hostPath', path: localBackend },
      ],
    },
    database: { images: { 15: 'postgres:15' } },
  },
};

export interface Stage extends Facility {
  plane: ControlPlane;
  /** Runs Helm with the values of this facility. */
  install(name?: string, ...flags: string[]): Promise<string>;
  uninstall(): Promise<string>;
  /** Every object of the chart as Helm would install it, in its order. */
  rendered(): Promise<string>;
  startOperator(): Promise<void>;
  stopOperator(): Promise<void>;
}

export async function setStage(options: { apiServerFlags?: string[] } = {}): Promise<Stage> {
  const [plane, helmProgram] = await Promise.all([startControlPlane({ controllerManager: true, ...options }), provideHelm()]);
  const cluster = clusterOn(plane, helmProgram);
  const site = openSite(cluster);
  const withValues = ['--namespace', namespace, '--values', '-'];
  const input = { input: JSON.stringify(values) };
  const kubelet = new AbortController();
  const kubeletEnded = playKubelet(site, kubelet.signal);
  let operator: Operator | undefined;
  const stage: Stage = {
    plane,
    cluster,
    site,
    storage: noFiles,
    install: (name = release, ...flags) =>
      cluster.helm(['upgrade', '--install', name, chart, '--create-namespace', ...withValues, ...flags], input),
    uninstall: () => cluster.helm(['uninstall', release, '--namespace', namespace]),
    rendered: () => cluster.helm(['template', release, chart, ...withValues], input),
    async startOperator() {
      const config = await cluster.kubectl(['get', 'configmap', 'bulkhead', '-n', namespace, '-o', 'jsonpath={.data.config\\.yaml}']);
      operator = await startOperator({
        config: parseConfig(config, 'chart'),
        kubeConfig: await operatorConfig(cluster),
        namespace,
        podName: 'test',
        port: 0,
        reviewPort: 0,
        logger: createLogger(process.env.BULKHEAD_TEST_LOG ?? 'silent'),
        clock: () => new Date(),
      });
      operator.ended.catch(() => undefined);
    },
    async stopOperator() {
      await operator?.stop();
      operator = undefined;
    },
    async close() {
      kubelet.abort();
      await Promise.all([stage.stopOperator(), kubeletEnded]);
      await site.close();
      await plane.stop();
    },
  };
  await stage.install();
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  await plane.restartControllerManager(); // a facility has the kinds for long before it has labs
  await stage.startOperator();
  await applyWave(site, 'labs', quiet);
  return stage;
}

function clusterOn(plane: ControlPlane, helm: string): Cluster {
  const env = { KUBECONFIG: plane.kubeconfig };
  const tool =
    (program: string) =>
    (args: string[], options: CommandOptions = {}) =>
      run(program, args, { ...options, env: { ...env, ...options.env } });
  return {
    provider: 'existing',
    kubeconfig: plane.kubeconfig,
    nodeAddress: '127.0.0.1',
    auditLog: plane.auditLog,
    exportsDir: undefined,
    binDirs: [plane.binDir],
    kubectl: tool(join(plane.binDir, 'kubectl')),
    helm: tool(helm),
    loadImages: async () => undefined,
  };
}

async function operatorConfig(cluster: Cluster): Promise<KubeConfig> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  const token = (await cluster.kubectl(['create', 'token', operatorName, '-n', namespace, '--duration=2h'])).trim();
  const operatorConfig = new KubeConfig();
  operatorConfig.loadFromClusterAndUser({ ...config.getCurrentCluster()!, name: 'test' }, { name: 'operator', token });
  return operatorConfig;
}

/** No node, no files. */
const noFiles: Storage = {
  makeRoot: async () => undefined,
  writeFile: async () => undefined,
  inventory: async () => '',
  files: async () => [],
};

const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], startTime: '2026-05-12T08:00:00Z' };
const isJob = ({ metadata }: Stored<Pod>) => metadata.ownerReferences?.some(({ kind }) => kind === 'Job');

/** Pods of instances run at once, and their short Jobs succeed. */
async function playKubelet({ client }: Site, signal: AbortSignal): Promise<void> {
  for (; !signal.aborted; await delay(200, undefined, { signal }).catch(() => undefined)) {
    try {
      for (const pod of await client.list(Pods, { labelSelector: managedSelector })) {
        if (pod.status?.phase !== 'Pending' || pod.metadata.deletionTimestamp) continue;
        const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`;
        const body = { status: isJob(pod) ? { phase: 'Succeeded' } : running };
        await client.transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
      }
    } catch (error) {
      if (!(error instanceof ApiError)) await delay(200);
    }
  }
}

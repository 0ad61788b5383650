// Installs Bulkhead with its chart, and stops and starts its operator.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { operatorName, operatorNamespaceDefault } from '../../../src/api/names.ts';
import { Pods } from '../../../src/kube/kind.ts';
import { projectDirectory } from '../../cluster/directories.ts';
import { exampleDirectory } from '../examples.ts';
import { Deployments, type Site } from '../site.ts';
import { until } from '../until.ts';
import type { ChartValues } from './values.ts';

/** As many as the chart asks for. */
export const operatorReplicas = 2;

/** @param values on top of those of the example: what differs between this cluster and the facility's own */
export async function installChart(site: Site, values: ChartValues): Promise<void> {
  const before = await site.client.get(Deployments, operatorName, operatorNamespaceDefault);
  const folder = await mkdtemp(path.join(tmpdir(), 'bulkhead-values-'));
  try {
    const file = path.join(folder, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await site.cluster.helm([
      ...['upgrade', '--install', operatorName, path.join(projectDirectory, 'charts/bulkhead')],
      ...['--namespace', operatorNamespaceDefault, '--create-namespace', '--wait', '--timeout', '3m'],
      '--force-conflicts', // what somebody has changed by hand is the chart's again
      ...['--values', path.join(exampleDirectory, 'values.yaml'), '--values', file],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // The image may be another one under the same name, which alone does not make a Deployment start new pods.
  if (before) {
    await scaleOperator(site, 0);
    await scaleOperator(site, operatorReplicas);
  }
}

/** Changes values of what is installed, and brings back whatever of the chart is missing.
 * @param settings as `--set` takes them */
export async function upgradeChart({ cluster }: Site, settings: string[] = []): Promise<void> {
  await cluster.helm([
    ...['upgrade', operatorName, path.join(projectDirectory, 'charts/bulkhead'), '--namespace', operatorNamespaceDefault],
    ...['--wait', '--timeout', '3m', '--force-conflicts', '--reuse-values', ...settings.flatMap((setting) => ['--set', setting])],
  ]);
}

/** Sets the number of copies of the operator and waits until exactly so many run. */
export async function scaleOperator({ client }: Site, replicas: number): Promise<void> {
  const where = { name: operatorName, namespace: operatorNamespaceDefault };
  const deployment = await client.patch(Deployments, where, { type: 'merge', body: { spec: { replicas } } });
  const labelSelector = Object.entries(deployment.spec?.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  await until(
    `${replicas} copies of the operator`,
    async () => {
      const pods = await client.list(Pods, { namespace: operatorNamespaceDefault, labelSelector });
      const isReady = ({ status }: (typeof pods)[number]) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
      return pods.length === replicas && pods.every(isReady);
    },
    { timeoutMs: 120_000 },
  );
}

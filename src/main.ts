// Entry point of the operator's image: the operator itself, or `directories PATH…`, which its short Jobs run.
import { parseArgs } from 'node:util';

const [command, ...paths] = process.argv.slice(2);

if (command === 'directories') {
  // Loaded alone: such a Job should take no longer than its work.
  const { makeDirectories } = await import('./processinginstance/directories.ts');
  await makeDirectories(paths).catch(fail);
} else {
  await operate().catch(fail);
}

async function operate(): Promise<void> {
  const { operatorNamespaceDefault, reviewPort } = await import('./api/names.ts');
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      port: { type: 'string', default: '8080' },
      'review-port': { type: 'string', default: String(reviewPort) },
      'review-certificates': { type: 'string' },
    },
  });
  const path = values.config ?? process.env.BULKHEAD_CONFIG;
  const [{ ConfigError, readConfig }, { startOperator }, { createLogger }, { KubeConfig }, { hostname }] = await Promise.all([
    import('./config.ts'),
    import('./operator.ts'),
    import('./kube/log.ts'),
    import('@kubernetes/client-node'),
    import('node:os'),
  ]);
  if (!path) throw new ConfigError('no configuration: give --config FILE, or set BULKHEAD_CONFIG');
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const operator = await startOperator({
    config: readConfig(path),
    kubeConfig,
    namespace: process.env.POD_NAMESPACE ?? operatorNamespaceDefault,
    podName: process.env.POD_NAME ?? hostname(),
    port: Number(values.port),
    reviewPort: Number(values['review-port']),
    reviewCertificates: values['review-certificates'],
    logger: createLogger(),
    clock: () => new Date(),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void operator.stop().catch(fail));
  await operator.ended;
}

/** A lost Lease, too: what this process believes may be outdated, so the next one starts from nothing. */
function fail(error: unknown): never {
  console.error(error instanceof Error && error.name === 'ConfigError' ? error.message : error);
  process.exit(1);
}

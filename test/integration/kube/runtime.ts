// A runtime on a real control plane, with what tests ask about it: how many requests it has sent, and waiting for a state.
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { createKube, type Runtime, type RuntimeOptions } from '../../../src/kube/connect.ts';
import { createLogger } from '../../../src/kube/log.ts';

export interface Observed extends Runtime {
  /** Requests other than GET so far. */
  writes(): Promise<number>;
  reads(): Promise<number>;
}

const logger = createLogger(process.env.BULKHEAD_TEST_LOG ?? 'silent');

export function runtimeOn(kubeConfig: string | KubeConfig, options: Partial<RuntimeOptions> = {}): Observed {
  const registry = new Registry();
  const kube = createKube({ kubeConfig: configOf(kubeConfig), fieldManager: 'bulkhead', logger, registry, ...options });
  const count = async (wanted: (method: string) => boolean) => {
    const { values } = await registry.getSingleMetric('rest_client_requests_total')!.get();
    return values.filter(({ labels }) => wanted(String(labels.method))).reduce((sum, { value }) => sum + value, 0);
  };
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(kube),
      writes: { value: () => count((method) => method !== 'GET') },
      reads: { value: () => count((method) => method === 'GET') },
    },
  ) as Observed;
}

export function configOf(kubeConfig: string | KubeConfig): KubeConfig {
  if (kubeConfig instanceof KubeConfig) return kubeConfig;
  const config = new KubeConfig();
  config.loadFromFile(kubeConfig);
  return config;
}

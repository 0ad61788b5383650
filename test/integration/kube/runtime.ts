// A runtime on a real control plane, with what tests ask about it: how many requests it has sent, and waiting for a state.
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { createKube, type Runtime, type RuntimeOptions } from '../../../src/kube/connect.ts';
import { createLogger } from '../../../src/kube/log.ts';

export interface Observed extends Runtime {
  /** Requests other than GET so far. */
  writes(): Promise<number>;
  /** Requests that were answered with 401. */
  refused(): Promise<number>;
}

const logger = createLogger(process.env.BULKHEAD_TEST_LOG ?? 'silent');

export function runtimeOn(kubeConfig: string | KubeConfig, options: Partial<RuntimeOptions> = {}): Observed {
  const registry = new Registry();
  const kube = createKube({ kubeConfig: configOf(kubeConfig), fieldManager: 'bulkhead', logger, registry, ...options });
  const count = async (wanted: (labels: Partial<Record<string, string | number>>) => boolean) => {
    const { values } = await registry.getSingleMetric('rest_client_requests_total')!.get();
    return values.filter(({ labels }) => wanted(labels)).reduce((sum, { value }) => sum + value, 0);
  };
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(kube),
      writes: { value: () => count(({ method }) => method !== 'GET') },
      refused: { value: () => count(({ code }) => code === '401') },
    },
  ) as Observed;
}

export function configOf(kubeConfig: string | KubeConfig): KubeConfig {
  if (kubeConfig instanceof KubeConfig) return kubeConfig;
  const config = new KubeConfig();
  config.loadFromFile(kubeConfig);
  return config;
}

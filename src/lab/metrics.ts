// Metrics about labs, read from what their status says at the moment of the scrape: a lab that is gone leaves nothing behind.
import { Gauge, type Registry } from '@prometheus-io/client';
import { Labs } from '../api/kinds.ts';
import { isTrue } from '../kube/conditions.ts';
import type { Cache } from '../kube/kube.ts';

export function registerLabMetrics(registry: Registry, cache: Cache): void {
  registry.registerMetric(
    new Gauge({
      name: 'bulkhead_lab_isolated',
      help: '1 while every wall of the lab stands (condition Isolated), else 0.',
      labelNames: ['lab'] as const,
      registers: [],
      collect() {
        this.reset();
        for (const lab of cache.list(Labs)) this.set({ lab: lab.metadata.name }, isTrue(lab, 'Isolated') ? 1 : 0);
      },
    }),
  );
}

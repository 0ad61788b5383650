// Every metric of the runtime, under controller-runtime's names so that existing dashboards and alerts fit.
import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Registers the metrics of one runtime. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  const controller = ['controller'] as const;
  const queue = ['name'] as const;
  const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
  return {
    requests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server, by status code and method.',
      labelNames: ['code', 'method'] as const,
      registers,
    }),
    reconciles: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations, by result.',
      labelNames: ['controller', 'result'] as const,
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciliations that failed.',
      labelNames: controller,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Time per reconciliation.',
      labelNames: controller,
      buckets: seconds,
      registers,
    }),
    maxWorkers: new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'Reconciliations that may run at once.',
      labelNames: controller,
      registers,
    }),
    activeWorkers: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'Reconciliations that run now.',
      labelNames: controller,
      registers,
    }),
    queueDepth: new Gauge({ name: 'workqueue_depth', help: 'Keys that wait.', labelNames: queue, registers }),
    queueAdds: new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', labelNames: queue, registers }),
    queueRetries: new Counter({ name: 'workqueue_retries_total', help: 'Keys added again after a failure.', labelNames: queue, registers }),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'Time that a key waited.',
      labelNames: queue,
      buckets: seconds,
      registers,
    }),
    leading: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process holds the Lease.',
      labelNames: queue,
      registers,
    }),
  };
}

// The operator as a whole, for main.ts and for tests that run it in their own process: endpoints, caches, leadership, controllers.
import { randomUUID } from 'node:crypto';
import type { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { accessInformers, followAccess } from './access/follow.ts';
import { fieldManager, managedSelector } from './api/labels.ts';
import { operatorName } from './api/names.ts';
import type { Config } from './config.ts';
import { dataGrantController, dataGrantInformers } from './datagrant/controller.ts';
import { expulsionController, expulsionInformers } from './expulsion/controller.ts';
import { facilityKey } from './facilitykey.ts';
import { Client } from './kube/client.ts';
import { createKube } from './kube/connect.ts';
import { mergeInformers } from './kube/informers.ts';
import { Leases } from './kube/kind.ts';
import type { Logger } from './kube/log.ts';
import { serve } from './kube/serving.ts';
import { labController } from './lab/controller.ts';
import { labInformers } from './lab/gather.ts';
import { registerLabMetrics } from './lab/metrics.ts';
import { processingInstanceController, processingInstanceInformers } from './processinginstance/controller.ts';
import { reservationController } from './reservation/controller.ts';
import { Callers } from './review/callers.ts';
import { reviewFacts } from './review/facts.ts';
import { serveReviews } from './review/server.ts';
import { Visits } from './review/visits.ts';

export interface OperatorOptions {
  config: Config;
  kubeConfig: KubeConfig;
  /** Namespace of the Lease and of the key of the facility. */
  namespace: string;
  /** Shown as the holder of the Lease; a random part is added, because a restarted pod keeps its name. */
  podName: string;
  /** TCP port of health and metrics; 0: any free one. */
  port: number;
  /** TCP port of /v1/review; 0: any free one. */
  reviewPort: number;
  /** Directory with the certificate of /v1/review. Absent: plain HTTP. */
  reviewCertificates?: string | undefined;
  logger: Logger;
  clock: () => Date;
}

export interface Operator {
  /** Resolves after `stop`; rejects when the Lease is lost, and then the process must end. */
  readonly ended: Promise<void>;
  readonly port: number;
  readonly reviewPort: number;
  /** Lets reconciliations end (at most 25 s), then gives the Lease to the next copy. */
  stop(): Promise<void>;
}

export async function startOperator({
  config,
  kubeConfig,
  namespace,
  podName,
  port,
  reviewPort,
  reviewCertificates,
  logger,
  clock,
}: OperatorOptions): Promise<Operator> {
  const registry = new Registry();
  const kube = createKube({
    kubeConfig,
    fieldManager,
    informers: mergeInformers(accessInformers, labInformers, processingInstanceInformers, dataGrantInformers, expulsionInformers),
    followSelector: managedSelector,
    lease: { namespace, name: operatorName, identity: `${podName}_${randomUUID()}` },
    logger,
    registry,
  });
  registerLabMetrics(registry, kube.cache);
  const access = followAccess(kube.cache, config);
  // Healthy as soon as it answers: a copy that waits for the CRDs, or for the Lease, needs no restart.
  const serving = await serve({ port, registry, isHealthy: () => true, isReady: () => kube.isSynced });
  const { transport } = kube.client;
  // Every copy keeps the key and writes visits, whoever leads.
  const ungated = new Client(transport, { fieldManager, gate: () => {} });
  const reviews = await serveReviews({
    port: reviewPort,
    certificates: reviewCertificates,
    perSecond: config.review.perSecond,
    model: access,
    callers: new Callers(transport, clock),
    visits: new Visits((visit) => ungated.patch(Leases, visit.metadata, { type: 'apply', body: visit }), logger),
    ...reviewFacts(kube.cache, access, clock),
    isReady: () => kube.isSynced,
    clock,
    logger,
    registry,
  });
  const run = async () => {
    const key = await facilityKey(ungated, namespace);
    await kube.start();
    await kube.run([
      labController(kube, access, { ...config, operatorNamespace: namespace, facilityKey: key }, clock),
      processingInstanceController(kube, access, { ...config, facilityKey: key }, clock),
      dataGrantController(kube, access, config, clock),
      expulsionController(kube, clock),
      reservationController(kube, clock),
    ]);
  };
  const stopped = Promise.withResolvers<void>();
  return {
    ended: Promise.race([run(), stopped.promise]), // caches that never fill, because CRDs are missing, keep nobody from stopping
    port: serving.port,
    reviewPort: reviews.port,
    async stop() {
      await kube.stop();
      await Promise.all([serving.close(), reviews.close()]);
      stopped.resolve();
    },
  };
}

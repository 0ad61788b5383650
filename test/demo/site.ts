// The cluster on which the story of the demo is told: connections as its administrator and as other users, and its tools.
import { KubeConfig, type V1Deployment } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { Client } from '../../src/kube/client.ts';
import { type Builtin, defineKind } from '../../src/kube/kind.ts';
import { createLogger } from '../../src/kube/log.ts';
import { createMetrics } from '../../src/kube/metrics.ts';
import { Transport } from '../../src/kube/transport.ts';
import type { Cluster } from '../cluster/cluster.ts';

export const Deployments = defineKind<Builtin<V1Deployment>>('apps/v1', 'Deployment', 'deployments', 'Namespaced');

export interface Site {
  cluster: Cluster;
  /** As the user of the kubeconfig, who administers the cluster. */
  client: Client;
  /** As somebody else, by impersonation. */
  as(user: string): Client;
  close(): Promise<void>;
}

export function openSite(cluster: Cluster): Site {
  const transports: Transport[] = [];
  const connect = (user?: string) => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    if (user) config.users = config.users.map((known) => ({ ...known, impersonateUser: user }));
    const transport = new Transport(config, { logger: createLogger('silent'), metrics: createMetrics(new Registry()) });
    transports.push(transport);
    return new Client(transport, { fieldManager: 'facility', gate: () => undefined });
  };
  const clients = new Map<string, Client>();
  return {
    cluster,
    client: connect(),
    as(user) {
      const client = clients.get(user) ?? connect(user);
      clients.set(user, client);
      return client;
    },
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

// The cluster on which the story of the demo is told: connections as its administrator and as other users, kubectl, and where it is reached.
import path from 'node:path';
import type { V1Deployment, V1Node } from '@kubernetes/client-node';
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { Client } from '../../src/kube/client.ts';
import { type Builtin, defineKind } from '../../src/kube/kind.ts';
import { createLogger } from '../../src/kube/log.ts';
import { createMetrics } from '../../src/kube/metrics.ts';
import { Transport } from '../../src/kube/transport.ts';
import { run } from '../cluster/command.ts';

export const Deployments = defineKind<Builtin<V1Deployment>>('apps/v1', 'Deployment', 'deployments', 'Namespaced');
export const Nodes = defineKind<Builtin<V1Node>>('v1', 'Node', 'nodes', 'Cluster');

export interface SiteOptions {
  kubeconfig: string;
  /** Absent: the current one. */
  context?: string | undefined;
  /** Directory with kubectl and helm; absent: they are on PATH. */
  binDir?: string | undefined;
}

export interface Site extends SiteOptions {
  /** As the user of the kubeconfig, who administers the cluster. */
  client: Client;
  /** As somebody else, by impersonation. */
  as(user: string): Client;
  /** An address of a node, where node ports are reached. */
  nodeAddress: string;
  /** Output of kubectl. */
  kubectl(args: string[], input?: string | Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** @throws Error when the cluster does not answer */
export async function openSite(options: SiteOptions): Promise<Site> {
  const transports: Transport[] = [];
  const connect = (user?: string) => {
    const config = new KubeConfig();
    config.loadFromFile(options.kubeconfig);
    if (options.context) config.setCurrentContext(options.context);
    if (user) config.users = config.users.map((known) => ({ ...known, impersonateUser: user }));
    const transport = new Transport(config, { logger: createLogger('silent'), metrics: createMetrics(new Registry()) });
    transports.push(transport);
    return new Client(transport, { fieldManager: 'facility', gate: () => undefined });
  };
  const client = connect();
  const clients = new Map<string, Client>();
  const nodes = await client.list(Nodes);
  const addresses = nodes.flatMap(({ status }) => status?.addresses ?? []);
  const flags = ['--kubeconfig', options.kubeconfig, ...(options.context ? ['--context', options.context] : [])];
  return {
    ...options,
    client,
    as(user) {
      const known = clients.get(user) ?? connect(user);
      clients.set(user, known);
      return known;
    },
    nodeAddress:
      addresses.find(({ type }) => type === 'ExternalIP')?.address ??
      addresses.find(({ type }) => type === 'InternalIP')?.address ??
      '127.0.0.1',
    kubectl: (args, input) => run(program(options, 'kubectl'), [...flags, ...args], input === undefined ? {} : { input }),
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

/** A program of the cluster's own directory, or the one on PATH. */
export const program = ({ binDir }: SiteOptions, name: string) => (binDir ? path.join(binDir, name) : name);

// From kubectl's own flags to a connection: kubeconfig, context, namespace, impersonation.
import type { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import type { Command } from 'commander';
import { Client } from '../kube/client.ts';
import { createLogger } from '../kube/log.ts';
import { createMetrics } from '../kube/metrics.ts';
import { Transport } from '../kube/transport.ts';
import { CommandFailed } from './error.ts';

export interface ConnectionFlags {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
  as?: string;
}

export interface Connection {
  client: Client;
  namespace: string;
  close(): Promise<void>;
}

/** Flags of every command: which cluster. */
export const withClusterFlags = (command: Command) =>
  command
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig');

export const withConnectionFlags = (command: Command) =>
  withClusterFlags(command.option('-n, --namespace <namespace>', 'namespace of the lab (default: that of the context)')).option(
    '--as <user>',
    'user to impersonate',
  );

/** @throws CommandFailed when the kubeconfig has no such context */
export async function loadKubeConfig({ kubeconfig, context }: Pick<ConnectionFlags, 'kubeconfig' | 'context'>): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node'); // half a second: --help does without it
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new CommandFailed(`error: the kubeconfig cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const chosen = config.getContextObject(config.getCurrentContext());
  if (!chosen) {
    const names = config.getContexts().map(({ name }) => name);
    throw new CommandFailed(
      `error: context "${config.getCurrentContext()}" does not exist; the kubeconfig has: ${names.join(', ') || 'none'}`,
    );
  }
  return config;
}

/** @throws CommandFailed when the kubeconfig has no such context */
export async function connect({ namespace, as, ...where }: ConnectionFlags): Promise<Connection> {
  const config = await loadKubeConfig(where);
  const chosen = config.getContextObject(config.getCurrentContext())!;
  if (as !== undefined) config.users = config.users.map((user) => (user.name === chosen.user ? { ...user, impersonateUser: as } : user));
  return connectTo(config, namespace ?? chosen.namespace);
}

export function connectTo(config: KubeConfig, namespace = 'default'): Connection {
  const transport = new Transport(config, { logger: createLogger('silent'), metrics: createMetrics(new Registry()) });
  return {
    client: new Client(transport, { fieldManager: 'kubectl-bulkhead', gate: () => undefined }),
    namespace,
    close: () => transport.close(),
  };
}

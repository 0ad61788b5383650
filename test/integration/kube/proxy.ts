// A wire between a client and the API server that a test can cut. TLS goes through untouched.

import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { configOf } from './runtime.ts';

export interface Wire {
  /** As the admin of the control plane, through the wire. */
  kubeConfig: KubeConfig;
  /** Connections that were opened so far. */
  opened(): number;
  /** Breaks what is open; refuses new connections until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function wireTo(plane: ControlPlane): Promise<Wire> {
  const { port } = new URL(plane.server);
  const open = new Set<Socket>();
  let isCut = false;
  let opened = 0;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    opened++;
    const far = dial(Number(port), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket
        .on('error', () => {})
        .once('close', () => {
          open.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    kubeConfig: throughPort(configOf(plane.kubeconfig), (server.address() as AddressInfo).port),
    opened: () => opened,
    cut,
    mend: () => {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function throughPort(config: KubeConfig, port: number): KubeConfig {
  const through = new KubeConfig();
  through.loadFromOptions({
    clusters: config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${port}` })),
    users: config.users,
    contexts: config.contexts,
    currentContext: config.currentContext,
  });
  return through;
}

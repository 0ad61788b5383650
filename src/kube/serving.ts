// The operator's own endpoints: /healthz and /readyz for the kubelet, /metrics for Prometheus. Plain HTTP, no secrets.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '@prometheus-io/client';

export interface Serving {
  /** TCP port that was bound. */
  port: number;
  close(): Promise<void>;
}

export interface ServingOptions {
  /** 0: any free port. */
  port: number;
  host?: string;
  registry: Registry;
  isHealthy: () => boolean;
  isReady: () => boolean;
}

export async function serve({ port, host, registry, isHealthy, isReady }: ServingOptions): Promise<Serving> {
  const server = createServer((request, response) => {
    const answer = (ok: boolean) => response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' }).end(ok ? 'ok\n' : 'not ok\n');
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answer(isHealthy());
      case '/readyz':
        return answer(isReady());
      case '/metrics':
        return void registry.metrics().then(
          (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
          () => response.writeHead(500).end(),
        );
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

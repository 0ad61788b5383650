// A bad network between one copy of the operator and the API server: requests that never arrive, answers that are lost after the write took
// effect, delays on both ways, watches that fall behind or break. Speaks plain HTTP to the copy and TLS to the server, as its administrator.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';

export interface Faults {
  kubeConfig: KubeConfig;
  /** How often each fault was dealt. */
  dealt: Record<Fault, number>;
  /** Nothing goes through for a while, and what was open breaks. */
  partition(ms: number): void;
  /** From now on everything goes through at once. */
  heal(): void;
  close(): Promise<void>;
}

const faults = ['refused', 'answer lost', 'failed after the write', 'delayed', 'watch held', 'watch broken', 'partition'] as const;
export type Fault = (typeof faults)[number];

/** Of a hundred requests, or events of a watch. */
const odds = { refused: 3, 'answer lost': 5, 'failed after the write': 2, delayed: 15, 'watch held': 12, 'watch broken': 1 };
const longestDelayMs = 250;
/** How far a cache may fall behind. */
const longestHoldMs = 2500;

/** @param uniform random numbers in [0, 1) */
export async function faultsTo(server: KubeConfig, uniform: () => number): Promise<Faults> {
  const below = (limit: number) => Math.floor(uniform() * limit);
  const origin = new URL(server.getCurrentCluster()!.server);
  const tls: Record<string, unknown> = {};
  await server.applyToHTTPSOptions(tls);
  const agent = new Agent({ keepAlive: true, ...(tls as object) });
  const dealt = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;
  let isHealed = false;
  let cutUntil = 0;
  const strikes = (fault: keyof typeof odds): boolean => {
    if (isHealed || below(100) >= odds[fault]) return false;
    dealt[fault]++;
    return true;
  };

  const proxy = createServer((incoming, response) => {
    void serve(incoming, response).catch(() => response.destroy());
  });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(incoming);
    if (performance.now() < cutUntil || strikes('refused')) return void response.destroy();
    const isWatch = incoming.url?.includes('watch=true');
    if (!isWatch && strikes('delayed')) await delay(below(longestDelayMs));
    const upstream = await ask(incoming, body);
    upstream.on('error', () => response.destroy());
    if (isWatch) return follow(upstream, response);
    const answer = await read(upstream);
    const isWrite = incoming.method !== 'GET';
    if (performance.now() < cutUntil || (isWrite && strikes('answer lost'))) return void response.destroy();
    if (isWrite && strikes('failed after the write')) {
      const status = { kind: 'Status', status: 'Failure', code: 500, reason: 'InternalError', message: 'etcdserver: request timed out' };
      return void response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    }
    if (strikes('delayed')) await delay(below(longestDelayMs));
    response.writeHead(upstream.statusCode ?? 502, { 'content-type': 'application/json' }).end(answer);
  }

  const ask = ({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, ...others } = headers;
      const outgoing = request({ agent, host: origin.hostname, port: origin.port, method, path: url, headers: others }, resolve);
      outgoing.on('error', reject).end(body);
    });

  /** Events stay in order: each goes out when it is due and all before it are out. */
  async function follow(upstream: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => upstream.destroy());
    response.writeHead(upstream.statusCode ?? 502, { 'content-type': 'application/json' });
    for await (const chunk of upstream) {
      if (strikes('watch held')) await Promise.race([delay(below(longestHoldMs)), healed.promise]);
      if (strikes('watch broken') || performance.now() < cutUntil) return void response.destroy();
      response.write(chunk);
    }
    response.end();
  }

  const healed = Promise.withResolvers<void>();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    kubeConfig: plainTo((proxy.address() as AddressInfo).port),
    dealt,
    partition(ms) {
      dealt.partition++;
      cutUntil = performance.now() + ms;
      proxy.closeAllConnections();
    },
    heal() {
      isHealed = true;
      cutUntil = 0;
      healed.resolve();
    },
    async close() {
      proxy.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function plainTo(port: number): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'faulty', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: 'copy' }],
    contexts: [{ name: 'faulty', cluster: 'faulty', user: 'copy' }],
    currentContext: 'faulty',
  });
  return config;
}

// Who we are to the API server, and the connections that carry it. Asks client-node for headers and TLS material every 30 s (exec and OIDC
// plugins, in-cluster tokens, rotated certificates) and keeps the connections as long as the TLS bytes stay the same: client-node itself
// would open one TLS connection per request.
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';

const lifetimeMs = 30_000;
/** As client-go: idle load balancers drop connections after 60 s. */
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 };

export interface Access {
  origin: string;
  /** Path of the API below the origin, without a trailing slash. */
  basePath: string;
  headers: Record<string, string>;
  requests: Dispatcher;
  watches: Dispatcher;
}

export class Credentials {
  readonly #kubeConfig: KubeConfig;
  #access: Access | undefined;
  #tlsMaterial = '';
  #validUntil = 0;
  #refreshing: Promise<Access> | undefined;

  constructor(kubeConfig: KubeConfig) {
    this.#kubeConfig = kubeConfig;
  }

  async current(): Promise<Access> {
    if (this.#access && performance.now() < this.#validUntil) return this.#access;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The API server did not accept what we sent: read it again before the next request. */
  expire(): void {
    this.#validUntil = 0;
  }

  async close(): Promise<void> {
    await Promise.all([this.#access?.requests.destroy(), this.#access?.watches.destroy()]);
  }

  async #refresh(): Promise<Access> {
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (!cluster) throw new Error('the kubeconfig has no current cluster: set a context');
    const options: RequestOptions = { headers: {} };
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const headers = { ...(options.headers as Record<string, string>) };
    if (options.auth) headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    // client-node caches a token file for 60 s, too long after a 401.
    const tokenFile = this.#kubeConfig.getCurrentUser()?.authProvider?.config?.tokenFile;
    if (tokenFile) headers.Authorization = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;

    const tlsMaterial = JSON.stringify([options.ca, options.cert, options.key, options.servername, options.rejectUnauthorized].map(String));
    const { origin, pathname } = new URL(cluster.server);
    let { requests, watches } = this.#access ?? {};
    if (!requests || !watches || tlsMaterial !== this.#tlsMaterial) {
      void requests?.close(); // finishes what is in flight
      void watches?.close();
      requests = this.#dispatcher(options, { connections: 32 });
      watches = this.#dispatcher(options, { bodyTimeout: 0 });
    }
    this.#tlsMaterial = tlsMaterial;
    this.#access = { origin, basePath: pathname.replace(/\/$/, ''), headers, requests, watches };
    this.#validUntil = performance.now() + lifetimeMs;
    return this.#access;
  }

  #dispatcher(options: RequestOptions, pool: Agent.Options): Dispatcher {
    const how = this.#kubeConfig.createDispatcherOptions(this.#kubeConfig.getCurrentCluster(), options as object);
    const shared: Agent.Options = { ...pool, allowH2: false, keepAliveTimeout: 30_000, headersTimeout: 60_000 };
    switch (how.type) {
      case 'proxy':
        return new ProxyAgent({
          ...shared,
          uri: how.uri,
          requestTls: { ...how.requestTls, ...keepAlive } as ProxyAgent.Options['requestTls'],
        });
      case 'socks':
        throw new Error('SOCKS proxies are not supported: use an HTTP proxy in the kubeconfig');
      case 'agent':
        return new Agent({ ...shared, connect: { ...how.connect, ...keepAlive } as Agent.Options['connect'] });
      case 'none':
        return new Agent({ ...shared, connect: keepAlive as Agent.Options['connect'] });
    }
  }
}

// One request to the API server over shared HTTP/1.1 connections: authentication, deadline, patience when the server is busy, typed errors.
// Knows no kinds.
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig, V1Status } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { Credentials } from './credentials.ts';
import { ApiError, ConnectionError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From `/api` or `/apis` on. */
  path: string;
  query?: Record<string, string | undefined> | undefined;
  body?: object | undefined;
  contentType?: string | undefined;
  /** The whole request, waits included. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

const defaultTimeoutMs = 30_000;

export class Transport {
  readonly #credentials: Credentials;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #warned = new Set<string>();

  constructor(kubeConfig: KubeConfig, { logger, metrics }: { logger: Logger; metrics: Metrics }) {
    this.#credentials = new Credentials(kubeConfig);
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** @throws ApiError when the server refuses; ConnectionError when it does not answer in time */
  async request<T>(request: ApiRequest): Promise<T> {
    const response = await this.#send(request, 'requests');
    try {
      return (await response.body.json()) as T;
    } catch (cause) {
      throw new ConnectionError(`${request.method} ${request.path}: the answer broke off`, { cause });
    }
  }

  /** The body as it arrives, for a watch; `timeoutMs` covers the whole stream. */
  async stream(request: ApiRequest): Promise<AsyncIterable<Buffer>> {
    return (await this.#send(request, 'watches')).body;
  }

  async close(): Promise<void> {
    await this.#credentials.close();
  }

  async #send(request: ApiRequest, pool: 'requests' | 'watches'): Promise<Dispatcher.ResponseData> {
    const deadline = performance.now() + (request.timeoutMs ?? defaultTimeoutMs);
    const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
    for (let authenticated = false; ; ) {
      const response = await this.#once(request, pool, signal);
      const { statusCode } = response;
      if (statusCode < 400) return response;
      if (statusCode === 401 && !authenticated) {
        authenticated = true; // once: a token that is still refused after reading it again is an error
        this.#credentials.expire();
        await response.body.dump();
        continue;
      }
      const waitMs = retryAfterMs(response);
      if (waitMs === undefined || performance.now() + waitMs >= deadline) throw await apiError(request, response);
      await response.body.dump();
      await delay(waitMs, undefined, { signal });
    }
  }

  async #once(request: ApiRequest, pool: 'requests' | 'watches', signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method } = request;
    try {
      const access = await this.#credentials.current();
      const response = await access[pool].request({
        origin: access.origin,
        path: access.basePath + request.path + queryString(request.query),
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'bulkhead',
          ...access.headers,
          ...(request.body && { 'content-type': request.contentType ?? 'application/json' }),
        },
        body: request.body ? JSON.stringify(request.body) : null,
        signal,
      });
      this.#metrics.requests.inc({ code: String(response.statusCode), method });
      this.#warn(response.headers.warning);
      return response;
    } catch (cause) {
      this.#metrics.requests.inc({ code: '<error>', method });
      throw new ConnectionError(`${method} ${request.path}: ${cause instanceof Error ? cause.message : 'failed'}`, { cause });
    }
  }

  #warn(header: string | string[] | undefined): void {
    for (const warning of [header ?? []].flat()) {
      if (this.#warned.has(warning) || this.#warned.size >= 1000) continue;
      this.#warned.add(warning);
      this.#logger.warn({ warning }, 'warning from the API server');
    }
  }
}

/** How long a busy server asks us to wait; undefined when it does not. */
function retryAfterMs({ statusCode, headers }: Dispatcher.ResponseData): number | undefined {
  if (statusCode !== 429 && statusCode < 500) return undefined;
  const seconds = Number.parseInt(String(headers['retry-after'] ?? ''), 10);
  if (Number.isNaN(seconds)) return undefined;
  return seconds * 1000 + Math.random() * 250;
}

async function apiError({ method, path }: ApiRequest, response: Dispatcher.ResponseData): Promise<ApiError> {
  const text = await response.body.text().catch(() => '');
  let status: Partial<V1Status> = {};
  try {
    status = JSON.parse(text);
  } catch {
    // A proxy's page or plain text: the code says enough.
  }
  const reason = status.reason ?? String(response.statusCode);
  // Validation messages may quote values.
  const message = path.includes('/secrets') ? reason : (status.message ?? reason);
  return new ApiError(response.statusCode, reason, `${method} ${path}: ${message}`, status.details);
}

function queryString(query: ApiRequest['query'] = {}): string {
  const parameters = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return parameters.size > 0 ? `?${parameters}` : '';
}

// POST /v1/review over HTTP, or over HTTPS with a certificate that is read again when it changes. Every copy of the operator serves it from its own
// model. In this order, cheapest first: who asks, how often, what, and whether that is any business of theirs.
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import { z } from 'zod';
import type { InstanceFacts } from '../access/instance.ts';
import type { AccessModel } from '../access/model.ts';
import type { Logger } from '../kube/log.ts';
import { answer } from './answer.ts';
import type { Callers, Known } from './callers.ts';
import { hereOf, personOf, ReviewRequest, type ReviewSpec } from './question.ts';
import { RateLimit } from './ratelimit.ts';
import { type Caller, type NamedPart, outOfScope } from './scope.ts';
import type { Visits } from './visits.ts';

export interface ReviewOptions {
  /** TCP port; 0: any free one. */
  port: number;
  /** Directory with tls.crt and tls.key. Absent: plain HTTP. */
  certificates?: string | undefined;
  /** Questions per second of one caller. */
  perSecond: number;
  model: AccessModel;
  callers: Callers;
  visits: Visits;
  /** What an instance asks for through grants. */
  partsOf: (lab: string, instance: string) => NamedPart[];
  instanceOf: (lab: string, instance: string) => InstanceFacts | undefined;
  contactsOf: (lab: string) => { name: string; email: string }[];
  /** Whether the model holds what the cluster does: before, nothing is answered. */
  isReady: () => boolean;
  clock: () => Date;
  logger: Logger;
  registry: Registry;
}

const longestBody = 65_536;
/** Tokens that nobody has shown before, from one address: each costs a request to the API server. */
const newTokens = { perSecond: 10, burst: 50 };
const certificatesMs = 60_000;

/** An answer that is no review: its status, and what to do. */
class Refusal extends Error {
  readonly code: number;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export async function serveReviews(options: ReviewOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { port, certificates } = options;
  const handle = handler(options);
  const server = certificates === undefined ? createHttpServer(handle) : createHttpsServer(certificate(certificates), handle);
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.maxConnections = 1024;
  const renewal = certificates === undefined ? undefined : renew(server as HttpsServer, certificates, options.logger);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      clearInterval(renewal);
      await closed(server);
    },
  };
}

function handler(options: ReviewOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { callers, clock, isReady, logger, model, registry } = options;
  const limits = { calls: new RateLimit({ perSecond: options.perSecond, burst: 2 * options.perSecond }), tokens: new RateLimit(newTokens) };
  const metrics = createMetrics(registry);

  /** @throws Refusal */
  async function review(request: IncomingMessage): Promise<object> {
    if (request.url?.split('?')[0] !== '/v1/review') throw new Refusal(404, 'there is /v1/review and nothing else');
    if (request.method !== 'POST') throw new Refusal(405, 'questions are sent with POST');
    if (!isReady()) throw new Refusal(503, 'this copy has not read the cluster yet; ask again', 1);
    const caller = await authenticated(request);
    within(limits.calls.take(caller.name, clock().getTime()), `${caller.name} asks more than ${options.perSecond} times a second`);
    if (caller.kind === 'Stranger' || caller.kind === 'Unknown')
      throw new Refusal(403, `${caller.name} is neither an instance of a lab nor a holder of the verb review on labs`);
    const spec = parsed(await bodyOf(request));
    const at = clock().getTime();
    const beyond = outOfScope(model, caller, spec, options.partsOf, at);
    if (beyond !== undefined) {
      logRefusal(caller, spec, 'OutOfScope');
      throw new Refusal(403, beyond);
    }
    const inside = caller.kind === 'Instance' ? options.instanceOf(caller.lab, caller.instance) : undefined;
    const status = answer(model, { spec, inside }, options.contactsOf, at);
    metrics.decisions.inc({ allowed: String(status.allowed) });
    if (!status.allowed) logRefusal(caller, spec, status.reason);
    if (spec.visit) options.visits.record(model, caller.kind === 'Instance' ? caller.lab : spec.lab, personOf(spec), at);
    return { apiVersion: 'review.bulkhead.science/v1', kind: 'Review', spec, status };
  }

  /** @throws Refusal */
  async function authenticated(request: IncomingMessage): Promise<Known & { name: string }> {
    const [, token] = /^Bearer ([\w.~+/=-]+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) throw new Refusal(401, 'a token of the audience bulkhead-review is needed, as Authorization: Bearer');
    const from = request.socket.remoteAddress ?? '';
    if (!callers.isKnown(token)) within(limits.tokens.take(from, clock().getTime()), 'too many new tokens come from this address');
    const known = await callers.of(token).catch((error: unknown) => {
      logger.warn({ err: error }, 'a caller was not authenticated, because the API server did not answer');
      throw new Refusal(503, 'the API server does not say who asks; ask again', 1);
    });
    if (known.kind === 'Unknown') throw new Refusal(401, 'the token is not valid for the audience bulkhead-review');
    return known;
  }

  /** For auditors: who was refused what, and through whom. */
  function logRefusal({ name: caller }: Caller, spec: ReviewSpec, reason: string): void {
    const { lab, volume, path } = hereOf(spec);
    const what = spec.verb ?? spec.task;
    logger.info({ review: { caller, user: spec.user ?? null, place: `${lab}:${[volume, ...path].join('/')}`, what, reason } }, 'refused');
  }

  return (request, response) => {
    const done = metrics.seconds.startTimer();
    const send = (code: number, body: object, headers: Record<string, string> = {}) => {
      metrics.requests.inc({ code: String(code) });
      done();
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }).end(JSON.stringify(body));
    };
    review(request).then(
      (body) => send(200, body),
      (error: unknown) => {
        const { code, message, retryAfterSeconds: seconds } = error instanceof Refusal ? error : failure(error, logger);
        const retry: Record<string, string> = seconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(seconds))) };
        // A body that nobody reads would stand in the way of the next request on the connection.
        send(code, { error: message }, { ...retry, ...(!request.complete && { connection: 'close' }) });
      },
    );
  };
}

/** @throws Refusal when there is something to wait for */
function within(waitSeconds: number, message: string): void {
  if (waitSeconds > 0) throw new Refusal(429, `${message}; ask again after Retry-After`, waitSeconds);
}

/** Nobody decided this: a bug. Its details are for the log. */
function failure(error: unknown, logger: Logger): Refusal {
  logger.error({ err: error }, 'a question failed');
  return new Refusal(500, 'the operator failed; its log has the details');
}

/** @throws Refusal naming every wrong field */
function parsed(text: string): ReviewSpec {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  const result = ReviewRequest.safeParse(body);
  if (result.success) return result.data.spec;
  throw new Refusal(400, z.prettifyError(result.error));
}

/** @throws Refusal when it is too long */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) throw new Refusal(413, `a question has at most ${longestBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const certificate = (directory: string) => ({
  cert: readFileSync(join(directory, 'tls.crt')),
  key: readFileSync(join(directory, 'tls.key')),
  minVersion: 'TLSv1.2' as const,
});

/** A certificate is renewed long before it ends; looking once a minute is soon enough, and works for every kind of volume. */
function renew(server: HttpsServer, directory: string, logger: Logger): NodeJS.Timeout {
  const changedAt = () => statSync(join(directory, 'tls.crt')).mtimeMs;
  let seen = changedAt();
  return setInterval(() => {
    try {
      const now = changedAt();
      if (now === seen) return;
      server.setSecureContext(certificate(directory));
      seen = now;
      logger.info('serves reviews with a new certificate');
    } catch (error) {
      logger.warn({ err: error }, 'the new certificate cannot be used; the old one stays');
    }
  }, certificatesMs).unref();
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'bulkhead_review_requests_total',
      help: 'Requests to /v1/review, by status code.',
      labelNames: ['code'] as const,
      registers,
    }),
    decisions: new Counter({
      name: 'bulkhead_review_decisions_total',
      help: 'Questions that were answered, by the answer.',
      labelNames: ['allowed'] as const,
      registers,
    }),
    seconds: new Histogram({
      name: 'bulkhead_review_duration_seconds',
      help: 'Time per request to /v1/review.',
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
  };
}

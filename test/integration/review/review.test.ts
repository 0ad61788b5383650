// POST /v1/review on a real API server: real tokens of real accounts, shown to it by TokenReview; who may ask what; and a person who stays away, is
// kept out, and is let in again, from the first visit to the last answer.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from '@prometheus-io/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { visitOf } from '../../../src/access/visit.ts';
import { apiVersion, DataGrants, Labs } from '../../../src/api/kinds.ts';
import { Leases, Namespaces, ServiceAccounts } from '../../../src/kube/kind.ts';
import { createLogger } from '../../../src/kube/log.ts';
import { Callers } from '../../../src/review/callers.ts';
import { reviewFacts } from '../../../src/review/facts.ts';
import { serveReviews } from '../../../src/review/server.ts';
import { Visits } from '../../../src/review/visits.ts';
import { studentsAway } from '../../fixtures/inactivity.ts';
import { makeLab, type Stage, setStage } from '../lab/stage.ts';

type Server = Awaited<ReturnType<typeof serveReviews>>;
interface Answered {
  code: number;
  headers: Headers;
  body: { status?: { allowed: boolean; reason: string; message: string; contacts: object[] }; error?: string };
}

let stage: Stage;
let server: Server;
const servers: Server[] = [];
const log: string[] = [];
const tokens = { gateway: '', own: '', foreign: '', stranger: '', forApiServer: '' };

/** A copy of the operator as far as questions are concerned. */
async function serve(change: Partial<Parameters<typeof serveReviews>[0]> = {}): Promise<Server> {
  const { operator, access } = stage;
  const clock = () => new Date();
  const logger = createLogger('info', { write: (line: string) => void log.push(line) });
  const one = await serveReviews({
    port: 0,
    perSecond: 1000,
    model: access,
    callers: new Callers(operator.client.transport, clock),
    visits: new Visits((visit) => operator.client.patch(Leases, visit.metadata, { type: 'apply', body: visit }), logger),
    ...reviewFacts(operator.cache, access, clock),
    isReady: () => operator.isSynced,
    clock,
    logger,
    registry: new Registry(),
    ...change,
  });
  servers.push(one);
  return one;
}

/** By a controller of the platform, as the kubelet asks for the pods it runs; nobody else gets a token of an account of a lab. */
async function tokenOf(namespace: string, name: string, audiences = ['bulkhead-review']): Promise<string> {
  const { status } = await stage.platform.client.transport.request<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences, expirationSeconds: 3600 } },
  });
  return status.token;
}

beforeAll(async () => {
  stage = await setStage();
  const person = (user: string, ...roles: string[]) => ({ user, roles });
  await makeLab(stage, 'smith', { members: [person('jo@uni.edu', 'basic-read-write'), person('pi@uni.edu', 'full-read-write')] });
  await makeLab(stage, 'other', { members: [person('eve@uni.edu', 'read-only')] });
  const ready = async (name: string) =>
    (await stage.admin.read(Labs, name))?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  for (const lab of ['smith', 'other']) await vi.waitFor(async () => expect(await ready(lab)).toBe('Ready'), { timeout: 30_000 });
  await stage.admin.apply(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'portal' } });
  const account = (namespace: string, name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } });
  for (const [namespace, name] of [
    ['portal', 'gateway'],
    ['portal', 'stranger'],
  ] as const)
    await stage.admin.apply(ServiceAccounts, account(namespace, name));
  for (const lab of ['lab-smith', 'lab-other']) await stage.accomplice.apply(ServiceAccounts, account(lab, 'app'));
  stage.kubectl(['create', 'clusterrolebinding', 'gateway', '--clusterrole=bulkhead:reviewer', '--serviceaccount=portal:gateway']);
  tokens.gateway = await tokenOf('portal', 'gateway');
  tokens.stranger = await tokenOf('portal', 'stranger');
  tokens.own = await tokenOf('lab-smith', 'app');
  tokens.foreign = await tokenOf('lab-other', 'app');
  tokens.forApiServer = await tokenOf('portal', 'gateway', []);
  server = await serve();
});
afterAll(async () => {
  for (const one of servers) await one.close();
  await stage?.end();
});

async function send(token: string | undefined, body: string, { port } = server, path = '/v1/review', method = 'POST'): Promise<Answered> {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...(method === 'POST' && { body }) });
  return { code: response.status, headers: response.headers, body: (await response.json()) as Answered['body'] };
}
const question = (spec: object = {}) => ({
  spec: { user: 'jo@uni.edu', lab: 'smith', volume: 'projects', path: 'p1', verb: 'write', ...spec },
});
const ask = (token: string | undefined, spec: object = {}, to = server) => send(token, JSON.stringify(question(spec)), to);

describe('who may ask', () => {
  test('a gateway that holds the verb review asks about everybody and everything', async () => {
    expect(await ask(tokens.gateway)).toMatchObject({ code: 200, body: { status: { allowed: true, reason: 'Member' } } });
    expect(await ask(tokens.gateway, { user: 'eve@uni.edu', lab: 'other', verb: 'write' })).toMatchObject({
      code: 200,
      body: {
        status: {
          allowed: false,
          reason: 'NothingAllows',
          message: expect.stringContaining('eve@uni.edu may not write other:projects/p1'),
        },
      },
    });
    expect(await ask(tokens.gateway, { verb: undefined, task: 'CE-T53' })).toMatchObject({
      code: 200,
      body: { status: { allowed: true, reason: 'Task' } },
    });
  });

  test('an instance asks about its own lab; the account of another lab is refused the same question', async () => {
    expect(await ask(tokens.own)).toMatchObject({ code: 200, body: { status: { allowed: true } } });
    expect(await ask(tokens.foreign)).toMatchObject({ code: 403, body: { error: expect.stringContaining('people of that lab only') } });
    const eve = { user: 'eve@uni.edu', lab: 'other', verb: 'read' };
    expect(await ask(tokens.foreign, eve)).toMatchObject({ code: 200, body: { status: { allowed: true } } });
    expect(await ask(tokens.own, eve)).toMatchObject({ code: 403 });
  });

  test('naming a grant shows an instance nothing of it, until it may mount it', async () => {
    const data = [{ from: { lab: 'other', grant: 'shared' }, path: 'p9', mountPath: '/in' }];
    stage.kubectl(['apply', '-f', '-'], {
      ...{ apiVersion, kind: 'ProcessingInstance' },
      metadata: { name: 'app', namespace: 'lab-smith' },
      spec: { data },
    });
    const look = () => ask(tokens.own, { user: 'pi@uni.edu', lab: 'other', path: 'p9', verb: 'read' });
    expect(await look()).toMatchObject({ code: 403, body: { error: expect.stringContaining('other:projects/p9 is neither') } });
    await stage.admin.apply(DataGrants, {
      ...{ apiVersion, kind: DataGrants.kind },
      metadata: { name: 'shared', namespace: 'lab-other' },
      spec: { volume: 'projects', paths: ['p9'], subjects: [{ kind: 'Lab', name: 'smith' }] },
    });
    await expect.poll(look, { timeout: 10_000 }).toMatchObject({ code: 200, body: { status: { allowed: true, reason: 'Grant' } } });
  });

  test.for<[string, () => string | undefined, number]>([
    ['nobody', () => undefined, 401],
    ['whoever makes a token up', () => 'a.b.c', 401],
    ['a token for the API server itself', () => tokens.forApiServer, 401],
    ['an account that is neither an instance nor holds the verb', () => tokens.stranger, 403],
    ['a token too long to be one', () => 'x'.repeat(9000), 401],
  ])('%s is refused', async ([, token, code]) => {
    expect(await ask(token())).toMatchObject({ code, body: { error: expect.any(String) } });
  });

  test('whoever loses the verb is refused within a minute, and a copy that asks anew at once', async () => {
    const fresh = await serve();
    stage.kubectl(['delete', 'clusterrolebinding', 'gateway']);
    try {
      await expect.poll(async () => (await ask(tokens.gateway, {}, await serve())).code, { timeout: 10_000 }).toBe(403);
    } finally {
      stage.kubectl(['create', 'clusterrolebinding', 'gateway', '--clusterrole=bulkhead:reviewer', '--serviceaccount=portal:gateway']);
    }
    await expect.poll(async () => (await ask(tokens.gateway, {}, await serve())).code, { timeout: 10_000 }).toBe(200);
    expect((await ask(tokens.own, {}, fresh)).code).toBe(200);
  });
});

test.for<[string, string, string, string, number]>([
  ['what is no JSON', 'POST', '/v1/review', '{', 400],
  ['a field that nobody knows', 'POST', '/v1/review', JSON.stringify(question({ path: '../up' })), 400],
  ['more than a question', 'POST', '/v1/review', JSON.stringify({ ...question(), padding: 'x'.repeat(70_000) }), 413],
  ['another path', 'POST', '/v1/other', '{}', 404],
  ['another method', 'GET', '/v1/review', '', 405],
])('%s is refused', async ([, method, path, body, code]) => {
  expect(await send(tokens.gateway, body, server, path, method)).toMatchObject({ code, body: { error: expect.any(String) } });
});

test('who asks too often waits, and nobody else does', async () => {
  const slow = await serve({ perSecond: 2 });
  const codes: number[] = [];
  let last: Answered | undefined;
  for (let index = 0; index < 6; index++) {
    last = await ask(tokens.own, {}, slow);
    codes.push(last.code);
  }
  expect(codes.filter((code) => code === 200).length).toBeGreaterThanOrEqual(4);
  expect(last).toMatchObject({ code: 429, body: { error: expect.stringContaining('more than 2 times a second') } });
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await ask(tokens.gateway, {}, slow)).code).toBe(200);
});

test('tokens that nobody has seen cost the API server no more than a few requests a second', async () => {
  const flooded = await serve();
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(`made.up.${index}`, {}, flooded)));
  const codes = answers.map(({ code }) => code);
  expect(codes.filter((code) => code === 429).length).toBeGreaterThan(20);
  expect(codes.filter((code) => code === 401).length).toBeGreaterThanOrEqual(50);
  // Whoever is known already is answered all the while.
  expect((await ask(tokens.own, {}, server)).code).toBe(200);
});

test('a copy that has not read the cluster says so instead of no', async () => {
  const early = await serve({ isReady: () => false });
  expect(await ask(tokens.gateway, {}, early)).toMatchObject({ code: 503 });
});

test('refusals are logged for auditors, without tokens', async () => {
  await ask(tokens.gateway, { user: 'eve@uni.edu', verb: 'read' });
  const line = log.map((text) => JSON.parse(text)).findLast(({ review }) => review?.user === 'eve@uni.edu');
  expect(line).toMatchObject({
    msg: 'refused',
    review: { caller: 'system:serviceaccount:portal:gateway', place: 'smith:projects/p1', what: 'read', reason: 'NothingAllows' },
  });
  for (const token of Object.values(tokens)) expect(log.join()).not.toContain(token.split('.')[2]);
});

describe('visits', () => {
  const eve = 'eve@uni.edu';
  const there = (visit: boolean) => ask(tokens.foreign, { user: eve, lab: 'other', verb: 'read', visit });
  const visits = async () => (await stage.admin.readAll(Leases, { namespace: 'lab-other' })).flatMap((lease) => visitOf(lease) ?? []);
  const periodMs = 5000;
  const lab = (reactivatedAt?: string) =>
    makeLab(stage, 'other', {
      members: [{ user: eve, roles: ['read-only'], ...(reactivatedAt !== undefined && { reactivatedAt }) }],
      groups: [{ name: 'students', users: [eve] }],
      inactivity: [studentsAway(periodMs)],
    });

  test('a question alone is no visit; a visit is written once, and an answer does not wait for it', async () => {
    expect((await there(false)).code).toBe(200);
    expect(await visits()).toEqual([]);
    await lab();
    const from = Date.now();
    expect((await there(true)).body.status?.allowed).toBe(true);
    await expect.poll(visits, { timeout: 5000 }).toHaveLength(1);
    const [visit] = await visits();
    expect(visit).toMatchObject({ lab: 'other', user: eve });
    expect(visit?.at).toBeGreaterThanOrEqual(from);
    await there(true);
    expect(await visits()).toEqual([visit]);
  });

  test('CM-17, CM-23, CM-24 whoever stays away is told why and whom to ask, and does not come back by being there', async () => {
    const answered = () => there(true).then(({ body }) => body.status);
    await expect.poll(async () => (await there(false)).body.status?.reason, { timeout: 15_000 }).toBe('NotActive');
    expect(await answered()).toMatchObject({
      allowed: false,
      message: expect.stringContaining('Come to room 1.'),
      contacts: [{ name: 'Ada', email: 'ada@uni.edu' }],
    });
    expect(JSON.stringify(await answered())).not.toContain('left?');
    const [visit] = await visits();
    expect(Date.now() - (visit?.at ?? 0)).toBeGreaterThan(periodMs);
    await expect.poll(async () => (await stage.admin.read(Labs, 'other'))?.status?.inactive?.map(({ user }) => user)).toEqual([eve]);
  });

  test('CM-18 an administrator lets the person in again, and every right is there', async () => {
    await lab(new Date().toISOString());
    await expect.poll(async () => (await there(false)).body.status?.allowed, { timeout: 10_000 }).toBe(true);
    await expect.poll(async () => (await stage.admin.read(Labs, 'other'))?.status?.inactive ?? [], { timeout: 10_000 }).toEqual([]);
  });
});

test('with a certificate of the facility questions go over HTTPS', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bulkhead-review-'));
  const pki = (file: string) => readFileSync(join(stage.plane.pki, file));
  writeFileSync(join(directory, 'tls.crt'), pki('apiserver.crt'));
  writeFileSync(join(directory, 'tls.key'), pki('apiserver.key'));
  const { port } = await serve({ certificates: directory });
  const body = JSON.stringify(question());
  const code = await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${tokens.gateway}`, 'content-length': Buffer.byteLength(body) };
    const options = { host: '127.0.0.1', port, path: '/v1/review', method: 'POST', headers, ca: pki('ca.crt') };
    httpsRequest(options, (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end(body);
  });
  expect(code).toBe(200);
});

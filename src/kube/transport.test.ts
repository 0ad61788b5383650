import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Faulty, faultyApiServer, refuse, say } from '../../test/fixtures/apiserver.ts';
import { ApiError, ConnectionError } from './errors.ts';

const servers: Faulty[] = [];
const serverThat = async (...parameters: Parameters<typeof faultyApiServer>) => {
  const server = await faultyApiServer(...parameters);
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const read = { method: 'GET', path: '/api/v1/pods' } as const;

test('300 reads in a row share a connection or two, and the path of the server is kept', async () => {
  const server = await serverThat([say({})]);
  for (let i = 0; i < 300; i++) await server.transport.request(read);
  expect(server.connections()).toBeLessThanOrEqual(2);
  expect(server.requests[0]).toBe('GET /base/api/v1/pods');
});

test.each([
  ['429', refuse(429, 'TooManyRequests', { 'retry-after': '0' })],
  ['503', refuse(503, 'ServiceUnavailable', { 'retry-after': '0' })],
])('%s with Retry-After is asked again', async (_, busy) => {
  const server = await serverThat([busy, busy, say({ ok: true })]);
  expect(await server.transport.request(read)).toEqual({ ok: true });
  expect(server.requests).toHaveLength(3);
});

test('a wait that would end after the deadline is refused at once', async () => {
  const server = await serverThat([refuse(429, 'TooManyRequests', { 'retry-after': '60' })]);
  await expect(server.transport.request({ ...read, timeoutMs: 5000 })).rejects.toMatchObject({ code: 429, reason: 'TooManyRequests' });
  expect(server.requests).toHaveLength(1);
});

test('500 without Retry-After is an error of the first request', async () => {
  const server = await serverThat([refuse(500, 'InternalError')]);
  await expect(server.transport.request(read)).rejects.toBeInstanceOf(ApiError);
  expect(server.requests).toHaveLength(1);
});

test('an answer that does not come in time is a connection error', async () => {
  const server = await serverThat([() => {}]);
  await expect(server.transport.request({ ...read, timeoutMs: 50 })).rejects.toBeInstanceOf(ConnectionError);
});

test('an answer that breaks off is a connection error', async () => {
  const server = await serverThat([
    (response) => void response.writeHead(200, { 'content-length': '100' }).write('{"a"', () => response.destroy()),
  ]);
  await expect(server.transport.request(read)).rejects.toBeInstanceOf(ConnectionError);
});

test('a refused token is read again at once, and only once', async () => {
  const tokenFile = join(await mkdtemp(join(tmpdir(), 'bulkhead-token-')), 'token');
  await writeFile(tokenFile, 'old\n');
  const tokens: (string | undefined)[] = [];
  const server = await serverThat(
    [
      (response, { headers }) => {
        tokens.push(headers.authorization);
        return headers.authorization === 'Bearer new' ? say({})(response) : refuse(401, 'Unauthorized')(response);
      },
    ],
    tokenFile,
  );
  await expect(server.transport.request(read)).rejects.toMatchObject({ code: 401 });
  await writeFile(tokenFile, 'new\n');
  await server.transport.request(read);
  expect(tokens).toEqual(['Bearer old', 'Bearer old', 'Bearer old', 'Bearer new']);
});

test('the same warning is logged once', async () => {
  const server = await serverThat([say({}, 200, { warning: '299 - "deprecated"' })]);
  await server.transport.request(read);
  await server.transport.request(read);
  expect(server.log.filter((line) => line.includes('deprecated'))).toHaveLength(1);
});

test('an error names request, reason and the words of the server, but never the words about a Secret', async () => {
  const server = await serverThat([refuse(422, 'Invalid', {}, 'data[password]: "hunter2" is invalid')]);
  const about = (path: string) => server.transport.request({ method: 'PATCH', path, body: { data: 'hunter2' } });
  await expect(about('/api/v1/namespaces/x/configmaps/a')).rejects.toThrow(
    'PATCH /api/v1/namespaces/x/configmaps/a: data[password]: "hunter2" is invalid',
  );
  await expect(about('/api/v1/namespaces/x/secrets/a')).rejects.toThrow(/^PATCH \/api\/v1\/namespaces\/x\/secrets\/a: Invalid$/);
});

test('a page that is no Status is an error with the code', async () => {
  const server = await serverThat([(response) => void response.writeHead(502).end('<html>bad gateway</html>')]);
  await expect(server.transport.request(read)).rejects.toMatchObject({ code: 502, reason: '502' });
});

test('requests are counted by code and method', async () => {
  const server = await serverThat([refuse(404, 'NotFound'), say({})]);
  await server.transport.request(read).catch(() => {});
  await server.transport.request({ ...read, method: 'POST', body: {} });
  const text = await server.registry.metrics();
  expect(text).toContain('rest_client_requests_total{code="404",method="GET"} 1');
  expect(text).toContain('rest_client_requests_total{code="200",method="POST"} 1');
});

import { afterEach, expect, test } from 'vitest';
import { type Faulty, faultyApiServer, refuse, say, tell } from '../../test/fixtures/apiserver.ts';
import { Client } from './client.ts';
import { type Secret, Secrets } from './kind.ts';
import { createLogger } from './log.ts';
import { Reflector } from './reflector.ts';
import { Store } from './store.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const secret = (name: string, resourceVersion: string) => ({ metadata: { name, namespace: 'x', uid: name, resourceVersion } });
const added = (name: string, version: string) => ({ type: 'ADDED', object: secret(name, version) });
const bookmark = (resourceVersion: string, annotations = {}) => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion, annotations } },
});
const end = (version: string) => bookmark(version, { 'k8s.io/initial-events-end': 'true' });
const silence = () => {};

async function reflect(
  answers: Parameters<typeof faultyApiServer>[0],
): Promise<{ server: Faulty; store: Store<Secret>; versions: () => (string | null)[] }> {
  const server = await faultyApiServer(answers);
  cleanUp.push(() => server.close());
  const store = new Store<Secret>(Secrets, { fieldManager: 'bulkhead' });
  const client = new Client(server.transport, { fieldManager: 'bulkhead', gate: () => {} });
  const reflector = new Reflector(client, Secrets, { labelSelector: 'managed=true' }, store, createLogger('silent'));
  reflector.start();
  cleanUp.push(() => reflector.stop());
  await reflector.synced;
  const versions = () => server.requests.map((request) => new URL(request.split(' ')[1]!, 'http://x').searchParams.get('resourceVersion'));
  return { server, store, versions };
}
const names = (store: Store<Secret>) => store.list().map(({ metadata }) => metadata.name);

test('the first request streams the state and goes on as a watch, with bookmarks and a time limit', async () => {
  const { server, store } = await reflect([tell([added('a', '5'), end('7')]), silence]);
  expect(names(store)).toEqual(['a']);
  const query = new URL(server.requests[0]!.split(' ')[1]!, 'http://x').searchParams;
  expect(Object.fromEntries(query)).toMatchObject({
    labelSelector: 'managed=true',
    watch: 'true',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  });
  expect(Number(query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  expect(Number(query.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
});

test('a server without WatchList is listed in pages, and then watched', async () => {
  const { server, store, versions } = await reflect([
    refuse(422, 'Invalid'),
    say({ metadata: { resourceVersion: '9', continue: 'more' }, items: [secret('a', '5')] }),
    say({ metadata: { resourceVersion: '9' }, items: [secret('b', '6')] }),
    silence,
  ]);
  await expect.poll(() => versions()).toEqual([null, null, null, '9']);
  expect(names(store)).toEqual(['a', 'b']);
  expect(store.get('a', 'x')).toMatchObject({ apiVersion: 'v1', kind: 'Secret' });
  expect(server.requests[2]).toContain('continue=more');
});

test('a watch that ends goes on at once from the last bookmark', async () => {
  const { versions } = await reflect([tell([end('7')]), tell([added('a', '8'), bookmark('12')]), silence]);
  await expect.poll(() => versions()).toEqual([null, '7', '12']);
});

test('a watch that breaks goes on from the last event, after a while', async () => {
  const { store, versions } = await reflect([
    tell([end('7')]),
    tell([added('a', '8')], { breaks: true }),
    tell([added('b', '9')]),
    silence,
  ]);
  await expect.poll(() => versions(), { timeout: 5000 }).toEqual([null, '7', '8', '9']);
  expect(names(store)).toEqual(['a', 'b']);
});

test('an expired version leads to the full state, in which what is missing was deleted', async () => {
  const expired = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
  const { store } = await reflect([
    tell([added('a', '5'), added('b', '6'), end('7')]),
    tell([expired]),
    tell([added('b', '6'), added('c', '20'), end('21')]),
    silence,
  ]);
  const told: string[] = [];
  store.subscribe(({ before, after }) => told.push(`${before?.metadata.name ?? '-'} ${after?.metadata.name ?? '-'}`));
  await expect.poll(() => names(store), { timeout: 5000 }).toEqual(['b', 'c']);
  expect(told).toEqual(['- c', 'a -']);
});

test('characters that the wire cuts in half arrive whole', async () => {
  const bytes = Buffer.from(`${JSON.stringify(added('naïve-µ', '5'))}\n${JSON.stringify(end('7'))}\n`);
  const cut = bytes.indexOf('µ') + 1;
  const { store } = await reflect([
    (response) => {
      response.writeHead(200).write(bytes.subarray(0, cut));
      setTimeout(() => response.end(bytes.subarray(cut)), 20);
    },
    silence,
  ]);
  expect(names(store)).toEqual(['naïve-µ']);
});

// The store and the rules that fill it, against a model of the API server: a history of versions, told through streams that break, lists in
// pages, watches that resume or expire, and writes of our own whose answers overtake the watch.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatchEvent } from './client.ts';
import { type Secret, Secrets } from './kind.ts';
import { keyOf, type Stored } from './object.ts';
import { Reflection } from './reflection.ts';
import { Store } from './store.ts';

type Told = Exclude<WatchEvent<Secret>, { type: 'ERROR' }>;
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' };

function secret(name: string, version: number, uid = 'u'): Stored<Secret> {
  return { metadata: { name, namespace: 'default', uid, resourceVersion: String(version), creationTimestamp: '' } };
}

/** Every version that ever was; old ones can be compacted away. */
class ServerModel {
  readonly history: { version: number; type: 'ADDED' | 'MODIFIED' | 'DELETED'; name: string }[] = [];
  version = 10;
  compacted = 0;

  write(name: string): Stored<Secret> {
    this.history.push({ version: ++this.version, type: this.stateAt(this.version).has(name) ? 'MODIFIED' : 'ADDED', name });
    return secret(name, this.version);
  }
  delete(name: string): void {
    if (this.stateAt(this.version).has(name)) this.history.push({ version: ++this.version, type: 'DELETED', name });
  }
  stateAt(version: number): Map<string, Stored<Secret>> {
    const state = new Map<string, Stored<Secret>>();
    for (const entry of this.history) {
      if (entry.version > version) break;
      if (entry.type === 'DELETED') state.delete(entry.name);
      else state.set(entry.name, secret(entry.name, entry.version));
    }
    return state;
  }
  after(version: number): Told[] {
    return this.history
      .filter((entry) => entry.version > version)
      .map(({ type, name, version: at }) => ({ type, object: secret(name, at) }));
  }
}

/** Does up to `most` answers of what the reflection asks, then the connection is lost (or the request ends). */
function converse(reflection: Reflection<Secret>, server: ServerModel, most: number, canStream: boolean): void {
  const ask = reflection.next();
  if (ask.do === 'stream' && !canStream) {
    reflection.failed(422);
    return;
  }
  if (ask.do === 'stream') {
    const now = server.version;
    const told: Told[] = [...server.stateAt(now).values()].map((object) => ({ type: 'ADDED', object }));
    const end = secret('', now);
    told.push({ type: 'BOOKMARK', object: { ...end, metadata: { ...end.metadata, annotations: initialEventsEnd } } });
    for (const event of told.slice(0, most)) reflection.event(event);
    if (most < told.length) reflection.failed(undefined);
    return;
  }
  if (ask.do === 'list') {
    const [at, from] = (ask.page ?? `${server.version}/0`).split('/').map(Number) as [number, number];
    if (at < server.compacted) {
      reflection.failed(410);
      return;
    }
    const items = [...server.stateAt(at).values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const next = from + 1 < items.length ? { continue: `${at}/${from + 1}` } : {};
    reflection.page({ items: items.slice(from, from + 1), metadata: { resourceVersion: String(at), ...next } });
    return;
  }
  const since = Number(ask.resourceVersion);
  if (since < server.compacted) {
    reflection.failed(410);
    return;
  }
  const told = server.after(since);
  for (const event of told.slice(0, most)) reflection.event(event);
  if (most < told.length) reflection.failed(undefined);
  else reflection.event({ type: 'BOOKMARK', object: secret('', server.version) });
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), name, told: fc.constantFrom('never', 'now', 'late') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('converse' as const), most: fc.integer({ min: 0, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
);

test.each([true, false])('whatever breaks, the store ends equal to the server and told every difference (WatchList: %s)', (canStream) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const server = new ServerModel();
      const store = new Store(Secrets, { fieldManager: 'bulkhead' });
      const reflection = new Reflection<Secret>(store);
      const late: Stored<Secret>[] = [];
      const own = new Map<string, number>();
      const listener = new Map<string, string>();
      store.subscribe(({ before, after }) => {
        const key = keyOf((after ?? before)!);
        expect(listener.get(key)).toBe(before?.metadata.resourceVersion); // each change continues the last one
        if (after) listener.set(key, after.metadata.resourceVersion);
        else listener.delete(key);
      });
      for (const action of steps) {
        if (action.do === 'write') {
          const written = server.write(action.name);
          if (action.told === 'late') late.push(written);
          if (action.told === 'now') {
            store.observe(written);
            if (store.get(action.name, 'default')) own.set(action.name, server.version); // else it was not in sync yet
          }
        }
        if (action.do === 'delete') server.delete(action.name);
        if (action.do === 'delete') own.delete(action.name);
        if (action.do === 'compact') server.compacted = server.version;
        if (action.do === 'answer') for (const written of late.splice(0)) store.observe(written);
        if (action.do === 'converse') converse(reflection, server, action.most, canStream);
        for (const [name, version] of own)
          expect(Number(store.get(name, 'default')?.metadata.resourceVersion)).toBeGreaterThanOrEqual(version);
      }
      for (const written of late) store.observe(written);
      for (let i = 0; i < 8; i++) converse(reflection, server, Number.POSITIVE_INFINITY, canStream);
      const versions = (objects: Iterable<Stored<Secret>>) =>
        Object.fromEntries([...objects].map((object) => [keyOf(object), object.metadata.resourceVersion]));
      expect(versions(store.list())).toEqual(versions(server.stateAt(server.version).values()));
      expect(Object.fromEntries(listener)).toEqual(versions(store.list()));
      expect(store.list('default')).toHaveLength(store.list().length);
    }),
    { numRuns: 500 },
  );
});

test('a version from the future, after a restored backup, leads to a new state', () => {
  const store = new Store(Secrets, { fieldManager: 'bulkhead' });
  const reflection = new Reflection<Secret>(store);
  const server = new ServerModel();
  server.write('a');
  converse(reflection, server, 99, true);
  reflection.failed(504);
  expect(reflection.next()).toEqual({ do: 'stream' });
  const restored = new ServerModel();
  restored.version = 3;
  restored.write('b');
  converse(reflection, restored, 99, true);
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['b']);
});

test('own writes made while a list was on its way outlive the list, new objects and changed ones', () => {
  const store = new Store(Secrets, { fieldManager: 'bulkhead' });
  store.replace([secret('changed', 11)], '12');
  store.observe(secret('changed', 14));
  store.observe(secret('new', 15));
  store.replace([secret('changed', 11)], '13');
  expect(store.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion])).toEqual([
    ['changed', '14'],
    ['new', '15'],
  ]);
  store.remove(secret('new', 16));
  store.replace([], '17');
  expect(store.list()).toEqual([]);
});

test('an index follows every change, and an unknown one is an error', () => {
  const indices = { byType: ({ type }: Secret) => (type ? [type] : []) };
  const store = new Store<Secret>(Secrets, { fieldManager: 'bulkhead', indices });
  store.replace(
    [
      { ...secret('a', 11), type: 'x' },
      { ...secret('b', 12), type: 'x' },
    ],
    '12',
  );
  store.receive({ ...secret('a', 13), type: 'y' });
  store.remove(secret('b', 14));
  expect([store.byIndex('byType', 'x'), store.byIndex('byType', 'y').map(keyOf)]).toEqual([[], ['default/a']]);
  expect(() => store.byIndex('byColour', 'red')).toThrow('Secret has no index "byColour"');
});

test('cached objects are frozen to the last field, hold the fields that we have applied, and who else has written', () => {
  const store = new Store<Secret>(Secrets, { fieldManager: 'bulkhead' });
  const managedFields = [
    { manager: 'bulkhead', fieldsV1: { 'f:data': {} } },
    { manager: 'kubectl', fieldsV1: { 'f:metadata': {} } },
  ];
  const object = secret('a', 11);
  store.replace([{ ...object, metadata: { ...object.metadata, managedFields }, data: { key: 'x' } }], '11');
  const held = store.get('a', 'default')!;
  expect(held.metadata.managedFields).toEqual([{ manager: 'bulkhead', fieldsV1: { 'f:data': {} } }, { manager: 'kubectl' }]);
  expect(() => Object.assign(held.data!, { key: 'y' })).toThrow(TypeError);
});

test('an own write that the selector does not select is not kept', () => {
  const store = new Store<Secret>(Secrets, { fieldManager: 'bulkhead', labelSelector: 'managed=true,lab' });
  store.replace([], '10');
  const object = secret('a', 11);
  store.observe(object);
  expect(store.get('a', 'default')).toBeUndefined();
  store.observe({ ...object, metadata: { ...object.metadata, labels: { managed: 'true', lab: 'smith' } } });
  expect(store.get('a', 'default')).toBeDefined();
});

test('a namespace that is followed no longer is emptied, the others stay', () => {
  const store = new Store<Secret>(Secrets, { fieldManager: 'bulkhead' });
  const other = { ...secret('a', 12), metadata: { ...secret('a', 12).metadata, namespace: 'other' } };
  store.replace([secret('a', 11)], '11', 'default');
  store.replace([other], '12', 'other');
  store.forget('default');
  expect(store.list().map(keyOf)).toEqual(['other/a']);
  expect(store.get('a')).toBeUndefined();
});

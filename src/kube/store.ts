// The objects of one kind as the watch has told them, plus our own writes until the watch has caught up with them. Frozen, indexed, and
// never going back in time: an event older than what is held changes nothing.
import type { Kind } from './kind.ts';
import { compareVersions, type KubeObject, keyOf, type Stored } from './object.ts';

export interface Change<T extends KubeObject> {
  before?: Stored<T> | undefined;
  after?: Stored<T> | undefined;
  /** Part of the first list: nothing happened, somebody only has to look once. */
  initial: boolean;
}

export interface StoreOptions<T extends KubeObject> {
  fieldManager: string;
  labelSelector?: string | undefined;
  indices?: Record<string, (object: Stored<T>) => string[]> | undefined;
}

/** Scope of a store's reflector that covers the whole cluster; else it is the namespace. */
export const everywhere = '';

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, Stored<T>>();
  readonly #indices = new Map<string, Map<string, Set<string>>>();
  readonly #kind: Kind<T>;
  readonly #options: StoreOptions<T>;
  /** By scope: the version up to which the watch has told us everything. */
  readonly #seen = new Map<string, string>();
  /** Keys of own writes that the watch has not shown yet. */
  readonly #ahead = new Set<string>();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #indexers: [string, (object: Stored<T>) => string[]][];
  readonly #selects: (object: Stored<T>) => boolean;

  constructor(kind: Kind<T>, options: StoreOptions<T>) {
    this.#kind = kind;
    this.#options = options;
    this.#selects = parseSelector(options.labelSelector);
    this.#indexers = [['namespace', ({ metadata }) => [metadata.namespace ?? '']], ...Object.entries(options.indices ?? {})];
    for (const [name] of this.#indexers) this.#indices.set(name, new Map());
  }

  get(name: string, namespace?: string): Stored<T> | undefined {
    return this.#objects.get(keyOf({ metadata: { name, ...(namespace && { namespace }) } }));
  }

  list(namespace?: string): Stored<T>[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex('namespace', namespace);
  }

  byIndex(index: string, value: string): Stored<T>[] {
    const entries = this.#indices.get(index);
    if (!entries) throw new Error(`${this.#kind.kind} has no index "${index}": declare it with the informer`);
    return [...(entries.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Whether the watch has shown what is held under a name: it is more than the answer to our own write. */
  isSeen(name: string, namespace?: string): boolean {
    const key = keyOf({ metadata: { name, ...(namespace && { namespace }) } });
    return this.#objects.has(key) && !this.#ahead.has(key);
  }

  /** Calls back for every change from now on. */
  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The full state of a scope at a version: what is missing from it was deleted meanwhile. Own writes made after it stay. */
  replace(objects: Stored<T>[], resourceVersion: string, scope = everywhere): void {
    const initial = !this.#seen.has(scope);
    this.#seen.set(scope, resourceVersion);
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      this.#put(object, initial, true);
    }
    for (const [key, object] of this.#objects) {
      const inScope = scope === everywhere || object.metadata.namespace === scope;
      const isNewer = this.#ahead.has(key) && compareVersions(object.metadata.resourceVersion, resourceVersion) > 0;
      if (inScope && !present.has(key) && !isNewer) this.#drop(key);
    }
  }

  /** The watch tells that an object was added or changed. */
  receive(object: Stored<T>, scope = everywhere): void {
    this.advance(object.metadata.resourceVersion, scope);
    this.#put(object, false, false);
  }

  /** The watch tells that an object was deleted, or is no longer selected. */
  remove(object: Stored<T>, scope = everywhere): void {
    this.advance(object.metadata.resourceVersion, scope);
    const held = this.#objects.get(keyOf(object));
    if (held && compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion) >= 0) this.#drop(keyOf(object));
  }

  /** The watch has told everything up to this version. */
  advance(resourceVersion: string, scope = everywhere): void {
    const seen = this.#seen.get(scope);
    if (seen === undefined || compareVersions(resourceVersion, seen) > 0) this.#seen.set(scope, resourceVersion);
  }

  /** We have written this. Later reads must see it though the watch is behind; when the watch is ahead, it knows better. */
  observe(object: Stored<T>): Stored<T> {
    const kept = this.#prepare(object);
    const scope = this.#seen.has(everywhere) ? everywhere : (object.metadata.namespace ?? '');
    const seen = this.#seen.get(scope);
    if (seen === undefined || !this.#selects(kept) || compareVersions(object.metadata.resourceVersion, seen) <= 0) return kept;
    const key = keyOf(object);
    const held = this.#objects.get(key);
    if (held && compareVersions(kept.metadata.resourceVersion, held.metadata.resourceVersion) <= 0) return kept;
    this.#ahead.add(key);
    this.#set(key, kept, false);
    return kept;
  }

  /** Nobody follows this namespace any more. */
  forget(scope: string): void {
    this.#seen.delete(scope);
    for (const key of [...(this.#indices.get('namespace')?.get(scope) ?? [])]) this.#drop(key);
  }

  #put(object: Stored<T>, initial: boolean, fromList: boolean): void {
    const key = keyOf(object);
    const held = this.#objects.get(key);
    if (held) {
      const order = compareVersions(object.metadata.resourceVersion, held.metadata.resourceVersion);
      if (order >= 0) this.#ahead.delete(key);
      // A list may go back in time (a restored etcd), except behind our own writes; an event may not.
      if (order === 0 || (order < 0 && (!fromList || this.#ahead.has(key)))) return;
    }
    this.#set(key, this.#prepare(object), initial);
  }

  #set(key: string, after: Stored<T>, initial: boolean): void {
    const before = this.#objects.get(key);
    if (before) this.#index(key, before, 'delete');
    this.#objects.set(key, after);
    this.#index(key, after, 'add');
    this.#tell({ before, after, initial });
  }

  #drop(key: string): void {
    const before = this.#objects.get(key);
    if (!before) return;
    this.#index(key, before, 'delete');
    this.#objects.delete(key);
    this.#ahead.delete(key);
    this.#tell({ before, initial: false });
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }

  #index(key: string, object: Stored<T>, how: 'add' | 'delete'): void {
    for (const [name, valuesOf] of this.#indexers) {
      const entries = this.#indices.get(name)!;
      for (const value of valuesOf(object)) {
        const keys = entries.get(value) ?? new Set();
        keys[how](key);
        if (keys.size > 0) entries.set(value, keys);
        else entries.delete(value);
      }
    }
  }

  /** Which fields we have applied (applied.ts), and who else has written; what others own is bulk. */
  #prepare(object: Stored<T>): Stored<T> {
    if (Object.isFrozen(object)) return object;
    const managedFields = (object.metadata.managedFields ?? []).map(({ fieldsV1, ...entry }) =>
      entry.manager === this.#options.fieldManager ? { ...entry, fieldsV1 } : entry,
    );
    const metadata = { ...object.metadata, managedFields };
    return deepFreeze({ ...object, apiVersion: this.#kind.apiVersion, kind: this.#kind.kind, metadata });
  }
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** Label selectors of informers: `key`, `key=value`, joined by commas. */
function parseSelector(selector = ''): (object: KubeObject) => boolean {
  const terms = selector
    .split(',')
    .filter(Boolean)
    .map((term) => term.split('='));
  return ({ metadata }) =>
    terms.every(([key = '', value]) => (value === undefined ? key in (metadata.labels ?? {}) : metadata.labels?.[key] === value));
}

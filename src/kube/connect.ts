// Builds the runtime: the Kube that controllers see, with its stores, reflectors, workers and leadership behind it. The only place where the
// parts of this directory meet.
import { hostname } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import { collectDefaultMetrics, type Registry } from '@prometheus-io/client';
import { isApplied } from './applied.ts';
import { Client } from './client.ts';
import { RunningController } from './controller.ts';
import { isAlreadyExists, isNotFound } from './errors.ts';
import { EventRecorder } from './events.ts';
import { type Kind, Namespaces } from './kind.ts';
import type { Cache, Controller, Informer, Kube } from './kube.ts';
import { LeaderElection, type LeaseOptions } from './lease.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics.ts';
import { type KubeObject, keyOf, type Stored } from './object.ts';
import { Reflector } from './reflector.ts';
import { Store } from './store.ts';
import { Transport } from './transport.ts';

export interface RuntimeOptions {
  kubeConfig: KubeConfig;
  /** Field manager of every write; also the reporting controller of events. */
  fieldManager: string;
  informers?: Informer[];
  /** What `follow` caches. */
  followSelector?: string;
  /** Absent: this process writes without asking; for tools and tests. */
  lease?: LeaseOptions;
  logger: Logger;
  registry: Registry;
}

export interface Runtime extends Kube {
  readonly client: Client;
  /** Starts the informers; resolves when every cache is filled, or after `stop`. */
  start(): Promise<void>;
  /** Waits for the Lease, then runs the controllers; resolves after `stop`.
   * @throws NotLeading when the Lease is lost: the process must exit */
  run(controllers: Controller[]): Promise<void>;
  /** Stops watching, lets reconciliations end (at most 25 s), releases the Lease, closes connections. */
  stop(): Promise<void>;
  readonly isSynced: boolean;
  readonly isLeading: boolean;
}

const defaultWorkers = 4;
const drainMs = 25_000;
const followMs = 10_000;

export function createKube(options: RuntimeOptions): Runtime {
  const { fieldManager, followSelector, logger, kubeConfig, registry } = options;
  const metrics = createMetrics(registry);
  collectDefaultMetrics({ register: registry }); // nodejs_eventloop_lag_*: a blocked event loop outlives the Lease
  const transport = new Transport(kubeConfig, { logger, metrics });
  const election = options.lease && new LeaderElection(transport, options.lease, logger);
  const client = new Client(transport, { fieldManager, gate: election?.gate ?? (() => {}) });
  const recorder = new EventRecorder(client, { controller: fieldManager, instance: options.lease?.identity ?? hostname() }, logger);
  const stores = new Map<string, Store<KubeObject>>();
  const reflectors = new Map<string, Reflector<KubeObject>>();
  const stopping = new AbortController();
  let running: RunningController[] = [];
  let leading: Promise<void> = Promise.resolve();
  let isSynced = false;

  const idOf = (kind: Kind<KubeObject>, namespace = '') => `${kind.apiVersion}/${kind.plural}/${namespace}`;
  const addStore = ({ kind, labelSelector, indices }: Informer) => {
    if (stores.has(idOf(kind))) throw new Error(`${kind.kind} has two informers: merge them`);
    const store = new Store<KubeObject>(kind, { fieldManager, labelSelector, indices });
    stores.set(idOf(kind), store);
    return store;
  };
  const addReflector = (kind: Kind<KubeObject>, store: Store<KubeObject>, labelSelector?: string, namespace?: string) => {
    const reflector = new Reflector(client, kind, { namespace, labelSelector }, store, logger);
    reflectors.set(idOf(kind, namespace), reflector);
    return reflector;
  };
  const unfollow = (namespace: string) => {
    for (const [id, reflector] of reflectors) {
      if (!id.endsWith(`/${namespace}`)) continue;
      reflectors.delete(id);
      void reflector.stop();
      stores.get(id.slice(0, -namespace.length))?.forget(namespace);
    }
  };

  for (const informer of options.informers ?? []) {
    const store = addStore(informer);
    addReflector(informer.kind, store, informer.labelSelector);
    if (informer.kind.plural !== Namespaces.plural) continue;
    store.subscribe(({ before, after }) => {
      if (before && !after) unfollow(before.metadata.name);
    });
  }

  /** A kind that is watched but only followed has a store that fills as namespaces are followed. */
  const storeOf = (kind: Kind<KubeObject>): Store<KubeObject> =>
    stores.get(idOf(kind)) ?? addStore({ kind, ...(followSelector && { labelSelector: followSelector }) });
  const cached = <T extends KubeObject>(kind: Kind<T>): Store<T> => {
    const store = stores.get(idOf(kind));
    if (!store) throw new Error(`${kind.kind} is not cached: declare an informer, or follow it in a namespace`);
    return store as unknown as Store<T>;
  };
  const observe = <T extends KubeObject>(kind: Kind<T>, object: Stored<T>): Stored<T> => {
    const store = stores.get(idOf(kind)) as unknown as Store<T> | undefined;
    return store ? store.observe(object) : object;
  };
  /** The object as far as it is known: from the cache, else (kinds and namespaces that nobody follows) from the server. */
  const known = async <T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<Stored<T> | undefined> =>
    reflectors.has(idOf(kind)) || (namespace && reflectors.has(idOf(kind, namespace)))
      ? cached(kind).get(name, namespace)
      : client.get(kind, name, namespace);
  const patchFinalizers = async <T extends KubeObject>(
    kind: Kind<T>,
    { metadata }: Stored<T>,
    finalizers: string[],
  ): Promise<Stored<T>> => {
    const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
    return observe(kind, await client.patch(kind, metadata, { type: 'merge', body }));
  };

  const cache: Cache = {
    get: (kind, name, namespace) => cached(kind).get(name, namespace),
    list: (kind, namespace) => cached(kind).list(namespace),
    isSeen: (kind, name, namespace) => cached(kind).isSeen(name, namespace),
    byIndex: (kind, index, value) => cached(kind).byIndex(index, value),
    subscribe(kind, listener) {
      for (const after of cached(kind).list()) listener({ after });
      cached(kind).subscribe(listener);
    },
  };

  const kube: Kube = {
    cache,
    async apply(kind, intent) {
      const { name, namespace, uid } = intent.metadata;
      const live = await known(kind, name, namespace);
      if (live && (uid === undefined || uid === live.metadata.uid) && isApplied(intent, live, fieldManager)) return live;
      const body = { ...intent, apiVersion: kind.apiVersion, kind: kind.kind };
      logger.debug({ kind: kind.kind, object: keyOf(intent) }, live ? 'applies a difference' : 'applies a new object');
      return observe(kind, await client.patch(kind, { name, namespace }, { type: 'apply', body }));
    },
    async applyStatus(kind, object, status) {
      const { name, namespace, uid } = object.metadata;
      const live = (await known(kind, name, namespace)) ?? object;
      const body = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, ...(namespace && { namespace }), uid }, status };
      if (live.metadata.uid === uid && isApplied(body, live, fieldManager, 'status')) return;
      try {
        observe(kind, await client.patch(kind, { name, namespace }, { type: 'apply', subresource: 'status', body }));
      } catch (error) {
        if (!isNotFound(error)) throw error; // gone: there is nothing left to describe
      }
    },
    async create(kind, object, { dryRun = false } = {}) {
      try {
        const body = { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
        const created = await client.create(kind, body, { dryRun });
        return dryRun ? created : observe(kind, created);
      } catch (error) {
        if (isAlreadyExists(error)) return undefined;
        throw error;
      }
    },
    read: (kind, name, namespace) => client.get(kind, name, namespace),
    readAll: (kind, where) => client.list(kind, where),
    async mergePatch(kind, object, patch) {
      return observe(kind, await client.patch(kind, object.metadata, { type: 'merge', body: patch }));
    },
    delete: (kind, object, how) => client.delete(kind, object, how),
    async addFinalizer(kind, object, finalizer) {
      const finalizers = object.metadata.finalizers ?? [];
      return finalizers.includes(finalizer) ? object : patchFinalizers(kind, object, [...finalizers, finalizer]);
    },
    async removeFinalizer(kind, object, finalizer) {
      const finalizers = object.metadata.finalizers ?? [];
      if (!finalizers.includes(finalizer)) return;
      try {
        await patchFinalizers(
          kind,
          object,
          finalizers.filter((other) => other !== finalizer),
        );
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    async follow(kind, namespace) {
      const store = storeOf(kind);
      if (reflectors.has(idOf(kind))) throw new Error(`${kind.kind} is already cached everywhere`);
      const reflector = reflectors.get(idOf(kind, namespace)) ?? addReflector(kind, store, followSelector, namespace);
      reflector.start();
      await within(followMs, reflector.synced, `${kind.plural} of ${namespace} cannot be watched yet`);
    },
    event: (object, text) => recorder.record(object, text),
  };

  const lead = async (controllers: Controller[]): Promise<void> => {
    const { signal } = stopping;
    await election?.acquire(signal);
    metrics.leading.set({ name: fieldManager }, 1);
    running = controllers.map((spec) => new RunningController(spec, { storeOf, logger, metrics, workers: spec.workers ?? defaultWorkers }));
    if (election) await election.hold(signal);
    else await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  };

  return {
    ...kube,
    client,
    async start() {
      for (const reflector of reflectors.values()) reflector.start();
      const stopped = new Promise<'stopped'>((resolve) => stopping.signal.addEventListener('abort', () => resolve('stopped')));
      const filled = Promise.all([...reflectors.values()].map(({ synced }) => synced));
      isSynced = (await Promise.race([filled, stopped])) !== 'stopped';
    },
    async run(controllers) {
      try {
        leading = lead(controllers);
        await leading;
      } catch (error) {
        if (!stopping.signal.aborted) throw error;
      } finally {
        metrics.leading.set({ name: fieldManager }, 0);
      }
    },
    async stop() {
      const drained = Promise.all(running.map((controller) => controller.stop())).then(() => recorder.flush());
      await within(drainMs, drained, 'reconciliations did not end in time').catch((error) => logger.warn({ err: error }, 'giving up'));
      stopping.abort();
      await leading.catch(() => {}); // its owner hears of it from `run`
      await election?.release();
      await Promise.all([...reflectors.values()].map((reflector) => reflector.stop()));
      await transport.close();
    },
    get isSynced() {
      return isSynced;
    },
    get isLeading() {
      return election?.isLeading ?? true;
    },
  };
}

async function within<V>(ms: number, work: Promise<V>, otherwise: string): Promise<V> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

// Writes down what the API server does, straight from its watches and past every fault: who held which reservation, and which holders lived.
import { type Lab, Labs, type ProcessingInstance, ProcessingInstances, type Reservation, Reservations } from '../../src/api/kinds.ts';
import { pathOf } from '../../src/kube/client.ts';
import type { Runtime } from '../../src/kube/connect.ts';
import type { Kind } from '../../src/kube/kind.ts';
import { type KubeObject, keyOf, type Stored } from '../../src/kube/object.ts';
import { until } from '../cluster/embedded/api.ts';
import type { Holding, Life } from './history.ts';

export interface Recorder {
  holdings: Holding[];
  lives: Life[];
  /** A revision that has been reached by now. */
  seen(): number;
  /** The revision of etcd, now. */
  revision(): Promise<number>;
  /** Resolves when what is written down is what is there; nobody may write meanwhile. */
  caughtUp(): Promise<void>;
  stop(): void;
}

const ms = 3_600_000;

export async function record(kube: Runtime): Promise<Recorder> {
  const holdings: Holding[] = [];
  const open = new Map<string, Holding>();
  const lives = new Map<string, Life>();
  const stopping = new AbortController();
  const revision = async () => {
    const page = await kube.client.transport.request<{ metadata: { resourceVersion: string } }>({
      method: 'GET',
      path: pathOf(Labs),
      query: { limit: '1' },
    });
    return Number(page.metadata.resourceVersion);
  };
  let latest = await revision();
  const failures: unknown[] = [];
  const follow = <T extends KubeObject>(kind: Kind<T>, note: (object: Stored<T>, at: number, isDeleted: boolean) => void) => {
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const run = async () => {
      const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', timeoutSeconds: '3600' };
      for await (const { type, object } of kube.client.watch(kind, {}, query, { timeoutMs: ms, signal: stopping.signal })) {
        if (type === 'ERROR') throw new Error(object.message);
        const at = Number(object.metadata.resourceVersion);
        if (type === 'BOOKMARK') resolve();
        else note(object, at, type === 'DELETED');
        latest = Math.max(latest, at);
      }
      throw new Error(`the watch of ${kind.plural} ended`);
    };
    void run().catch((error) => {
      if (!stopping.signal.aborted) failures.push(error);
    });
    return begun;
  };

  const reservations = follow<Reservation>(Reservations, ({ metadata, spec }, at, isDeleted) => {
    const before = open.get(metadata.name);
    if (before && !isDeleted && before.holder === spec.holder?.uid) return;
    if (before) before.until = at;
    open.delete(metadata.name);
    if (isDeleted) return;
    const holding: Holding = { type: spec.type, resource: spec.resource, holder: spec.holder?.uid, from: at };
    holdings.push(holding);
    open.set(metadata.name, holding);
  });
  const note = (object: Stored<Lab> | Stored<ProcessingInstance>, at: number, isDeleted: boolean) => {
    const { uid, deletionTimestamp } = object.metadata;
    const identity = 'identity' in object.spec ? object.spec.identity : undefined;
    const life = lives.get(uid) ?? { uid, kind: object.kind ?? '', name: keyOf(object), adopts: identity };
    lives.set(uid, life);
    if (deletionTimestamp && !isDeleted) life.doomed ??= at;
    if (isDeleted) life.gone = at;
  };
  await Promise.all([reservations, follow(Labs, note), follow(ProcessingInstances, note)]);

  return {
    holdings,
    get lives() {
      return [...lives.values()];
    },
    seen() {
      if (failures.length > 0) throw failures[0];
      return latest;
    },
    revision,
    async caughtUp() {
      const there = await Promise.all([
        kube.readAll(Reservations),
        kube.readAll<KubeObject>(Labs),
        kube.readAll<KubeObject>(ProcessingInstances),
      ]);
      const holders = new Map(there[0].map(({ metadata, spec }) => [metadata.name, spec.holder?.uid]));
      const living = new Set([...there[1], ...there[2]].map(({ metadata }) => metadata.uid));
      const isEqual = () => {
        const alive = [...lives.values()].filter(({ gone }) => gone === undefined);
        return (
          open.size === holders.size &&
          [...open].every(([name, { holder }]) => holders.has(name) && holders.get(name) === holder) &&
          alive.length === living.size &&
          alive.every(({ uid }) => living.has(uid))
        );
      };
      await until('what was recorded is what is there', async () => isEqual());
    },
    stop: () => stopping.abort(),
  };
}

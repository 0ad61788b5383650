// What controllers see of a cluster. Reads come from the cache and cost no request; writes are server-side applies that are
// not sent when the cluster already holds the intent.
import type { Kind } from './kind.ts';
import type { KubeObject, Stored } from './object.ts';

/** Read-only view of what the informers hold. Objects are frozen. */
export interface Cache {
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Stored<T> | undefined;
  /** All objects of a kind, or those of one namespace. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Stored<T>[];
  /** Whether the watch has shown the object that `get` gives: that it stands for all to see, and was not only accepted. */
  isSeen(kind: Kind<KubeObject>, name: string, namespace?: string): boolean;
  /** Objects of a kind that an index (declared with the informer) files under a value. */
  byIndex<T extends KubeObject>(kind: Kind<T>, index: string, value: string): Stored<T>[];
  /** Calls back for every object there is, and for every change from then on, before any controller is woken by it. For models that are
   *  kept beside the caches; the listener must be quick and must not throw. */
  subscribe<T extends KubeObject>(
    kind: Kind<T>,
    listener: (change: { before?: Stored<T> | undefined; after?: Stored<T> | undefined }) => void,
  ): void;
}

export interface Kube {
  readonly cache: Cache;
  /** Applies the full intent of this field manager (server-side apply, forced, strict field validation). Nothing is sent when the cached
   *  object already contains the intent. Returns the stored object. Creates what is missing, unless `metadata.uid` is in the intent: then
   *  a missing or different object is a conflict, never a resurrection. */
  apply<T extends KubeObject>(kind: Kind<T>, intent: T): Promise<Stored<T>>;
  /** Applies the status subresource of an existing object with its uid; not sent when equal. */
  applyStatus<T extends KubeObject & { status?: unknown }>(
    kind: Kind<T>,
    object: Stored<T>,
    status: NonNullable<T['status']>,
  ): Promise<void>;
  /** Creates, never changes. Undefined when an object of that name exists. `dryRun` asks admission and stores nothing. */
  create<T extends KubeObject>(kind: Kind<T>, object: T, options?: { dryRun?: boolean }): Promise<Stored<T> | undefined>;
  /** Live reads, for what is not cached or must be certain. Undefined when it does not exist. */
  read<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<Stored<T> | undefined>;
  readAll<T extends KubeObject>(kind: Kind<T>, options?: { namespace?: string; labelSelector?: string }): Promise<Stored<T>[]>;
  /** JSON merge patch of an existing object; `resourceVersion` in the patch's metadata makes it conditional. */
  mergePatch<T extends KubeObject>(
    kind: Kind<T>,
    object: { metadata: { name: string; namespace?: string } },
    patch: object,
  ): Promise<Stored<T>>;
  /** Deletes exactly this object (uid precondition); a missing object is fine. */
  delete<T extends KubeObject>(
    kind: Kind<T>,
    object: Stored<T>,
    options?: { gracePeriodSeconds?: number; propagation?: 'Background' | 'Foreground' | 'Orphan' },
  ): Promise<void>;
  /** Adds or removes a finalizer with a metadata-only merge patch on the resourceVersion; no request when nothing changes. Returns the new object. */
  addFinalizer<T extends KubeObject>(kind: Kind<T>, object: Stored<T>, finalizer: string): Promise<Stored<T>>;
  removeFinalizer<T extends KubeObject>(kind: Kind<T>, object: Stored<T>, finalizer: string): Promise<void>;
  /** Follows a kind in one namespace (label-selected), for kinds that the operator may not watch everywhere (Secrets). Idempotent; returns once synced.
   *  Stops by itself when the namespace is gone. */
  follow<T extends KubeObject>(kind: Kind<T>, namespace: string): Promise<void>;
  /** An event on an object (events.k8s.io/v1, aggregated into series). Never throws. */
  event(object: KubeObject, event: { type: 'Normal' | 'Warning'; reason: string; action: string; note: string }): void;
}

export interface Informer<T extends KubeObject = KubeObject> {
  kind: Kind<T>;
  /** Only objects with these labels are cached. */
  labelSelector?: string;
  indices?: Record<string, (object: Stored<T>) => string[]>;
}

export interface Watch<T extends KubeObject = KubeObject> {
  kind: Kind<T>;
  /** Keys to look at again when this object was added, changed or deleted; called with the old and with the new state. */
  enqueue: (object: Stored<T>) => string[];
  /** Whether a change matters; absent: every change of resourceVersion does. */
  changed?: (before: Stored<T>, after: Stored<T>) => boolean;
}
/** Keeps the object type inside one watch while a list holds watches of many kinds. */
export const watch = <T extends KubeObject>(watch: Watch<T>): Watch => watch as unknown as Watch;
export const informer = <T extends KubeObject>(informer: Informer<T>): Informer => informer as unknown as Informer;

export interface Result {
  /** When to look again without any event. */
  requeueAt?: Date | undefined;
}

/** One controller. A key only means "look again": a lost, repeated or reordered event changes nothing. */
export interface Controller {
  name: string;
  watches: Watch[];
  reconcile(key: string): Promise<Result>;
  /** Called after a ReconcileError, with its reason and message, and after repeated unexpected errors, as "InternalError": the place to
   *  set Ready=False. The retry is the runtime's concern. */
  onError?(key: string, failure: { reason: string; message: string }): Promise<void>;
  /** Reconciliations of different keys at once; absent: 4. */
  workers?: number;
}

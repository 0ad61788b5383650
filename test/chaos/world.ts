// The labs and instances of a run, and the people who make and delete them: straight on the API server, past every fault.
import { apiVersion, type Lab, Labs, type ProcessingInstance, ProcessingInstances } from '../../src/api/kinds.ts';
import { finalizer } from '../../src/api/labels.ts';
import type { Runtime } from '../../src/kube/connect.ts';
import { ApiError } from '../../src/kube/errors.ts';
import type { Kind } from '../../src/kube/kind.ts';
import type { KubeObject, Stored } from '../../src/kube/object.ts';
import type { Answer, Thing } from './history.ts';
import type { Operation } from './plan.ts';
import type { Task } from './task.ts';

type Holder = Stored<Lab> | Stored<ProcessingInstance>;

export class World {
  readonly answers: Answer[] = [];
  readonly #admin: Runtime;
  /** By name, the latest last. */
  readonly #incarnations = new Map<string, Holder[]>();
  /** What an instance asks for, by uid. */
  readonly #licenses = new Map<string, string | undefined>();
  /** What a holder was told first, as its status or its LabPolicy would tell. */
  readonly #known = new Map<string, Thing[]>();

  constructor(admin: Runtime) {
    this.#admin = admin;
  }

  /** The objects of every name as they are now; some are gone. */
  latest(): Holder[] {
    return [...this.#incarnations.values()].map((objects) => objects.at(-1)!);
  }

  /** Makes the object if it is missing.
   * @returns the object that is to be served */
  async serve(operation: Operation): Promise<Holder | undefined> {
    const { kind, name, identity, inherits, storage, license } = operation;
    const earlier = this.#incarnations.get(name) ?? [];
    const inherited = inherits && earlier.at(-1) ? this.#identityOf(earlier.at(-1)!.metadata.uid) : undefined;
    const adopts = inherited ?? identity;
    const metadata = { name, finalizers: [finalizer] };
    const made =
      kind === 'lab'
        ? await this.#admin.create<Lab>(Labs, {
            apiVersion,
            metadata,
            spec: { quota: {}, storage, ...(adopts && { identity: adopts }) },
          })
        : await this.#admin.create<ProcessingInstance>(ProcessingInstances, {
            apiVersion,
            metadata: { ...metadata, namespace: 'default' },
            spec: {},
          });
    if (!made) return earlier.at(-1);
    this.#licenses.set(made.metadata.uid, license);
    this.#incarnations.set(name, [...(this.#incarnations.get(name) ?? []), made]);
    return made;
  }

  /** Some object of the name, which may be gone. */
  earlier({ name, chance }: Operation): Holder | undefined {
    const objects = this.#incarnations.get(name) ?? [];
    return objects[Math.floor(chance * objects.length)];
  }

  change({ name, license }: Operation): Holder | undefined {
    const object = this.#incarnations.get(name)?.at(-1);
    if (object) this.#licenses.set(object.metadata.uid, license);
    return object;
  }

  async delete({ name }: Operation): Promise<Holder | undefined> {
    const object = this.#incarnations.get(name)?.at(-1);
    if (object) await this.#admin.delete<KubeObject>(kindOf(object), object);
    return object;
  }

  async strip(operation: Operation): Promise<void> {
    const object = await this.delete(operation);
    if (!object) return;
    try {
      const uid = object.metadata.uid;
      await this.#admin.mergePatch(kindOf(object), object, { metadata: { uid, finalizers: [] } });
    } catch (error) {
      const isAnother = error instanceof ApiError && [404, 409, 422].includes(error.code);
      if (!isAnother) throw error;
    }
  }

  /** @param isInformed whether the copy has seen what the holder was told before */
  toServe(object: Holder, isInformed: boolean): Task {
    const { uid } = object.metadata;
    if (isLab(object)) return { act: 'serve lab', object, known: isInformed ? this.#identityOf(uid) : undefined };
    const ports = this.#known.get(uid)?.find(({ type }) => type === 'Ports');
    const base = isInformed && ports ? Number.parseInt(ports.resource, 10) : undefined;
    return { act: 'serve instance', object, license: this.#licenses.get(uid), base };
  }

  toEnd(object: Holder): Task {
    return isLab(object) ? { act: 'end lab', object } : { act: 'end instance', object };
  }

  tell(answer: Answer): void {
    this.answers.push(answer);
    const known = this.#known.get(answer.holder) ?? [];
    this.#known.set(answer.holder, [...known, ...answer.given.filter(({ type }) => !known.some((thing) => thing.type === type))]);
  }

  #identityOf(uid: string): { uid: number; gid: number } | undefined {
    const known = this.#known.get(uid) ?? [];
    const id = (wanted: string) => Number(known.find(({ type }) => type === wanted)?.resource);
    return known.some(({ type }) => type === 'UserID') ? { uid: id('UserID'), gid: id('GroupID') } : undefined;
  }
}

const isLab = (object: Holder): object is Stored<Lab> => object.kind === Labs.kind;
const kindOf = (object: Holder) => (isLab(object) ? Labs : ProcessingInstances) as unknown as Kind<KubeObject>;

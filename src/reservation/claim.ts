// Claims what the whole facility shares. A library of the concept, for every slice that needs something exclusive, like access/.
// Create-only: the name of a Reservation is the resource, so the API server settles every race; "already exists" is the only "no".
import { Labs, ProcessingInstances, type Reservation, Reservations } from '../api/kinds.ts';
import { holderLabel, managedLabel } from '../api/labels.ts';
import type { ReservationSpec } from '../api/reservation.ts';
import { type Cache, informer, type Kube } from '../kube/kube.ts';
import type { KubeObject, Stored } from '../kube/object.ts';

/** Who holds a reservation: an object with its uid, so that a later object of the same name is another holder. */
export type Holder = NonNullable<ReservationSpec['holder']>;

/** The resource belongs to somebody else. */
export interface Taken {
  /** What is taken, by whom, and what to do, for a status. */
  taken: string;
  /** The reservation that stands in the way, as the server holds it now; absent when a whole range is taken. */
  by?: Stored<Reservation>;
}

/** One reservation as it is wanted. Without a holder it is shared (StorageDirectory). */
export interface Wanted {
  name: string;
  type: ReservationSpec['type'];
  resource: string;
  holder?: Holder;
}

const byHolder = 'byHolder';
const holderUids = ({ spec }: Reservation) => (spec.holder ? [spec.holder.uid] : []);
/** The informer that claims read from. */
export const reservationInformer = informer({ kind: Reservations, indices: { [byHolder]: holderUids } });

export const heldBy = (cache: Cache, holderUid: string): Stored<Reservation>[] => cache.byIndex(Reservations, byHolder, holderUid);

/** What the server says the holder has, for decisions that a late cache must not make. */
export const heldByLive = (kube: Kube, holderUid: string): Promise<Stored<Reservation>[]> =>
  kube.readAll(Reservations, { labelSelector: `${holderLabel}=${holderUid}` });

/** Makes one reservation, or finds that the holder has it already. Costs no request when the cache shows it as the holder's own.
 * @throws Error when it changes hands all the time while this looks at it; the caller tries again later */
export async function claim(kube: Kube, wanted: Wanted): Promise<Stored<Reservation> | Required<Taken>> {
  const cached = kube.cache.get(Reservations, wanted.name);
  if (cached && belongs(cached, wanted)) return cached;
  let known = cached !== undefined;
  for (let attempt = 0; attempt < 3; attempt++) {
    const created = known ? undefined : await kube.create(Reservations, reservation(wanted));
    if (created) return created;
    const existing = await kube.read(Reservations, wanted.name);
    if (existing && belongs(existing, wanted)) return existing;
    if (existing && !(await isAbandoned(kube, existing)))
      return { taken: `${existing.spec.resource} belongs to ${describe(existing.spec.holder)}`, by: existing };
    if (existing) await kube.delete(Reservations, existing);
    known = false;
  }
  throw new Error(`Reservation ${wanted.name} keeps changing hands`);
}

/** Gives back what an instance held. Ids and storage roots are never given back: files on disk belong to them. */
export async function releaseReservations(kube: Kube, holder: Holder): Promise<void> {
  for (const held of await heldByLive(kube, holder.uid)) {
    if (isReleasable(held) && held.spec.holder?.uid === holder.uid) await kube.delete(Reservations, held);
  }
}

/** The holder in words: `Lab "smith"`, `ProcessingInstance "lab-smith/relion"`. */
export const describe = (holder: Holder | undefined): string =>
  holder ? `${holder.kind} "${holder.namespace === undefined ? '' : `${holder.namespace}/`}${holder.name}"` : 'storage roots below it';

/** Whether the object that holds a reservation is gone for certain: the cache may only say that it is there. */
async function isGone(kube: Kube, { kind, namespace, name, uid }: Holder): Promise<boolean> {
  const holders = kind === 'Lab' ? Labs : ProcessingInstances;
  if (kube.cache.get<KubeObject>(holders, name, namespace)?.metadata.uid === uid) return false;
  return (await kube.read<KubeObject>(holders, name, namespace))?.metadata.uid !== uid;
}

const isReleasable = ({ spec }: Reservation) => spec.type === 'Ports' || spec.type === 'License';

/** An instance whose finalizer was taken away by force leaves its reservations behind; whoever wants one finds it abandoned. */
const isAbandoned = async (kube: Kube, existing: Reservation) =>
  isReleasable(existing) && existing.spec.holder !== undefined && (await isGone(kube, existing.spec.holder));

const belongs = ({ spec }: Reservation, wanted: Wanted) => spec.type === wanted.type && spec.holder?.uid === wanted.holder?.uid;

function reservation({ name, type, resource, holder }: Wanted): Reservation {
  return {
    apiVersion: Reservations.apiVersion,
    kind: Reservations.kind,
    metadata: { name, labels: { [managedLabel]: 'true', ...(holder && { [holderLabel]: holder.uid }) } },
    spec: { type, resource, ...(holder && { holder }) },
  };
}

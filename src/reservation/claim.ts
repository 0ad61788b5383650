// Claims what the whole facility shares. A library of the concept, for every slice that needs something exclusive, like access/.
// Create-only: the name of a Reservation is the resource, so the API server settles every race; "already exists" is the only "no".
// A cache may be late, and a leader that was replaced may not know it yet: what was just claimed is an answer only after `confirmed`.
import { Labs, ProcessingInstances, type Reservation, Reservations } from '../api/kinds.ts';
import { holderLabel, managedLabel } from '../api/labels.ts';
import type { ReservationSpec } from '../api/reservation.ts';
import { ApiError } from '../kube/errors.ts';
import { type Cache, informer, type Kube } from '../kube/kube.ts';
import { compareVersions, type KubeObject, type Stored } from '../kube/object.ts';

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

/** What the server says the holder has, for decisions that a late cache must not make. The oldest first. */
export async function heldByLive(kube: Kube, holderUid: string): Promise<Stored<Reservation>[]> {
  const held = await kube.readAll(Reservations, { labelSelector: `${holderLabel}=${holderUid}` });
  return held.filter(({ spec }) => spec.holder?.uid === holderUid).sort(byAge);
}

export const byAge = (one: Stored<Reservation>, other: Stored<Reservation>): number =>
  compareVersions(one.metadata.resourceVersion, other.metadata.resourceVersion);

/** Makes one reservation, or finds that the holder has it already. Costs no request when the cache shows it as the holder's own.
 * @throws ApiError (conflict) when it changes hands all the time while this looks at it; the caller tries again later */
export async function claim(kube: Kube, wanted: Wanted): Promise<Stored<Reservation> | Required<Taken>> {
  const cached = kube.cache.get(Reservations, wanted.name);
  if (cached && belongs(cached, wanted)) return cached;
  let known = cached !== undefined;
  for (let attempt = 0; attempt < 3; attempt++) {
    const created = known ? undefined : await kube.create(Reservations, reservation(wanted));
    if (created) return created;
    const existing = await kube.read(Reservations, wanted.name);
    if (existing)
      return belongs(existing, wanted)
        ? existing
        : { taken: `${existing.spec.resource} belongs to ${describe(existing.spec.holder)}`, by: existing };
    known = false;
  }
  throw conflict(`Reservation ${wanted.name} keeps changing hands`);
}

/** What the holder has, by the server, provided that it still lives. Asked after a claim and before its answer: whoever takes a holder
 * down lists its reservations after the holder was marked as deleted, so a claim that finds it unmarked afterwards is in that list.
 * @throws ApiError (conflict) when the holder is being deleted or gone: what was claimed for it is not given */
export async function confirmed(kube: Kube, holder: Holder): Promise<Stored<Reservation>[]> {
  const found = await holderLive(kube, holder);
  if (!found || found.metadata.deletionTimestamp) throw conflict(`${describe(holder)} is being deleted, or gone`);
  return heldByLive(kube, holder.uid);
}

/** Gives back what an instance held. Ids and storage roots are never given back: files on disk belong to them. */
export async function releaseReservations(kube: Kube, holder: Holder): Promise<void> {
  for (const held of await heldByLive(kube, holder.uid)) {
    if (isReleasable(held)) await kube.delete(Reservations, held);
  }
}

/** Ports and licences go back to the facility; files on disk belong to everything else. */
export const isReleasable = ({ spec }: Reservation): boolean => spec.type === 'Ports' || spec.type === 'License';

/** The object that holds a reservation, as the server has it. Undefined when it is gone, though another may have its name. */
export async function holderLive(kube: Kube, { kind, namespace, name, uid }: Holder): Promise<Stored<KubeObject> | undefined> {
  const found = await kube.read<KubeObject>(kind === 'Lab' ? Labs : ProcessingInstances, name, namespace);
  return found?.metadata.uid === uid ? found : undefined;
}

/** The holder in words: `Lab "smith"`, `ProcessingInstance "lab-smith/relion"`. */
export const describe = (holder: Holder | undefined): string =>
  holder ? `${holder.kind} "${holder.namespace === undefined ? '' : `${holder.namespace}/`}${holder.name}"` : 'storage roots below it';

/** An ordinary race was lost: the caller looks again with newer eyes. */
export const conflict = (message: string): ApiError => new ApiError(409, 'Conflict', message);

const belongs = ({ spec }: Reservation, wanted: Wanted) => spec.type === wanted.type && spec.holder?.uid === wanted.holder?.uid;

function reservation({ name, type, resource, holder }: Wanted): Reservation {
  return {
    apiVersion: Reservations.apiVersion,
    kind: Reservations.kind,
    metadata: { name, labels: { [managedLabel]: 'true', ...(holder && { [holderLabel]: holder.uid }) } },
    spec: { type, resource, ...(holder && { holder }) },
  };
}

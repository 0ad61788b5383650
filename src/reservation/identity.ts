// The numeric identity of a lab on the file system: one uid and one gid that no other lab has, had or will have (CS-8).
import { Labs, type Reservation, Reservations } from '../api/kinds.ts';
import { holderLabel } from '../api/labels.ts';
import { groupIdReservation, userIdReservation } from '../api/names.ts';
import type { Cache, Kube } from '../kube/kube.ts';
import { compareVersions, type Stored } from '../kube/object.ts';
import { claim, confirmed, conflict, describe, type Holder, heldBy, type Taken } from './claim.ts';

export interface Identity {
  uid: number;
  gid: number;
}

export interface IdentityRequest {
  /** Ids to allocate from, both ends included. */
  range: { first: number; last: number };
  /** The account that the Lab names itself. */
  adopted?: Identity | undefined;
  /** What the lab is known to have run as, in case that its reservation was lost. */
  known?: Identity | undefined;
}

/** Gives a lab its identity: the one it has, the one it adopts, or the lowest free number of the range as both ids. Costs no request
 * when the cache shows that the lab has what it is known to run as. */
export async function claimIdentity(kube: Kube, holder: Holder, { range, adopted, known }: IdentityRequest): Promise<Identity | Taken> {
  const held = heldIdentity(kube.cache, holder, known ?? adopted);
  const fixed = held ?? known;
  if (adopted && fixed && !same(fixed, adopted)) return ownsFilesOf(fixed);
  if (held && known && same(held, known)) return held;
  const answer = await (adopted && !held
    ? adopt(kube, holder, adopted)
    : fixed
      ? claimBoth(kube, holder, fixed)
      : allocate(kube, holder, range));
  if ('taken' in answer) return answer;
  // Two copies may each have allocated one for it. All agree on the one that was complete first; the other is lost, as ids are never free again.
  const agreed = identityOf(await confirmed(kube, holder), known ?? adopted);
  if (!agreed) throw conflict(`the ids of ${describe(holder)} were taken away meanwhile`);
  return adopted && !same(agreed, adopted) ? ownsFilesOf(agreed) : agreed;
}

const same = (one: Identity, other: Identity) => one.uid === other.uid && one.gid === other.gid;
const ownsFilesOf = ({ uid, gid }: Identity): Taken => ({
  taken: `the files of this lab belong to uid ${uid} and gid ${gid} already; spec.identity must be those`,
});

/** Ids that this process is claiming right now, and for whom: labs that are made at once need not race for the same one. */
const underWay = new Map<number, string>();

async function allocate(kube: Kube, holder: Holder, range: { first: number; last: number }): Promise<Identity | Taken> {
  for (let id = range.first; id <= range.last; id++) {
    // Ids are never free again, so what the cache shows as taken is taken, and what it does not show yet the server refuses.
    const cached = [userIdReservation(id), groupIdReservation(id)].map((name) => kube.cache.get(Reservations, name));
    if (cached.some((reservation) => reservation && reservation.spec.holder?.uid !== holder.uid)) continue;
    if ((underWay.get(id) ?? holder.uid) !== holder.uid) continue;
    underWay.set(id, holder.uid);
    try {
      const answer = await claimBoth(kube, holder, { uid: id, gid: id });
      if (!('taken' in answer)) return answer;
    } finally {
      underWay.delete(id);
    }
  }
  return {
    taken: `every id in ${range.first}-${range.last} is taken, and ids are never used again; widen identity in the configuration of the facility`,
  };
}

async function claimBoth(kube: Kube, holder: Holder, { uid, gid }: Identity): Promise<Identity | Taken> {
  const user = await claim(kube, { name: userIdReservation(uid), type: 'UserID', resource: `${uid}`, holder });
  if ('taken' in user) return refused('uid', uid, user.by);
  const group = await claim(kube, { name: groupIdReservation(gid), type: 'GroupID', resource: `${gid}`, holder });
  return 'taken' in group ? refused('gid', gid, group.by) : { uid, gid };
}

/** Ids that a deleted Lab of the same name held together go to the Lab that names both; ids that nobody held are simply claimed. */
async function adopt(kube: Kube, holder: Holder, { uid, gid }: Identity): Promise<Identity | Taken> {
  const user = await kube.read(Reservations, userIdReservation(uid));
  if (!user || !(await hasPassed(kube, user, holder))) return claimBoth(kube, holder, { uid, gid });
  const group = await kube.read(Reservations, groupIdReservation(gid));
  const groupHolder = group?.spec.holder?.uid;
  if (!group || (groupHolder !== user.spec.holder?.uid && groupHolder !== holder.uid))
    return { taken: `uid ${uid} was not reserved together with gid ${gid}; name the ids that the earlier lab had` };
  // The uid last: until it has changed hands, a repeated attempt and the storage roots can still tell who had it.
  if (groupHolder !== holder.uid) await takeOver(kube, group, holder);
  await takeOver(kube, user, holder);
  return { uid, gid };
}

const refused = (what: 'uid' | 'gid', id: number, by: Stored<Reservation>): Taken => ({
  taken: `${what} ${id} belongs to ${describe(by.spec.holder)} and is never given to another lab, even when that one is gone; choose another`,
  by,
});

/** Whether a reservation belongs to a Lab that had the name of the holder before and is gone: a name has one object at a time. */
export async function hasPassed(kube: Kube, { spec }: Reservation, holder: Holder): Promise<boolean> {
  if (spec.holder?.kind !== 'Lab' || holder.kind !== 'Lab' || spec.holder.name !== holder.name || spec.holder.uid === holder.uid)
    return false;
  return (await kube.read(Labs, holder.name))?.metadata.uid === holder.uid;
}

/** Writes the later Lab into a reservation of the earlier one; conditional on the version that was judged. */
export async function takeOver(kube: Kube, reservation: Stored<Reservation>, holder: Holder): Promise<void> {
  const { resourceVersion } = reservation.metadata;
  await kube.mergePatch(Reservations, reservation, {
    metadata: { resourceVersion, labels: { [holderLabel]: holder.uid } },
    spec: { holder },
  });
}

/** The ids that the holder has, as far as the cache knows; for a decision ask claimIdentity. */
export const heldIdentity = (cache: Cache, holder: Holder, known?: Identity): Identity | undefined =>
  identityOf(heldBy(cache, holder.uid), known);

/** The identity among what one lab holds, whole or not at all.
 * @param preferred what the lab is known to run as; else a lab that has two has the one that was complete first */
function identityOf(held: Stored<Reservation>[], preferred?: Identity): Identity | undefined {
  const [users, groups] = [idsOf(held, 'UserID'), idsOf(held, 'GroupID')];
  if (preferred && users.has(preferred.uid) && groups.has(preferred.gid)) return preferred;
  const pairs = [...users.keys()].filter((id) => groups.has(id));
  const completion = (id: number) => latest(users.get(id)!, groups.get(id)!);
  const [first] = pairs.sort((one, other) => compareVersions(completion(one), completion(other)));
  if (first !== undefined) return { uid: first, gid: first };
  const [[uid], [gid]] = [[...users.keys()], [...groups.keys()]];
  return uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
}

/** Ids of one type, with the version at which each was reserved. */
const idsOf = (held: Stored<Reservation>[], type: 'UserID' | 'GroupID') =>
  new Map(held.filter(({ spec }) => spec.type === type).map(({ spec, metadata }) => [Number(spec.resource), metadata.resourceVersion]));
const latest = (one: string, other: string) => (compareVersions(one, other) > 0 ? one : other);

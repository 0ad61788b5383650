// The numeric identity of a lab on the file system: one uid and one gid that no other lab has, had or will have (CS-8).
import { Labs, type Reservation, Reservations } from '../api/kinds.ts';
import { holderLabel } from '../api/labels.ts';
import { groupIdReservation, userIdReservation } from '../api/names.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { claim, describe, type Holder, heldBy, type Taken } from './claim.ts';

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

/** Gives a lab its identity: the one it has, the one it adopts, or the lowest free number of the range as both ids. */
export async function claimIdentity(kube: Kube, holder: Holder, { range, adopted, known }: IdentityRequest): Promise<Identity | Taken> {
  const held = heldIdentity(kube, holder) ?? known;
  if (adopted && held && (held.uid !== adopted.uid || held.gid !== adopted.gid))
    return { taken: `the files of this lab belong to uid ${held.uid} and gid ${held.gid} already; spec.identity must be those` };
  const fixed = adopted ?? held;
  return fixed ? claimBoth(kube, holder, fixed) : allocate(kube, holder, range);
}

async function allocate(kube: Kube, holder: Holder, range: { first: number; last: number }): Promise<Identity | Taken> {
  for (let id = range.first; id <= range.last; id++) {
    // Ids are never free again, so what the cache shows as taken is taken, and what it does not show yet the server refuses.
    const cached = [userIdReservation(id), groupIdReservation(id)].map((name) => kube.cache.get(Reservations, name));
    if (cached.some((reservation) => reservation && reservation.spec.holder?.uid !== holder.uid)) continue;
    const answer = await claimBoth(kube, holder, { uid: id, gid: id });
    if (!('taken' in answer)) return answer;
  }
  return {
    taken: `every id in ${range.first}-${range.last} is taken, and ids are never used again; widen identity in the configuration of the facility`,
  };
}

async function claimBoth(kube: Kube, holder: Holder, { uid, gid }: Identity): Promise<Identity | Taken> {
  const user = await claim(kube, { name: userIdReservation(uid), type: 'UserID', resource: `${uid}`, holder });
  if ('taken' in user && !(await hasPassed(kube, user.by, holder))) return refused('uid', uid, user);
  const group = await claim(kube, { name: groupIdReservation(gid), type: 'GroupID', resource: `${gid}`, holder });
  if ('taken' in group && !(await hasPassed(kube, group.by, holder))) return refused('gid', gid, group);
  // The uid last: until it has changed hands, the storage roots can still tell that both ids were held together with them.
  if ('taken' in group) await takeOver(kube, group.by, holder);
  if ('taken' in user) await takeOver(kube, user.by, holder);
  return { uid, gid };
}

const refused = (what: 'uid' | 'gid', id: number, { by }: Required<Taken>): Taken => ({
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

function heldIdentity(kube: Kube, holder: Holder): Identity | undefined {
  const held = heldBy(kube.cache, holder.uid);
  const numbers = (type: 'UserID' | 'GroupID') => held.filter(({ spec }) => spec.type === type).map(({ spec }) => Number(spec.resource));
  const [users, groups] = [numbers('UserID'), numbers('GroupID')];
  const same = users.find((uid) => groups.includes(uid));
  if (same !== undefined) return { uid: same, gid: same };
  return users[0] !== undefined && groups[0] !== undefined ? { uid: users[0], gid: groups[0] } : undefined;
}

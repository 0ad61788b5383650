// A storage root belongs to one lab for ever: its files outlive the Lab. No root may be equal to, above or below another (CS-3).
import { type Reservation, Reservations } from '../api/kinds.ts';
import { groupIdReservation, userIdReservation } from '../api/names.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { claim, describe, type Holder, heldBy, heldByLive, type Taken } from './claim.ts';
import { hasPassed, type Identity, takeOver } from './identity.ts';
import { pathReservations } from './path.ts';

/** Gives a lab a storage root. One that a deleted Lab of the same name held is given again only to a Lab that adopts the very identity
 * that was reserved together with it (`adopted`): the files belong to those ids. Claim roots before the identity: this checks who had it. */
export async function claimStorageRoot(
  kube: Kube,
  holder: Holder,
  root: { backend: string; path: string },
  adopted?: Identity,
): Promise<{ backend: string; path: string } | Taken> {
  for (const { name, type, resource } of pathReservations(root.backend, root.path)) {
    const answer = await claim(kube, { name, type, resource, ...(type === 'StorageRoot' && { holder }) });
    if (!('taken' in answer)) continue;
    if (type === 'StorageRoot' && adopted && (await comesWith(kube, answer.by, holder, adopted))) await takeOver(kube, answer.by, holder);
    else return { ...answer, taken: await refusal(kube, answer.by, holder, { type, path: `${root.backend}:${root.path}` }) };
  }
  return root;
}

/** Gives back the roots of a lab that never had an identity: nothing ever ran in it, so no file can belong to it. Any other keeps them for ever. */
export async function releaseUnusedRoots(kube: Kube, holder: Holder): Promise<void> {
  const held = await heldByLive(kube, holder.uid);
  if (held.some(({ spec }) => spec.type !== 'StorageRoot')) return;
  for (const root of held) await kube.delete(Reservations, root);
}

/** Whether the former holder of a root is a deleted Lab of the same name that held these very ids as well. */
async function comesWith(kube: Kube, former: Reservation, holder: Holder, { uid, gid }: Identity): Promise<boolean> {
  if (!(await hasPassed(kube, former, holder))) return false;
  const ids = await Promise.all([kube.read(Reservations, userIdReservation(uid)), kube.read(Reservations, groupIdReservation(gid))]);
  return ids.every((id) => id?.spec.holder?.uid === former.spec.holder?.uid);
}

async function refusal(kube: Kube, by: Stored<Reservation>, holder: Holder, wanted: { type: string; path: string }): Promise<string> {
  const { resource, type } = by.spec;
  if (type === 'StorageDirectory') return `${wanted.path} lies above a storage root of a lab; choose a directory that contains none`;
  if (wanted.type === 'StorageDirectory')
    return `${wanted.path} lies inside ${resource}, the storage root of ${describe(by.spec.holder)}; choose another directory`;
  if (!(await hasPassed(kube, by, holder)))
    return `${resource} is the storage root of ${describe(by.spec.holder)}; choose another directory`;
  const ids = heldBy(kube.cache, by.spec.holder?.uid ?? '').flatMap(({ spec }) =>
    spec.type === 'UserID' || spec.type === 'GroupID' ? [`${spec.type} ${spec.resource}`] : [],
  );
  return `${resource} belongs to an earlier ${describe(by.spec.holder)} that was deleted${ids.length > 0 ? ` and had ${ids.sort().reverse().join(', ')}` : ''}; to take over its files make the Lab with those ids in spec.identity, or choose another directory`;
}

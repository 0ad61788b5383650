// Reservation controller: gives back the ports and licences of instances that are gone without having given them back themselves, because
// their finalizer was taken away by force, or a claim and a deletion crossed. Ids and storage roots are never given back.
//
//   holder there ──gone──> missing ──for the whole grace, and no pod of it left──> deleted
//        ▲────seen again────┘
import { ProcessingInstances, Reservations } from '../api/kinds.ts';
import { instanceLabel } from '../api/labels.ts';
import { Pods } from '../kube/kind.ts';
import { type Controller, type Kube, watch } from '../kube/kube.ts';
import { type Holder, heldBy, holderLive, isReleasable } from './claim.ts';

/** How long a holder must be missing, and how old its reservation must be. An API server that has just started, or a cache, may not show a
 * holder yet; after a restore of etcd it is Git that brings it back; and its pods take their time to end. */
const graceMs = 10 * 60_000;

export function reservationController(kube: Kube, clock: () => Date): Controller {
  const { cache } = kube;
  /** By uid of the reservation: since when this process has not seen its holder. Another leader waits anew. */
  const missingSince = new Map<string, number>();

  return {
    name: 'reservation',
    workers: 1,
    watches: [
      watch({ kind: Reservations, enqueue: (reservation) => (isReleasable(reservation) ? [reservation.metadata.name] : []) }),
      watch({
        kind: ProcessingInstances,
        enqueue: ({ metadata }) => heldBy(cache, metadata.uid).map((reservation) => reservation.metadata.name),
        changed: () => false, // only what comes and what goes
      }),
    ],
    async reconcile(name) {
      const reservation = cache.get(Reservations, name);
      if (!reservation) return {};
      const { holder } = reservation.spec;
      const { uid } = reservation.metadata;
      if (!holder || !isReleasable(reservation) || isSeen(holder)) {
        missingSince.delete(uid);
        return {};
      }
      const now = clock().getTime();
      const since = missingSince.get(uid) ?? now;
      missingSince.set(uid, since);
      const due = Math.max(since, Date.parse(reservation.metadata.creationTimestamp)) + graceMs;
      if (now < due) return { requeueAt: new Date(due) };
      if ((await holderLive(kube, holder)) || (await hasPods(kube, holder))) return { requeueAt: new Date(now + graceMs) };
      await kube.delete(Reservations, reservation);
      missingSince.delete(uid);
      return {};
    },
  };

  function isSeen({ name, namespace, uid }: Holder): boolean {
    return cache.get(ProcessingInstances, name, namespace)?.metadata.uid === uid;
  }
}

/** Whether pods of an instance that is gone still exist, for example on a node that does not answer: they use its ports and its licence.
 * Pods that are younger than an instance which has its name now belong to that one. */
async function hasPods(kube: Kube, { name, namespace = '' }: Holder): Promise<boolean> {
  const pods = await kube.readAll(Pods, { namespace, labelSelector: `${instanceLabel}=${name}` });
  const successor = pods.length > 0 ? await kube.read(ProcessingInstances, name, namespace) : undefined;
  const isOlder = ({ metadata }: { metadata: { creationTimestamp: string } }) =>
    !successor || Date.parse(metadata.creationTimestamp) < Date.parse(successor.metadata.creationTimestamp);
  return pods.some(isOlder);
}

// A licence belongs to one instance of the whole facility (CS-10). Only a keyed fingerprint of its id is ever stored.
import { Reservations } from '../api/kinds.ts';
import { licenseReservation } from '../api/names.ts';
import type { Kube } from '../kube/kube.ts';
import { claim, confirmed, conflict, describe, type Holder, type Taken } from './claim.ts';

/** Gives an instance the licence, and gives back any other that it held before its Secret changed. Asks the server: an instance may have
 * given this licence back a moment ago, and the cache may not know of the other one yet. */
export async function claimLicense(kube: Kube, holder: Holder, fingerprint: string): Promise<{ fingerprint: string } | Taken> {
  const name = licenseReservation(fingerprint);
  const answer = await claim(kube, { name, type: 'License', resource: fingerprint, holder });
  if ('taken' in answer)
    return { ...answer, taken: `the licence belongs to ${describe(answer.by.spec.holder)}; every instance needs a licence of its own` };
  const licenses = (await confirmed(kube, holder)).filter(({ spec }) => spec.type === 'License');
  for (const held of licenses) if (held.metadata.name !== name) await kube.delete(Reservations, held);
  if (!licenses.some(({ metadata }) => metadata.name === name)) throw conflict(`Reservation ${name} was given back meanwhile`);
  return { fingerprint };
}

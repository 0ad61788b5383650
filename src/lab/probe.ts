// Asks the API server, as a dry run, whether it refuses what it must refuse. Only its answer counts: that the policies exist says
// nothing about whether they are bound to this namespace and have reached every API server.
import type { Lab } from '../api/kinds.ts';
import { ApiError } from '../kube/errors.ts';
import { Pods } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Identity } from '../reservation/identity.ts';
import { probePod } from './objects/probepod.ts';

/** Name of the policy on pods; the API server puts it into every refusal. */
const podPolicy = 'bulkhead-pods';

/** `unclear`: refused, but by somebody else, for example because the namespace has no default service account yet, or for another reason,
 *  for example because the API server does not know the LabPolicy yet: that would be no proof. */
export type Answer = { walls: 'stand' | 'missing' } | { walls: 'unclear'; message: string };

export async function probe(kube: Kube, lab: Lab, identity: Identity): Promise<Answer> {
  try {
    await kube.create(Pods, probePod(lab, identity), { dryRun: true });
    return { walls: 'missing' };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code >= 500) throw error;
    // Only the LabPolicy of this lab knows the id that the refusal names: the API server has read it.
    const isOurs = error.message.includes(podPolicy) && error.message.includes(`runAsUser: ${identity.uid}`);
    return isOurs ? { walls: 'stand' } : { walls: 'unclear', message: error.message };
  }
}

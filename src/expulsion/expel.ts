// Ends the pods that have what they must not have any more, and trusts no cache in it: asks the API server whether such a pod could still be
// started, finds the pods, ends them. A pod is deleted, not evicted (a disruption budget of the lab could hold it), and with a grace above 0,
// so that the object goes only when the kubelet has confirmed the end.
import { ApiError, isForbidden } from '../kube/errors.ts';
import { type Namespace, type Pod, Pods } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';

/** What a look at the pods of a namespace found. */
export type Expulsion =
  /** The API server still admits such a pod. */
  | { found: 'open-door' }
  /** Pods that are being ended; `late` when one should be gone since long: its node does not answer. */
  | { found: 'pods'; pods: string[]; late: boolean; refusedAt: Date }
  /** No pod; not yet believed, as one that was admitted before the refusal may still be on its way into the store. */
  | { found: 'no-pod'; refusedAt: Date; emptyAt: Date }
  | { found: 'nothing'; refusedAt: Date; emptyAt: Date };

const graceSeconds = 5;
/** After which all that was admitted is in the store. */
export const settleSeconds = 1;
const lateSeconds = 30;
/** When to look again after something was found. */
export const lookAgainSeconds = 1;

export interface Trespass {
  /** Absent: it is gone, and its pods with it. */
  namespace: Stored<Namespace> | undefined;
  /** Pods as somebody could try to start them; each must be refused. */
  probes: Pod[];
  isTrespasser: (pod: Stored<Pod>) => boolean;
  /** Called for each pod that is ended now. */
  onEnd?: (pod: Stored<Pod>) => void;
  /** What the last look found. */
  before: Expulsion | undefined;
}

/** One look, ending the pods that it finds. */
export async function expel(kube: Kube, { namespace, probes, isTrespasser, onEnd, before }: Trespass, now: Date): Promise<Expulsion> {
  // A namespace that is going refuses every pod and ends its own, and the operator has no rights in it any more.
  const isGoing = namespace === undefined || namespace.metadata.deletionTimestamp !== undefined;
  if (!isGoing) for (const probe of probes) if (!(await isRefused(kube, probe))) return { found: 'open-door' };
  const refusedAt = before && before.found !== 'open-door' ? before.refusedAt : now;
  const present = namespace ? await kube.readAll(Pods, { namespace: namespace.metadata.name }) : []; // live and consistent
  const pods = present.filter(isTrespasser);
  if (pods.length === 0) {
    const emptyAt = before?.found === 'no-pod' || before?.found === 'nothing' ? before.emptyAt : now;
    return { found: now.getTime() - emptyAt.getTime() >= settleSeconds * 1000 ? 'nothing' : 'no-pod', refusedAt, emptyAt };
  }
  for (const pod of pods) {
    if (isGoing || endsSoon(pod)) continue;
    onEnd?.(pod);
    await kube.delete(Pods, pod, { gracePeriodSeconds: graceSeconds });
  }
  return { found: 'pods', pods: pods.map(({ metadata }) => metadata.name).sort(), late: pods.some((pod) => isLate(pod, now)), refusedAt };
}

const endsSoon = ({ metadata }: Pod) =>
  metadata.deletionTimestamp !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) <= graceSeconds;

/** `deletionTimestamp` is when the grace ends. */
const isLate = ({ metadata }: Stored<Pod>, now: Date) =>
  metadata.deletionTimestamp !== undefined && now.getTime() - new Date(metadata.deletionTimestamp).getTime() > lateSeconds * 1000;

async function isRefused(kube: Kube, pod: Pod): Promise<boolean> {
  try {
    await kube.create(Pods, pod, { dryRun: true });
    return false;
  } catch (error) {
    if (isForbidden(error) || isInvalid(error)) return refusals.some((words) => error.message.includes(words));
    throw error;
  }
}

/** Any other refusal (a quota, a missing right) could end by itself, and would prove nothing. */
const refusals = ["'bulkhead-pods'", 'error looking up service account'];
const isInvalid = (error: unknown): error is ApiError => error instanceof ApiError && error.code === 422;

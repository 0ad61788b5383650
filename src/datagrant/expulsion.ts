// The part of a revocation that must not trust a cache: ask the API server whether the data can still be mounted, find the pods
// that mount it, end them. A pod is deleted, not evicted (a disruption budget of the lab could hold it), and with a grace above 0,
// so that the object goes only when the kubelet has confirmed the end.
import { ApiError, isForbidden } from '../kube/errors.ts';
import type { Pod } from '../kube/kind.ts';
import { Pods } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Consumer } from './consumer.ts';
import { claimsOf } from './deadline.ts';
import { type Probe, probePod } from './objects/probepod.ts';

export type Expulsion =
  /** The API server still admits a pod with the claim. */
  | { found: 'open-door' }
  /** Pods that are being ended; `late` when one should be gone since long: its node does not answer. */
  | { found: 'pods'; pods: string[]; late: boolean }
  /** No pod; not yet believed, as one that was admitted before the refusal may still be on its way into the store. */
  | { found: 'no-pod'; at: Date }
  | { found: 'nothing' };

const graceSeconds = 5;
const settleSeconds = 1;
const lateSeconds = 30;
/** When to look again after something was found. */
export const lookAgainSeconds = 1;

/** One look at the pods of a consumer, ending those that mount its claim. */
export async function expel(kube: Kube, consumer: Consumer, subPath: string, now: Date): Promise<Expulsion> {
  if (!(await isRefused(kube, consumer, subPath))) return { found: 'open-door' };
  const pods = await podsOf(kube, consumer);
  if (pods.length === 0) {
    const { expulsion } = consumer;
    const since = expulsion?.found === 'no-pod' ? expulsion.at : now;
    return now.getTime() - since.getTime() >= settleSeconds * 1000 ? { found: 'nothing' } : { found: 'no-pod', at: since };
  }
  // A namespace that is going ends its pods itself, and the operator has no rights in it any more.
  const ours = consumer.namespace?.metadata.deletionTimestamp === undefined;
  for (const pod of pods) if (ours && !endsSoon(pod)) await kube.delete(Pods, pod, { gracePeriodSeconds: graceSeconds });
  return { found: 'pods', pods: pods.map(({ metadata }) => metadata.name).sort(), late: pods.some((pod) => isLate(pod, now)) };
}

/** All pods that mount the claim, whoever made them: a live and consistent list. */
async function podsOf(kube: Kube, { namespace, claimName }: Consumer): Promise<Stored<Pod>[]> {
  if (!namespace) return [];
  const pods = await kube.readAll(Pods, { namespace: namespace.metadata.name });
  return pods.filter((pod) => claimsOf(pod).includes(claimName));
}

const endsSoon = ({ metadata }: Pod) =>
  metadata.deletionTimestamp !== undefined && (metadata.deletionGracePeriodSeconds ?? 0) <= graceSeconds;

/** `deletionTimestamp` is when the grace ends. */
const isLate = ({ metadata }: Stored<Pod>, now: Date) =>
  metadata.deletionTimestamp !== undefined && now.getTime() - new Date(metadata.deletionTimestamp).getTime() > lateSeconds * 1000;

/** Whether every instance that asks for the data is refused it. A namespace that is going refuses every pod. */
async function isRefused(kube: Kube, { namespace, policy, instances, claimName }: Consumer, subPath: string): Promise<boolean> {
  if (!namespace || namespace.metadata.deletionTimestamp !== undefined || !policy) return true;
  for (const { metadata } of instances) {
    const probe: Probe = { namespace: namespace.metadata.name, account: metadata.name, claim: claimName, subPath };
    if (!(await isProbeRefused(kube, probePod(probe, policy.spec)))) return false;
  }
  return true;
}

async function isProbeRefused(kube: Kube, pod: Pod): Promise<boolean> {
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

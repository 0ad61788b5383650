// How far a StatefulSet or a directories Job has come, seen from outside. Pure.
import type { Job, Pod, StatefulSet } from '../kube/kind.ts';
import { hasOtherTemplate } from './objects/statefulset.ts';
import { podTrouble } from './podtrouble.ts';

export type Progress =
  | { done: true }
  | {
      done: false;
      /** A pod has yet to be made, so the API server may still refuse it. */
      podless: boolean;
      /** Words of the node or the scheduler. */
      trouble?: string | undefined;
      retryAt?: Date;
    };

export function statefulSetProgress(wanted: StatefulSet, observed: StatefulSet | undefined, pods: Pod[]): Progress {
  if (!observed || hasOtherTemplate(wanted, observed)) return { done: false, podless: true };
  const { observedGeneration, replicas, readyReplicas, currentRevision, updateRevision } = observed.status ?? {};
  const isSeen = observedGeneration === observed.metadata.generation;
  if (isSeen && readyReplicas === 1 && currentRevision === updateRevision) return { done: true };
  return { done: false, podless: isSeen && !replicas, trouble: podTrouble(pods) };
}

/** A Job that failed is made anew after this time: whatever stood in the way may have been removed. */
const retrySeconds = 60;

export function jobProgress(observed: Job | undefined, pods: Pod[]): Progress {
  const condition = (type: string) =>
    observed?.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  if (condition('Complete')) return { done: true };
  const trouble = podTrouble(pods);
  const failed = condition('Failed');
  if (failed) {
    const failedAt = Date.parse(failed.lastTransitionTime ?? observed?.metadata.creationTimestamp ?? '');
    return {
      done: false,
      podless: false,
      trouble: trouble ?? failed.message ?? 'the Job failed',
      retryAt: new Date(failedAt + retrySeconds * 1000),
    };
  }
  const { startTime, active } = observed?.status ?? {};
  return { done: false, podless: !observed || (startTime !== undefined && !active), trouble };
}

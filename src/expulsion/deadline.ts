// The deadlines of pods that a StatefulSet made: their template cannot carry one, so it is put on the running pod, and the kubelet ends
// the pod on time with or without an operator. The API server lets a deadline be set and lowered, never raised.
import type { Pod } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { hasEnded } from './mounts.ts';

export interface Deadline {
  pod: Stored<Pod>;
  /** For spec.activeDeadlineSeconds, which the kubelet counts from status.startTime. */
  seconds: number;
}

/** Deadline that a pod must still be given so that it ends by an instant; undefined when it has ended, or ends by then already.
 *  A pod that no kubelet has started counts from its creation; it is looked at again when it starts. */
export function deadlineOf(pod: Stored<Pod>, notAfter: Date): Deadline | undefined {
  if (hasEnded(pod)) return undefined;
  const start = new Date(pod.status?.startTime ?? pod.metadata.creationTimestamp);
  const seconds = Math.max(1, Math.floor((notAfter.getTime() - start.getTime()) / 1000));
  const present = pod.spec?.activeDeadlineSeconds;
  return present !== undefined && present <= seconds ? undefined : { pod, seconds };
}

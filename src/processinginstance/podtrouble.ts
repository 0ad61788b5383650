// Why a pod does not run, in the words of the node or the scheduler. The words stay the same while the cause does: back-off times and
// attempts are left out, or every attempt would change the status.
import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { Pod } from '../kube/kind.ts';
import type { Wire } from '../kube/object.ts';

type ContainerStatus = Wire<V1ContainerStatus>;

/** Words on the first pod that cannot go on by itself, or undefined. */
export function podTrouble(pods: Pod[]): string | undefined {
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp) continue;
    const words = troubleOf(pod);
    if (words !== undefined) return `pod "${pod.metadata.name}": ${words}`;
  }
  return undefined;
}

function troubleOf({ status }: Pod): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return words(scheduled.reason, scheduled.message);
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const trouble = containerTrouble(container);
    if (trouble !== undefined) return trouble;
  }
  if (status?.phase === 'Failed') return words(status.reason ?? 'Failed', status.message);
  return undefined;
}

function containerTrouble({ name, image, state, lastState, restartCount }: ContainerStatus): string | undefined {
  const { reason, message } = state?.waiting ?? {};
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff') {
    return words('ImagePullBackOff', message?.split('ErrImagePull: ').at(-1) ?? `cannot pull image "${image}"`);
  }
  const ended = state?.terminated ?? (reason === 'CrashLoopBackOff' ? lastState?.terminated : undefined);
  if (ended && (ended.exitCode !== 0 || restartCount > 0)) {
    return words(
      `container "${name}" ended with exit code ${ended.exitCode}`,
      ended.message?.trim() || `${ended.reason ?? 'Error'}; see its log`,
    );
  }
  if (reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing') return undefined;
  return words(reason, message);
}

const words = (reason: string | undefined, message: string | undefined) => [reason, message].filter(Boolean).join(': ');

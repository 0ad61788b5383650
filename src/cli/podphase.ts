// What a pod says about itself, reduced to what somebody who waits for its output needs to know. Pure.
import type { Pod } from '../kube/kind.ts';

export type Phase =
  | { phase: 'waiting'; why: string /** It will not get better by waiting. */; hopeless: boolean }
  | { phase: 'running' }
  | { phase: 'ended'; exitCode: number /** Why, where the exit code alone does not say it. */; why?: string };

/** Reasons of a waiting container that only a change of the pod can help. */
const hopeless = ['CreateContainerConfigError', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError'];

/** @param container name of the container that counts */
export function phaseOf(pod: Pod, container: string): Phase {
  const { status } = pod;
  const state = status?.containerStatuses?.find(({ name }) => name === container)?.state;
  if (state?.terminated) return { phase: 'ended', exitCode: state.terminated.exitCode, ...explain(state.terminated.reason, status) };
  if (status?.phase === 'Failed') return { phase: 'ended', exitCode: 1, ...explain(undefined, status) };
  if (state?.running) return { phase: 'running' };
  if (state?.waiting?.reason && state.waiting.reason !== 'ContainerCreating')
    return {
      phase: 'waiting',
      why: [state.waiting.reason, state.waiting.message].filter(Boolean).join(': '),
      hopeless: hopeless.includes(state.waiting.reason),
    };
  const unscheduled = status?.conditions?.find(({ type, status: holds }) => type === 'PodScheduled' && holds === 'False');
  return { phase: 'waiting', why: unscheduled?.message ?? 'the container is being created', hopeless: false };
}

function explain(reason: string | undefined, status: Pod['status']): { why?: string } {
  if (status?.reason === 'DeadlineExceeded') return { why: 'its deadline passed (--deadline, or the end of a grant whose data it used)' };
  if (status?.reason) return { why: [status.reason, status.message].filter(Boolean).join(': ') };
  return reason === 'OOMKilled' ? { why: 'it used more memory than it may; ask for more with --memory' } : {};
}

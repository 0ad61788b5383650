import { expect, test } from 'vitest';
import type { Pod } from '../kube/kind.ts';
import { phaseOf } from './podphase.ts';

const pod = (status: Pod['status']): Pod => ({ metadata: { name: 'relion-x' }, status });
const inState = (state: object, rest: Pod['status'] = {}) =>
  pod({ ...rest, containerStatuses: [{ name: 'run', image: '', imageID: '', ready: false, restartCount: 0, state }] });

test.for(
  Object.entries({
    'waits for a node in the words of the scheduler': {
      given: pod({
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.' }],
      }),
      want: { phase: 'waiting', why: '0/1 nodes are available: 1 Insufficient nvidia.com/gpu.', hopeless: false },
    },
    'waits while the container is being created': {
      given: inState({ waiting: { reason: 'ContainerCreating' } }),
      want: { phase: 'waiting', why: 'the container is being created', hopeless: false },
    },
    'waits for an image that may still come': {
      given: inState({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }),
      want: { phase: 'waiting', why: 'ImagePullBackOff: no such image', hopeless: false },
    },
    'gives up on what only another pod can help': {
      given: inState({ waiting: { reason: 'CreateContainerConfigError', message: 'failed to prepare subPath' } }),
      want: { phase: 'waiting', why: 'CreateContainerConfigError: failed to prepare subPath', hopeless: true },
    },
    runs: { given: inState({ running: {} }), want: { phase: 'running' } },
    'ends with the exit code of the command': {
      given: inState({ terminated: { exitCode: 3, reason: 'Error' } }, { phase: 'Failed' }),
      want: { phase: 'ended', exitCode: 3 },
    },
    'says that a deadline ended it': {
      given: inState({ terminated: { exitCode: 137, reason: 'Error' } }, { phase: 'Failed', reason: 'DeadlineExceeded' }),
      want: { phase: 'ended', exitCode: 137, why: 'its deadline passed (--deadline, or the end of a grant whose data it used)' },
    },
    'fails without an exit code when the pod failed before its container ran': {
      given: pod({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
      want: { phase: 'ended', exitCode: 1, why: 'Evicted: low on memory' },
    },
    'says that memory ran out': {
      given: inState({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      want: { phase: 'ended', exitCode: 137, why: 'it used more memory than it may; ask for more with --memory' },
    },
  }),
)('%s', ([, { given, want }]) => {
  expect(phaseOf(given, 'run')).toEqual(want);
});

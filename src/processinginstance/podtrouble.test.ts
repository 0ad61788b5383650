import { expect, test } from 'vitest';
import type { Pod } from '../kube/kind.ts';
import { podTrouble } from './podtrouble.ts';

type Status = NonNullable<Pod['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];
const trouble = (status: Status, deletionTimestamp?: string) =>
  podTrouble([{ metadata: { name: 'p-0', ...(deletionTimestamp && { deletionTimestamp }) }, status }]);
const container = (change: Partial<Container>): Status => ({
  containerStatuses: [{ name: 'server', image: 'i:1', imageID: '', ready: false, restartCount: 0, ...change }],
});
const pullMessage = 'failed to resolve reference "i:1": not found';

test.for(
  Object.entries({
    'says nothing of a pod that runs': { got: trouble({ phase: 'Running' }), want: undefined },
    'says nothing while volumes are being mounted': {
      got: trouble(container({ state: { waiting: { reason: 'ContainerCreating' } } })),
      want: undefined,
    },
    'has the words of the scheduler': {
      got: trouble({
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: Insufficient nvidia.com/gpu.' },
        ],
      }),
      want: 'pod "p-0": Unschedulable: 0/1 nodes: Insufficient nvidia.com/gpu.',
    },
    'says why an image cannot be pulled': {
      got: trouble(container({ state: { waiting: { reason: 'ErrImagePull', message: pullMessage } } })),
      want: `pod "p-0": ImagePullBackOff: ${pullMessage}`,
    },
    'says the same while the next attempt is delayed': {
      got: trouble(
        container({
          state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "i:1": ErrImagePull: ${pullMessage}` } },
        }),
      ),
      want: `pod "p-0": ImagePullBackOff: ${pullMessage}`,
    },
    'has the words of the node about a mount': {
      got: trouble(container({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'failed to prepare subPath' } } })),
      want: 'pod "p-0": CreateContainerConfigError: failed to prepare subPath',
    },
    'says how a container that crashes ended, without the growing delay': {
      got: trouble(
        container({
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        }),
      ),
      want: 'pod "p-0": container "server" ended with exit code 1: Error; see its log',
    },
    'says why a pod has failed': {
      got: trouble({
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      }),
      want: 'pod "p-0": DeadlineExceeded: Pod was active on the node longer than the specified deadline',
    },
    'says nothing of a pod that is on its way out': {
      got: trouble({ phase: 'Failed', reason: 'Evicted' }, '2026-05-12T08:00:00Z'),
      want: undefined,
    },
  }),
)('%s', ([, { got, want }]) => {
  expect(got).toBe(want);
});

import { expect, test } from 'vitest';
import type { Pod } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { deadlineOf } from './deadline.ts';
import { claimsOf } from './mounts.ts';

const notAfter = new Date('2026-05-12T09:00:00Z');
const aPod = ({ startTime, phase = 'Running', deadline }: { startTime?: string; phase?: string; deadline?: number } = {}): Stored<Pod> => ({
  metadata: { name: 'relion-0', namespace: 'lab-smith', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-05-12T08:00:00Z' },
  spec: { containers: [], ...(deadline !== undefined && { activeDeadlineSeconds: deadline }) },
  status: { phase, ...(startTime && { startTime }) },
});

test.for(
  Object.entries({
    'counts from the start of the pod': { pod: aPod({ startTime: '2026-05-12T08:00:10Z' }), want: 3590 },
    'rounds down, so that the pod ends before the instant and never after it': {
      pod: aPod({ startTime: '2026-05-12T08:00:10.500Z' }),
      want: 3589,
    },
    'counts from creation while no kubelet has started the pod': { pod: aPod({ phase: 'Pending' }), want: 3600 },
    'lowers a deadline that is too late': { pod: aPod({ startTime: '2026-05-12T08:00:10Z', deadline: 3591 }), want: 3590 },
    'leaves a deadline that is right': { pod: aPod({ startTime: '2026-05-12T08:00:10Z', deadline: 3590 }), want: undefined },
    'never raises a deadline': { pod: aPod({ startTime: '2026-05-12T08:00:10Z', deadline: 60 }), want: undefined },
    'ends a pod at once that started after the instant': { pod: aPod({ startTime: '2026-05-12T09:00:00Z' }), want: 1 },
    'leaves a pod that has ended': { pod: aPod({ startTime: '2026-05-12T08:00:10Z', phase: 'Failed' }), want: undefined },
  }),
)('%s', ([, { pod, want }]) => {
  expect(deadlineOf(pod, notAfter)?.seconds).toBe(want);
});

test('finds the claims of a pod among its other volumes', () => {
  const pod = aPod();
  expect(claimsOf(pod)).toEqual([]);
  const volumes = [
    { name: 'tmp', emptyDir: {} },
    { name: 'data', persistentVolumeClaim: { claimName: 'grant-1' } },
  ];
  expect(claimsOf({ ...pod, spec: { containers: [], volumes } })).toEqual(['grant-1']);
});

// Attacks with where a pod runs: on nodes that are kept for others, or under another runtime than the facility has chosen for the lab.
import type { Attack } from './attack.ts';
import type { Change } from './draft.ts';
import { type PodAttack, podAttacks } from './identityattacks.ts';
import type { Scene } from './scene.ts';

const tolerating =
  (...more: object[]): Change =>
  ({ spec }) =>
    Object.assign(spec, { tolerations: [...(spec.tolerations ?? []), ...more] });
const failing = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' };
const kept = { key: 'facility.test/lab', operator: 'Equal', value: 'other', effect: 'NoSchedule' };
const taint = 'is a taint of nodes that are kept for others';

export const placementAttacks = (scene: Scene): Attack[] =>
  podAttacks(scene, [
    ['tolerates the taint of nodes of another lab', taint, tolerating(kept), tolerating(failing)],
    ['tolerates it whatever its value', taint, tolerating({ key: kept.key, operator: 'Exists' }), tolerating(failing)],
    ['tolerates every taint of one effect', taint, tolerating({ operator: 'Exists', effect: 'NoSchedule' }), tolerating(failing)],
    ['stays on a failing node for other effects as well', taint, tolerating({ ...failing, effect: undefined }), tolerating(failing)],
    [
      'goes to nodes with GPUs without requesting one',
      taint,
      tolerating({ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }),
      tolerating({ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }),
    ],
    ...(scene.placement?.nodeSelector ? leavesItsNodes : []),
    ...(scene.placement?.runtimeClassName === undefined ? [] : leavesItsRuntime),
  ]);

const leavesItsNodes: PodAttack[] = [
  ['runs on any node', 'the nodes of this lab', ({ spec }) => delete spec.nodeSelector],
  [
    'runs on the nodes of another lab',
    'the nodes of this lab',
    ({ spec }) =>
      Object.assign(spec, { nodeSelector: Object.fromEntries(Object.keys(spec.nodeSelector ?? {}).map((label) => [label, 'other'])) }),
    ({ spec }) => Object.assign(spec, { nodeSelector: { ...spec.nodeSelector, 'facility.test/disk': 'fast' } }),
  ],
];

const leavesItsRuntime: PodAttack[] = [
  ['runs without the runtime of its lab', 'runtimeClassName is absent', ({ spec }) => delete spec.runtimeClassName],
];

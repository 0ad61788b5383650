// Attacks with the identity, the place and the looks of a pod.
import type { Attack } from './attack.ts';
import { attemptsIn, type Change, withInit, withLabels } from './draft.ts';
import type { Scene } from './scene.ts';

/** Name, words of the refusal, what the pod changes, and a change beside it that is allowed; without one the twin is the plain pod. */
export type PodAttack = [name: string, says: string, attack: Change, twin?: Change];

export function podAttacks(scene: Scene, attacks: PodAttack[]): Attack[] {
  const { pod } = attemptsIn(scene);
  const { member } = scene.actors;
  return attacks.map(([name, says, attack, twin]) => ({
    name,
    wall: 'bulkhead-pods',
    says: [says],
    refused: pod(member, attack),
    admitted: pod(member, twin),
  }));
}

export const identityAttacks = (scene: Scene): Attack[] =>
  podAttacks(scene, [
    ['runs as the user of another lab', `runAsUser: ${scene.uid}`, ({ security }) => Object.assign(security, { runAsUser: scene.uid + 1 })],
    ['leaves the user to the image', 'runAsUser: -1', ({ security }) => delete security.runAsUser],
    [
      'runs with the group of another lab',
      `runAsGroup: ${scene.gid}`,
      ({ security }) => Object.assign(security, { runAsGroup: scene.grantorGid }),
    ],
    ['does not promise to be non-root', 'runAsNonRoot', ({ security }) => delete security.runAsNonRoot],
    [
      'becomes another user in one container',
      'container main sets another identity',
      ({ main }) => Object.assign(main.securityContext, { runAsUser: scene.uid + 1 }),
      ({ main }) => Object.assign(main.securityContext, { runAsUser: scene.uid }),
    ],
    [
      'becomes root in a container',
      'container main sets another identity',
      ({ main }) => Object.assign(main.securityContext, { runAsUser: 0 }),
    ],
    [
      'changes group in an init container',
      'container first sets another identity',
      withInit({ securityContext: { runAsGroup: scene.grantorGid, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
      withInit({}),
    ],
    [
      'says in a container that root is welcome',
      'container main sets another identity',
      ({ main }) => Object.assign(main.securityContext, { runAsNonRoot: false }),
    ],
    [
      'is root in a user namespace of its own',
      `runAsUser: ${scene.uid}`,
      ({ spec, security }) => [Object.assign(spec, { hostUsers: false }), Object.assign(security, { runAsUser: 0, runAsNonRoot: false })],
    ],
    ['lets the image add groups', 'supplementalGroupsPolicy is Merge', ({ security }) => delete security.supplementalGroupsPolicy],
    [
      'takes the group of a lab that granted nothing',
      `supplementalGroups may hold ${scene.gid}`,
      ({ security }) => Object.assign(security, { supplementalGroups: [scene.foreignGid] }),
      ({ security }) => Object.assign(security, { supplementalGroups: [scene.gid, scene.grantorGid] }),
    ],
    ['takes the group root', 'supplementalGroups', ({ security }) => Object.assign(security, { supplementalGroups: [0] })],
    [
      'has the files of a volume given to another group',
      'fsGroup',
      ({ security }) => Object.assign(security, { fsGroup: scene.grantorGid }),
      ({ security }) => delete security.fsGroup,
    ],
    // where it runs, and with what
    [
      'requests a resource that the lab is not offered',
      'vendor.test/special are not offered to this lab',
      ({ main }) =>
        Object.assign(main, { resources: { limits: { 'vendor.test/special': '1' }, requests: { 'vendor.test/special': '1' } } }),
      ({ main }) => Object.assign(main, { resources: { limits: { memory: '1Mi' }, requests: { memory: '1Mi' } } }),
    ],
    [
      'claims a device by another road',
      'claims are not offered',
      ({ spec }) => Object.assign(spec, { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }),
    ],
    ['names its node', 'remove nodeName', ({ spec }) => Object.assign(spec, { nodeName: 'any' })],
    [
      'names another scheduler',
      'remove schedulerName',
      ({ spec }) => Object.assign(spec, { schedulerName: 'mine' }),
      ({ spec }) => Object.assign(spec, { schedulerName: 'default-scheduler' }),
    ],
    [
      'tolerates every taint',
      'every taint is a taint of nodes that are kept for others',
      ({ spec }) => Object.assign(spec, { tolerations: [{ operator: 'Exists' }] }),
      ({ spec }) =>
        Object.assign(spec, { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }] }),
    ],
    [
      'goes to the control plane',
      'node-role.kubernetes.io/control-plane is a taint',
      ({ spec }) => Object.assign(spec, { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] }),
    ],
    // what Pod Security refuses as well
    ['joins the network of the node', 'hostNetwork', ({ spec }) => Object.assign(spec, { hostNetwork: true })],
    ['sees the processes of the node', 'hostPID', ({ spec }) => Object.assign(spec, { hostPID: true })],
    [
      'takes a port of the node',
      'hostPort',
      ({ main }) => Object.assign(main, { ports: [{ containerPort: 80, hostPort: 80 }] }),
      ({ main }) => Object.assign(main, { ports: [{ containerPort: 80 }] }),
    ],
    ['is privileged', 'privileged', ({ main }) => Object.assign(main, { securityContext: { privileged: true } })],
    ['may gain privileges', 'allowPrivilegeEscalation: false', ({ main }) => delete main.securityContext.allowPrivilegeEscalation],
    [
      'adds a capability',
      'capabilities.add',
      ({ main }) => Object.assign(main.securityContext, { capabilities: { drop: ['ALL'], add: ['NET_RAW'] } }),
    ],
    // whom it resembles
    [
      'poses as another instance',
      'must be the service account',
      withLabels({ 'bulkhead.science/instance': 'other' }),
      withLabels({ 'bulkhead.science/instance': scene.instance, 'bulkhead.science/part': 'job' }),
    ],
    [
      'poses as the component behind the Service',
      'part must be job',
      withLabels({ 'bulkhead.science/instance': scene.instance, 'bulkhead.science/part': 'component' }),
    ],
    ['poses as the database', 'part must be job', withLabels({ 'bulkhead.science/part': 'database' })],
    ['poses as an object of the operator', 'managed must be absent', withLabels({ 'bulkhead.science/managed': 'true' })],
  ]);

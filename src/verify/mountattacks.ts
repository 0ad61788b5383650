// Attacks with what a pod mounts: kinds of volumes, Secrets, claims and parts of them, and how long.
import { type Actor, controller } from './actor.ts';
import type { Attack } from './attack.ts';
import { attemptsIn, type Change, type Draft, withInit, withVolume } from './draft.ts';
import { type PodAttack, podAttacks } from './identityattacks.ts';
import { freed, type Scene } from './scene.ts';

export function mountAttacks(scene: Scene): Attack[] {
  const { granted, own, foreign, secret } = scene;
  const projected = (source: object): Change => withVolume({ projected: { sources: [source] } });
  const name = { path: 'name', fieldRef: { fieldPath: 'metadata.name' } };
  const variable = (secretName: string, key: string) => ({ env: [{ name: 'X', valueFrom: { secretKeyRef: { name: secretName, key } } }] });
  const grantedAt = (fields: object) => [{ name: 'granted', mountPath: '/g', readOnly: true, ...fields }];
  const grantedAgain = (fields: object) =>
    withVolume({ persistentVolumeClaim: { claimName: granted.claim, readOnly: true } }, { readOnly: true, ...fields });
  return podAttacks(scene, [
    ['mounts a directory of the node', 'kind that is not allowed', withVolume({ hostPath: { path: '/' } }), withVolume({ emptyDir: {} })],
    ['mounts an NFS export past its claims', 'kind that is not allowed', withVolume({ nfs: { server: 'fileserver.test', path: '/' } })],
    ['mounts a CSI volume inline', 'kind that is not allowed', withVolume({ csi: { driver: 'nfs.csi.k8s.io' } })],
    [
      'makes a claim inside the pod',
      'kind that is not allowed',
      withVolume({
        ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } },
      }),
    ],
    ['mounts an image as a volume', 'kind that is not allowed', withVolume({ image: { reference: 'bulkhead.invalid/any:1' } })],
    [
      'mounts iSCSI',
      'kind that is not allowed',
      withVolume({ iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.test:storage', lun: 0 } }),
    ],
    [
      'projects a token of its account',
      'automountServiceAccountToken: false',
      projected({ serviceAccountToken: { path: 'token' } }),
      projected({ downwardAPI: { items: [name] } }),
    ],
    [
      'projects a token of its account for another audience than the review endpoint',
      'automountServiceAccountToken: false',
      projected({ serviceAccountToken: { path: 'token', audience: 'https://kubernetes.default.svc' } }),
      projected({ serviceAccountToken: { path: 'token', audience: 'bulkhead-review' } }),
    ],
    [
      'has the token of its account mounted by default',
      'automountServiceAccountToken: false',
      ({ spec }) => Object.assign(spec, { automountServiceAccountToken: true }),
    ],
    // Secrets
    [
      'mounts a Secret of another account',
      `may use: ${secret}`,
      withVolume({ secret: { secretName: foreign.secret } }),
      withVolume({ secret: { secretName: secret } }),
    ],
    [
      'projects a Secret of another account',
      'uses a Secret',
      projected({ secret: { name: foreign.secret } }),
      projected({ secret: { name: secret } }),
    ],
    [
      'reads a Secret of another account into a variable',
      'env of container main',
      ({ main }) => Object.assign(main, variable(foreign.secret, 'password')),
      ({ main }) => Object.assign(main, variable(secret, 'id')),
    ],
    [
      'reads a whole Secret of another account in an init container',
      'envFrom of container first',
      withInit({ envFrom: [{ secretRef: { name: foreign.secret } }] }),
      withInit({ envFrom: [{ secretRef: { name: secret } }] }),
    ],
    // claims and parts of them
    [
      'mounts the claim of another account',
      `claim ${foreign.claim} is not for service account`,
      (draft) => [Object.assign(draft.own.volume, { claimName: foreign.claim }), delete draft.own.mount.subPath],
    ],
    [
      'names the claim of another account and mounts it nowhere',
      `claim ${foreign.claim} is not for service account`,
      ({ spec }) => spec.volumes?.push({ name: 'added', persistentVolumeClaim: { claimName: foreign.claim } }),
      ({ spec }) => spec.volumes?.push({ name: 'added', persistentVolumeClaim: { claimName: own.claim } }),
    ],
    [
      'mounts a claim that nobody listed',
      'add the data to the ProcessingInstance',
      (draft) => Object.assign(draft.own.volume, { claimName: 'whatever' }),
    ],
    ['takes the whole volume instead of its part', 'has another subPath', (draft) => delete draft.own.mount.subPath],
    ['takes the whole volume by an empty subPath', 'has another subPath', (draft) => Object.assign(draft.granted.mount, { subPath: '' })],
    [
      'takes a directory whose name begins like the granted one',
      'has another subPath',
      (draft) => Object.assign(draft.granted.mount, { subPath: `${granted.subPath}0` }),
    ],
    ...[`${granted.subPath}/sub`, `${granted.subPath}/`, `./${granted.subPath}`, `${granted.subPath}//`].map(
      (subPath): PodAttack => [
        `writes ${subPath} for the granted path`,
        'has another subPath',
        (draft) => Object.assign(draft.granted.mount, { subPath }),
      ],
    ),
    [
      'computes the subPath inside the container',
      'no subPathExpr',
      (draft) => [delete draft.granted.mount.subPath, Object.assign(draft.granted.mount, { subPathExpr: granted.subPath })],
    ],
    [
      'mounts a granted claim twice, once too wide',
      'has another subPath',
      ({ main }) => main.volumeMounts.push(...grantedAt({})),
      ({ main }) => main.volumeMounts.push(...grantedAt({ subPath: granted.subPath })),
    ],
    [
      'names a granted claim in two volumes, one of them wide',
      'has another subPath',
      grantedAgain({}),
      grantedAgain({ subPath: granted.subPath }),
    ],
    [
      'mounts a granted claim too wide in an init container',
      'has another subPath',
      withInit({ volumeMounts: grantedAt({}) }),
      withInit({ volumeMounts: grantedAt({ subPath: granted.subPath }) }),
    ],
    ['mounts granted data writable', 'is read-only', (draft) => Object.assign(draft.granted.mount, { readOnly: false })],
    ['names the granted claim without read-only', 'is read-only', (draft) => Object.assign(draft.granted.volume, { readOnly: false })],
    [
      'writes to granted data from a sidecar',
      'is read-only',
      withInit({ restartPolicy: 'Always', volumeMounts: grantedAt({ subPath: granted.subPath, readOnly: false }) }),
      withInit({ restartPolicy: 'Always', volumeMounts: grantedAt({ subPath: granted.subPath }) }),
    ],
    ...readOnlyPart(scene),
    [
      'opens a claim as a block device',
      'volumeDevices',
      ({ main }) => Object.assign(main, { volumeDevices: [{ name: 'own', devicePath: '/dev/x' }], volumeMounts: [] }),
      ({ main }) => Object.assign(main, { volumeMounts: [{ name: 'own', mountPath: '/o', subPath: own.subPath }] }),
    ],
  ]);
}

/** One part of a claim is writable, another is not: the first must not open the second. */
function readOnlyPart({ own: { readOnly: subPath } }: Scene): PodAttack[] {
  if (subPath === undefined) return [];
  const at =
    (readOnly: boolean): Change =>
    ({ own }) =>
      Object.assign(own.mount, { subPath, readOnly });
  return [['writes to a part of its own data that it may only read', 'is read-only', at(false), at(true)]];
}

/** The end of a grant is kept by the API server and the kubelet, whoever makes the pod. */
export function timeAttacks(scene: Scene): Attack[] {
  const { pod } = attemptsIn(scene);
  const { member } = scene.actors;
  const endless: Change = ({ spec }) => delete spec.activeDeadlineSeconds;
  const late: Change = ({ spec }) => Object.assign(spec, { activeDeadlineSeconds: 2_000_000_000 });
  const dying =
    (terminationGracePeriodSeconds: number): Change =>
    ({ spec }) =>
      Object.assign(spec, { terminationGracePeriodSeconds });
  const ended: Change = ({ granted }) => [
    Object.assign(granted.volume, { claimName: scene.ended.claim }),
    Object.assign(granted.mount, { subPath: scene.ended.subPath }),
  ];
  const owned: Change = (draft) => ownedByStatefulSet(draft);
  const all =
    (...changes: Change[]): Change =>
    (draft) =>
      changes.map((change) => change(draft));
  const statefulSets = freed(scene, controller('statefulset-controller'));
  const commonController = freed(scene, { user: 'system:kube-controller-manager', groups: ['system:authenticated'] });
  const attack = (name: string, says: string, as: Actor, refused: Change, admitted?: Change): Attack => ({
    name,
    wall: 'bulkhead-pods',
    says: [says],
    refused: pod(as, all(asksForGranted, refused)),
    admitted: pod(as, all(asksForGranted, ...(admitted ? [admitted] : []))),
  });
  return [
    attack('reads granted data without an end', 'activeDeadlineSeconds is absent', member, endless),
    attack('reads granted data beyond the end of the grant', 'ends at', member, late),
    attack(
      'is killed at the end of the grant, but takes a year to die',
      'terminationGracePeriodSeconds is',
      member,
      dying(31_536_000),
      dying(30),
    ),
    attack('reads data of a grant that is over', 'ends at', member, ended),
    attack('a StatefulSet pod starts after the end of the grant', 'ends at', statefulSets, all(owned, endless, ended), all(owned, endless)),
    attack('a person names a StatefulSet as owner to escape the deadline', 'is absent', member, all(owned, endless), owned),
    attack('a Job pod of the common controller identity has no deadline', 'is absent', commonController, endless, all(owned, endless)),
  ];
}

/** Without granted data a pod needs no end, and none of this is an attack. */
export const asksForGranted: Change = ({ granted }) => granted;

const ownedByStatefulSet = ({ pod }: Draft) =>
  Object.assign(pod.metadata, {
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'any', uid: '0b9c2c1e-9a55-4f33-8d7a-2f6f6a4b7c01', controller: true },
    ],
  });

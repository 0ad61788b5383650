// Attacks with PersistentVolumes: they say which directory of the facility a claim leads to.
import { type Actor, controller, type Request } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import { freed, type Scene } from './scene.ts';

export function volumeAttacks(scene: Scene): Attack[] {
  const { operator, clusterAdmin } = scene.actors;
  const { namespace, backend } = scene;
  const hostPath = (path: string, type = 'Directory') => ({ hostPath: { path, type } });
  const volume = (change: object): Request =>
    create(
      manifest('v1', 'PersistentVolume', {
        spec: {
          accessModes: ['ReadWriteMany'],
          capacity: { storage: '1Mi' },
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: 'attempt' },
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: 'bulkhead-static',
          ...hostPath(`${backend}/labs/attempt`),
          ...change,
        },
      }),
    );
  const { foreignVolume } = scene.existing;
  const foreign = (name: string) => existing('v1', 'PersistentVolume', undefined, name);
  const stored = existing('v1', 'PersistentVolume', undefined, scene.existing.volume);
  const labelled = stored.patch({ metadata: { labels: { any: 'label' } } });
  const claimRef = (change: object) => stored.patch({ spec: { claimRef: change } });
  const attack = (name: string, says: string, as: Actor, request: Request, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-volumes',
    says: [says],
    refused: { as, request },
    admitted,
  });
  /** The twin is the volume as it should be. */
  const made = (name: string, says: string, change: object) =>
    attack(`the operator ${name}`, says, operator, volume(change), { as: operator, request: volume({}) });
  const alone = 'written by Bulkhead alone';
  const outside = 'outside the storage backends';
  const binder = freed(scene, controller('persistent-volume-binder'));
  const bound = { as: binder, request: claimRef({ uid: '0b9c2c1e-9a55-4f33-8d7a-2f6f6a4b7c01', resourceVersion: '1' }) };
  const doom = stored.patch({ spec: { persistentVolumeReclaimPolicy: 'Delete' } });
  return [
    attack('somebody makes a volume to the data of a lab', alone, clusterAdmin, volume({}), {
      as: clusterAdmin,
      request: volume({ storageClassName: 'other' }),
    }),
    attack('somebody deletes a volume of a lab', alone, clusterAdmin, stored.remove(), { as: operator, request: stored.remove() }),
    attack('somebody has the data deleted with the claim', alone, clusterAdmin, doom, { as: clusterAdmin, request: labelled }),
    attack('somebody leads a volume to the claim of another lab', alone, clusterAdmin, claimRef({ namespace: 'lab-other' }), bound),
    attack('the binder leads a volume to the claim of another lab', alone, binder, claimRef({ namespace: 'lab-other' }), bound),
    ...(foreignVolume
      ? [
          attack('the operator deletes a volume of others', 'was not made by Bulkhead', operator, foreign(foreignVolume).remove(), {
            as: operator,
            request: stored.remove(),
          }),
        ]
      : []),
    attack('the operator has the data of a lab deleted', 'persistentVolumeReclaimPolicy to Retain', operator, doom, {
      as: operator,
      request: labelled,
    }),
    made('makes a volume that is deleted with its claim', 'retained', { persistentVolumeReclaimPolicy: 'Delete' }),
    made('makes a volume for a claim outside labs', 'bound to a claim of a lab', { claimRef: { namespace: 'kube-system', name: 'x' } }),
    made('makes a volume that waits for any claim', 'bound to a claim of a lab', { claimRef: null }),
    made('makes a volume of another class', 'only volumes of class bulkhead-static', { storageClassName: 'other' }),
    made('leads a volume to the whole node', outside, hostPath('/')),
    made('leads a volume to the backend itself', outside, hostPath(backend)),
    made('leads a volume beside the backend', outside, hostPath(`${backend}2/labs/x`)),
    made('leads a volume to a hidden directory', outside, hostPath(`${backend}/x/.snapshots/y`)),
    made('has the kubelet make the directory as root', outside, hostPath(`${backend}/labs/attempt`, 'DirectoryOrCreate')),
    made('mounts a volume with options of its own', 'ro is the only mount option', { mountOptions: ['suid'] }),
    ...(scene.csi ? withDriver(scene.csi, volume, operator) : []),
    made('leads a volume to an unknown server', outside, { hostPath: null, nfs: { server: 'evil.test', path: `${backend}/labs/attempt` } }),
  ];
}

/** Attacks with what a driver is told about a volume: it does whatever its attributes say. */
function withDriver(
  { driver, path, pathAttribute, attributes }: NonNullable<Scene['csi']>,
  volume: (change: object) => Request,
  as: Actor,
): Attack[] {
  const right = { ...attributes, [pathAttribute]: `${path}/labs/attempt` };
  const source = (change: object = {}) => ({ driver, volumeHandle: 'attempt', volumeAttributes: right, ...change });
  const request = (csi: object, change: object = {}) => volume({ hostPath: null, csi, ...change });
  const told = (name: string, csi: object): Attack => ({
    name: `the operator ${name}`,
    wall: 'bulkhead-volumes',
    says: ['outside the storage backends'],
    refused: { as, request: request(source(csi)) },
    admitted: { as, request: request(source()) },
  });
  const grantTo = (name: string) => ({ claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'lab-other', name } });
  const [toRead, toWrite] = [grantTo('grant-attempt'), grantTo('grant-attempt-rw')];
  const says = ['volumes of grants to read are read-only'];
  return [
    told('names a driver that is not configured', { driver: 'other.csi.test' }),
    told('names another volume of the driver', { volumeHandle: 'other' }),
    told('leads a driver to the whole backend', { volumeAttributes: { ...right, [pathAttribute]: path } }),
    told('leads a driver beside the backend', { volumeAttributes: { ...right, [pathAttribute]: `${path}2/labs/attempt` } }),
    told('leads a driver up', { volumeAttributes: { ...right, [pathAttribute]: `${path}/../attempt` } }),
    told('leads a driver nowhere', { volumeAttributes: attributes }),
    told('tells a driver more', { volumeAttributes: { ...right, mountOptions: 'suid' } }),
    told('tells a driver another server', { volumeAttributes: { ...right, server: 'evil.test' } }),
    told('gives a driver a Secret', { nodePublishSecretRef: { name: 'any', namespace: 'kube-system' } }),
    {
      name: 'the operator lets a grant be written through a driver',
      wall: 'bulkhead-volumes',
      says,
      refused: { as, request: request(source(), toRead) },
      admitted: { as, request: request(source({ readOnly: true }), { ...toRead, mountOptions: ['ro'] }) },
    },
    {
      name: 'the operator writes through the claim to read a grant that may be written',
      wall: 'bulkhead-volumes',
      says,
      refused: { as, request: request(source(), toRead) },
      admitted: { as, request: request(source(), toWrite) },
    },
  ];
}

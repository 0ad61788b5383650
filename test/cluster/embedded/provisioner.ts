// Dynamic volumes of StorageClass "standard": a directory and a hostPath PersistentVolume for each claim. Runs on the node.
// usage: node provisioner.ts KUBECONFIG DIRECTORY
import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  CoreV1Api,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';

const provisioner = 'bulkhead.test/directory';
const [kubeconfig, directory] = process.argv.slice(2);
if (!kubeconfig || !directory) throw new Error('usage: node provisioner.ts KUBECONFIG DIRECTORY');

const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api);

/** Calls back with every object now and at each change; failures are logged, and the next change or restart brings another try. */
function follow<T extends KubernetesObject>(
  url: string,
  list: () => Promise<KubernetesListObject<T>>,
  on: (object: T) => Promise<void>,
): void {
  const informer = makeInformer<T>(config, url, list);
  const look = (object: T) => {
    on(object).catch((error: unknown) => console.error(object.metadata?.name, error));
  };
  informer.on('add', look);
  informer.on('update', look);
  informer.on('error', (error) => {
    console.error(url, error);
    setTimeout(start, 500);
  });
  const start = () => {
    informer.start().catch((error: unknown) => {
      console.error(url, error);
      setTimeout(start, 500);
    });
  };
  start();
}

async function provision({ metadata, spec, status }: V1PersistentVolumeClaim): Promise<void> {
  const asked = metadata?.annotations?.['volume.kubernetes.io/storage-provisioner'];
  if (asked !== provisioner || status?.phase !== 'Pending' || spec?.volumeName || !metadata?.uid) return;
  const name = `pvc-${metadata.uid}`;
  const place = path.join(directory!, name);
  await mkdir(place, { recursive: true });
  await chmod(place, 0o777); // like other provisioners of directories: the pod's fsGroup is not applied to a hostPath
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
  };
  await core
    .createPersistentVolume({
      body: {
        metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
        spec: {
          capacity: { storage: spec?.resources?.requests?.storage ?? '1Mi' },
          accessModes: spec?.accessModes,
          persistentVolumeReclaimPolicy: 'Delete',
          storageClassName: spec?.storageClassName,
          claimRef,
          hostPath: { path: place, type: 'Directory' },
        },
      },
    })
    .catch((error: { code?: number }) => {
      if (error.code !== 409) throw error; // made already
    });
}

async function reclaim({ metadata, spec, status }: V1PersistentVolume): Promise<void> {
  const place = spec?.hostPath?.path;
  const ours =
    metadata?.annotations?.['pv.kubernetes.io/provisioned-by'] === provisioner && place?.startsWith(path.join(directory!, 'pvc-'));
  if (!ours || !place || status?.phase !== 'Released' || spec?.persistentVolumeReclaimPolicy !== 'Delete') return;
  await rm(place, { recursive: true, force: true });
  await core.deletePersistentVolume({ name: metadata?.name ?? '' });
}

await mkdir(directory, { recursive: true });
follow('/api/v1/persistentvolumeclaims', () => core.listPersistentVolumeClaimForAllNamespaces(), provision);
follow('/api/v1/persistentvolumes', () => core.listPersistentVolume(), reclaim);

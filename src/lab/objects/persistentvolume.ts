// PersistentVolume of a storage root of a lab. It lies at the root, never at a directory below: the lab could replace that by a symlink.
// Retain, and no provisioner behind its class: nothing that is ever done to this object touches a file.

import type { Lab } from '../../api/kinds.ts';
import { namespaceOf, rootClaimName, rootVolumeName, staticStorageClass } from '../../api/names.ts';
import type { StorageRoot } from '../../api/storageroot.ts';
import type { Backend } from '../../config.ts';
import { type PersistentVolume, PersistentVolumes } from '../../kube/kind.ts';
import { clusterMetadata } from './metadata.ts';

/** Required by the API; a file system that the facility shares knows its own size. */
export const nominalSize = '1Mi';

export const persistentVolume = (lab: Lab, root: StorageRoot, backend: Backend): PersistentVolume => ({
  apiVersion: PersistentVolumes.apiVersion,
  kind: PersistentVolumes.kind,
  metadata: clusterMetadata(lab, rootVolumeName(lab.metadata.name, root.name)),
  spec: {
    accessModes: ['ReadWriteMany'], // matches volume and claim, enforces nothing
    capacity: { storage: nominalSize },
    // From birth: no other claim can take it.
    claimRef: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace: namespaceOf(lab.metadata.name),
      name: rootClaimName(root.name),
    },
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: staticStorageClass,
    volumeMode: 'Filesystem',
    ...source(backend, `${backend.path}/${root.path}`, rootVolumeName(lab.metadata.name, root.name)),
  },
});

/** `Directory`: a root that is missing on the node keeps pods from starting, and is never made as root by the kubelet. */
function source(backend: Backend, path: string, handle: string): Partial<NonNullable<PersistentVolume['spec']>> {
  switch (backend.type) {
    case 'hostPath':
      return { hostPath: { path, type: 'Directory' } };
    case 'nfs':
      return { nfs: { server: backend.server, path } };
    case 'csi': {
      const { driver, attributes, pathAttribute } = backend;
      return { csi: { driver, volumeHandle: handle, volumeAttributes: { ...attributes, [pathAttribute]: path } } };
    }
  }
}

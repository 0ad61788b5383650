// PersistentVolume through which one consumer lab uses a storage root of another; one per grant and consumer, and a second one to write.
// Its path is the root, never a granted path: the owner could replace a directory below the root by a symlink, and the volume
// would lead anywhere. Pods take the granted parts by subPath, which the kubelet resolves inside the volume.

import { grantLabel, managedLabel } from '../../api/labels.ts';
import { type GrantMode, grantClaimName, grantVolumeName, namespaceOf, staticStorageClass } from '../../api/names.ts';
import type { StorageRoot } from '../../api/storageroot.ts';
import type { Backend } from '../../config.ts';
import type { PersistentVolume } from '../../kube/kind.ts';

/** What one consumer gets: a grant of a lab, for another lab. */
export interface Share {
  ownerLab: string;
  grant: string;
  consumer: string;
  mode: GrantMode;
}

/** Matches volume and claim, enforces nothing. */
export const accessModeOf = (mode: GrantMode) => (mode === 'ReadOnly' ? 'ReadOnlyMany' : 'ReadWriteMany');

/** Without the label of a lab: volume and claim belong to two labs, and only this slice looks after them. */
export const labelsOf = ({ ownerLab, grant }: Share) => ({ [managedLabel]: 'true', [grantLabel]: grantClaimName(ownerLab, grant) });

export function persistentVolume(share: Share, root: StorageRoot, backend: Backend): PersistentVolume {
  const { ownerLab, grant, consumer, mode } = share;
  const name = grantVolumeName(ownerLab, grant, consumer, mode);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels: labelsOf(share) },
    spec: {
      accessModes: [accessModeOf(mode)],
      capacity: { storage: '1Mi' }, // required by the API; a file system knows its own size
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: namespaceOf(consumer),
        name: grantClaimName(ownerLab, grant, mode),
      }, // from birth: no other claim can take it
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: staticStorageClass,
      volumeMode: 'Filesystem',
      ...source(backend, `${backend.path}/${root.path}`, name, mode),
    },
  };
}

/** For a reader a second wall behind admission where the file system has one: NFS and CSI mount read-only. A hostPath cannot say so. */
function source(backend: Backend, path: string, handle: string, mode: GrantMode): Partial<PersistentVolume['spec']> {
  const readOnly = mode === 'ReadOnly' && { readOnly: true };
  const options = mode === 'ReadOnly' && { mountOptions: ['ro'] };
  switch (backend.type) {
    case 'hostPath':
      return { hostPath: { path, type: 'Directory' } };
    case 'nfs':
      return { nfs: { server: backend.server, path, ...readOnly }, ...options };
    case 'csi': {
      const { driver, attributes, pathAttribute } = backend;
      const volumeAttributes = { ...attributes, [pathAttribute]: path };
      return { csi: { driver, volumeHandle: handle, ...readOnly, volumeAttributes }, ...options };
    }
  }
}

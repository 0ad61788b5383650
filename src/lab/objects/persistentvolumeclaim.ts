// Claim of a storage root in the namespace of its lab. It names its volume and the volume names it: neither can be bound elsewhere.

import type { Lab } from '../../api/kinds.ts';
import { rootClaimName, rootVolumeName, staticStorageClass } from '../../api/names.ts';
import type { StorageRoot } from '../../api/storageroot.ts';
import { type PersistentVolumeClaim, PersistentVolumeClaims } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';
import { nominalSize } from './persistentvolume.ts';

export const persistentVolumeClaim = (lab: Lab, root: StorageRoot): PersistentVolumeClaim => ({
  apiVersion: PersistentVolumeClaims.apiVersion,
  kind: PersistentVolumeClaims.kind,
  metadata: namespacedMetadata(lab, rootClaimName(root.name)),
  spec: {
    accessModes: ['ReadWriteMany'],
    resources: { requests: { storage: nominalSize } },
    storageClassName: staticStorageClass,
    volumeMode: 'Filesystem',
    volumeName: rootVolumeName(lab.metadata.name, root.name),
  },
});

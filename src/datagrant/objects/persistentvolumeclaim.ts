// PersistentVolumeClaim in the namespace of a consumer lab; instances name it to mount the granted paths.
// It names its volume, and the volume names it: neither can be bound to anything else.
import { grantClaimName, grantVolumeName, namespaceOf, staticStorageClass } from '../../api/names.ts';
import type { PersistentVolumeClaim } from '../../kube/kind.ts';
import { accessModeOf, labelsOf, type Share } from './persistentvolume.ts';

export function persistentVolumeClaim(share: Share): PersistentVolumeClaim {
  const { ownerLab, grant, consumer, mode } = share;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: grantClaimName(ownerLab, grant, mode), namespace: namespaceOf(consumer), labels: labelsOf(share) },
    spec: {
      accessModes: [accessModeOf(mode)],
      resources: { requests: { storage: '1Mi' } },
      storageClassName: staticStorageClass,
      volumeMode: 'Filesystem',
      volumeName: grantVolumeName(ownerLab, grant, consumer, mode),
    },
  };
}

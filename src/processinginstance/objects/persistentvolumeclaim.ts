// Claims for what an instance writes: state volumes and its database. They have no owner: nothing deletes the data of a lab, and a
// later instance of the same name finds them again.
import type { ProcessingInstance } from '../../api/kinds.ts';
import { type Part, retainedAnnotation } from '../../api/labels.ts';
import type { PersistentVolumeClaim } from '../../kube/kind.ts';
import { keptMetadata } from './metadata.ts';

export interface ClaimInput {
  name: string;
  part: Part;
  size: string;
  /** Empty: the default class of the cluster. */
  storageClassName: string;
  /** The claim as it stands, when it exists. */
  observed: PersistentVolumeClaim | undefined;
}

export function persistentVolumeClaim(
  instance: ProcessingInstance,
  { name, part, size, storageClassName, observed }: ClaimInput,
): PersistentVolumeClaim {
  // The class of a claim is immutable: a later change of the facility configuration concerns new claims alone.
  const className = observed ? observed.spec?.storageClassName : storageClassName || undefined;
  const boundVolume = boundVolumeOf(observed);
  const metadata = keptMetadata(instance, name, part);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata, ...(boundVolume !== undefined && { annotations: { [retainedAnnotation]: boundVolume } }) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: size } },
      ...(className !== undefined && { storageClassName: className }),
    },
  };
}

/** Volume behind a bound claim whose reclaim policy has not been set to Retain yet. */
export const volumeToRetain = (observed: PersistentVolumeClaim | undefined): string | undefined => {
  const volume = boundVolumeOf(observed);
  return volume !== observed?.metadata.annotations?.[retainedAnnotation] ? volume : undefined;
};

const boundVolumeOf = (claim: PersistentVolumeClaim | undefined) => (claim?.status?.phase === 'Bound' ? claim.spec?.volumeName : undefined);

// What is to be done for one consumer lab of a grant, as the next step: give it volume and claim, or take them away.
// Taking away: refused (LabPolicy) -> proven (probe, pods gone) -> claim -> volume; each observed before the next. Never data.
import type { Lab, LabPolicy, ProcessingInstance } from '../api/kinds.ts';
import { fieldManager, labLabel } from '../api/labels.ts';
import type { StorageRoot } from '../api/storageroot.ts';
import type { Backend } from '../config.ts';
import type { Expulsion } from '../expulsion/expel.ts';
import { foreignness } from '../kube/foreignvolume.ts';
import type { Namespace, PersistentVolume, PersistentVolumeClaim } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { persistentVolume, type Share } from './objects/persistentvolume.ts';
import { persistentVolumeClaim } from './objects/persistentvolumeclaim.ts';

export interface Consumer {
  share: Share;
  claimName: string;
  lab?: Stored<Lab> | undefined;
  namespace?: Stored<Namespace> | undefined;
  policy?: Stored<LabPolicy> | undefined;
  volume?: Stored<PersistentVolume> | undefined;
  /** What somebody else has made under the name of the volume. It is looked at and left alone. */
  foreign?: Stored<PersistentVolume> | undefined;
  claim?: Stored<PersistentVolumeClaim> | undefined;
  /** Instances that ask for the data, in whatever mode. */
  instances: Stored<ProcessingInstance>[];
  /** Whether one of them asks for it in this mode and may have it. */
  asked: boolean;
  /** What the last live look at its pods found, when data is being taken away. */
  expulsion?: Expulsion | undefined;
}

export type Step =
  | { do: 'apply'; volume: PersistentVolume; claim?: PersistentVolumeClaim }
  | { do: 'expel' }
  | { do: 'release-volume'; volume: Stored<PersistentVolume> }
  | { do: 'let-volume-go'; volume: Stored<PersistentVolume> }
  | { do: 'restore-volume'; volume: PersistentVolume; claim: Stored<PersistentVolumeClaim> }
  | { do: 'delete-claim'; claim: Stored<PersistentVolumeClaim> }
  | { do: 'delete-volume'; volume: Stored<PersistentVolume> }
  /** Somebody has to remove what is not ours. */
  | { do: 'leave'; because: string }
  | { do: 'wait'; for: string };

/** Whether the walls of the consumer stand, so that a claim may appear behind them. */
export const hasWalls = ({ share, namespace, policy }: Consumer): boolean =>
  namespace?.metadata.labels?.[labLabel] === share.consumer && !isTerminating(namespace) && policy !== undefined;

export const isServed = ({ claim, volume }: Consumer): boolean =>
  claim?.status?.phase === 'Bound' && !isTerminating(claim) && volume !== undefined && !isTerminating(volume);

/** Towards a bound claim. Neither object can be changed once made: what is broken is made again. */
export function give({ share, volume, foreign, claim }: Consumer, root: StorageRoot, backend: Backend): Step {
  const wanted = persistentVolume(share, root, backend);
  const there = foreign ?? volume;
  const because = there && foreignness(wanted, there, fieldManager);
  if (because !== undefined) return { do: 'leave', because };
  if (claim && isTerminating(claim)) return wait(`claim of lab ${share.consumer} is going; it is made again when no pod uses it`);
  // Kubernetes holds a deleted volume back for as long as a claim is bound to it, for ever here; pods that use it notice nothing.
  if (volume && isTerminating(volume)) return { do: 'let-volume-go', volume };
  // And a claim whose volume is gone takes back only one that is made for that very claim.
  if (!volume && claim && claim.status?.phase !== 'Pending') return { do: 'restore-volume', volume: forClaim(wanted, claim), claim };
  if (claim?.status?.phase === 'Lost' && volume?.spec?.claimRef?.uid !== claim.metadata.uid) return { do: 'delete-claim', claim };
  // A volume remembers the uid of the claim that it was bound to, and waits for that very claim even when another has its name.
  if (volume && (claim ? volume.status?.phase === 'Released' : volume.spec?.claimRef?.uid)) return { do: 'release-volume', volume };
  // The binder looks at a claim once, and then again after 15 s: it must know the volume before it sees the claim.
  if (!claim && volume?.status?.phase !== 'Available') return { do: 'apply', volume: wanted };
  return { do: 'apply', volume: wanted, claim: persistentVolumeClaim(share) };
}

const forClaim = ({ spec, ...rest }: PersistentVolume, { metadata }: Stored<PersistentVolumeClaim>): PersistentVolume => ({
  ...rest,
  spec: { ...spec, claimRef: { ...spec?.claimRef, uid: metadata.uid } },
});

/** Towards nothing left. Undefined when that is so. */
export function takeAway({ share, namespace, policy, volume, claim, claimName, expulsion }: Consumer): Step | undefined {
  if (!volume && !claim) return undefined;
  const open = namespace !== undefined && !isTerminating(namespace); // else nobody can start a pod there
  if (open && policy?.spec.mounts.some((mount) => mount.claim === claimName))
    return wait(`LabPolicy of lab ${share.consumer} still lists the claim`);
  if (namespace && expulsion?.found !== 'nothing') return { do: 'expel' };
  // Where the namespace is going the operator has no rights any more; its controller takes the claim.
  if (claim) return isTerminating(claim) || !open ? wait(`claim of lab ${share.consumer} is going`) : { do: 'delete-claim', claim };
  if (volume && !isTerminating(volume)) return { do: 'delete-volume', volume };
  return wait(`volume of lab ${share.consumer} is going`);
}

const wait = (reason: string): Step => ({ do: 'wait', for: reason });
const isTerminating = ({ metadata }: { metadata: { deletionTimestamp?: string } }) => metadata.deletionTimestamp !== undefined;

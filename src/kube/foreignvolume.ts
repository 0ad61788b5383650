// Whether a PersistentVolume under a name that we need is the one that we would make. A foreign one is never adopted: planted under our name it
// could lead the people of a lab to another directory, and their work with them.
import type { PersistentVolume } from './kind.ts';
import { isMadeBy, type Stored } from './object.ts';

/** What stands in the way of the volume that is wanted, and what to do; undefined when the live one is ours. */
export function foreignness(wanted: PersistentVolume, live: Stored<PersistentVolume>, fieldManager: string): string | undefined {
  const fault = faultOf(wanted, live, fieldManager);
  return fault === undefined
    ? undefined
    : `PersistentVolume ${live.metadata.name} ${fault}; look at what it is for, then delete it (its files stay when it is of reclaim policy Retain)`;
}

function faultOf(wanted: PersistentVolume, live: Stored<PersistentVolume>, fieldManager: string): string | undefined {
  if (!isMadeBy(fieldManager, live)) return 'was not made by Bulkhead';
  // Names of field managers can be forged; what a volume leads to cannot be changed afterwards.
  if (destination(live) !== destination(wanted)) return `leads to ${destination(live)}, not to ${destination(wanted)}`;
  const claimed = claimOf(live);
  return claimed === claimOf(wanted) ? undefined : `is for the claim ${claimed}, not for ${claimOf(wanted)}`;
}

function destination({ spec = {} }: PersistentVolume): string {
  const { hostPath, nfs, csi } = spec;
  if (hostPath) return `hostPath ${hostPath.path}`;
  if (nfs) return `nfs ${nfs.server}:${nfs.path}`;
  if (!csi) return 'a volume of another type';
  const attributes = Object.entries(csi.volumeAttributes ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return `csi ${csi.driver} ${csi.volumeHandle} ${attributes.join(' ')}`;
}

const claimOf = ({ spec }: PersistentVolume): string => `${spec?.claimRef?.namespace}/${spec?.claimRef?.name}`;

// Objects under names that a lab needs, made by somebody else. None is adopted: a PersistentVolume planted under our name could lead the
// people of a lab to another directory, and their work with them.
import type { PersistentVolume } from '../kube/kind.ts';
import { PersistentVolumes } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Wanted } from './decide.ts';

/** What stands in the way, in words; undefined when nothing does. Asks the server about volumes that the cache does not show, because it
 *  shows only those with our label. */
export async function foreignVolume(kube: Kube, guards: Wanted[], fieldManager: string): Promise<string | undefined> {
  for (const { kind, object } of guards) {
    if (kind.kind !== PersistentVolumes.kind) continue;
    const { name } = object.metadata;
    const live = kube.cache.get(PersistentVolumes, name) ?? (await kube.read(PersistentVolumes, name));
    const fault = live && foreignness(object as PersistentVolume, live, fieldManager);
    if (fault)
      return `PersistentVolume ${name} ${fault}; look at what it is for, then delete it (its files stay when it is of reclaim policy Retain)`;
  }
  return undefined;
}

export function foreignness(wanted: PersistentVolume, live: Stored<PersistentVolume>, fieldManager: string): string | undefined {
  const isOurs = (live.metadata.managedFields ?? []).some(({ manager, subresource }) => manager === fieldManager && !subresource);
  if (!isOurs) return 'was not made by Bulkhead';
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

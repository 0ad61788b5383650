// Volumes under names that a lab needs, made by somebody else.
import { foreignness } from '../kube/foreignvolume.ts';
import type { PersistentVolume } from '../kube/kind.ts';
import { PersistentVolumes } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Wanted } from './decide.ts';

/** What stands in the way, in words; undefined when nothing does. Asks the server about volumes that the cache does not show, because it
 *  shows only those with our label. */
export async function foreignVolume(kube: Kube, guards: Wanted[], fieldManager: string): Promise<string | undefined> {
  for (const { kind, object } of guards) {
    if (kind.kind !== PersistentVolumes.kind) continue;
    const { name } = object.metadata;
    const live = kube.cache.get(PersistentVolumes, name) ?? (await kube.read(PersistentVolumes, name));
    const fault = live && foreignness(object as PersistentVolume, live, fieldManager);
    if (fault) return fault;
  }
  return undefined;
}

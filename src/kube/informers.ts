// One informer per kind out of what several slices ask for: a kind is watched once, with the indices of all.
import type { Informer } from './kube.ts';

/** @throws Error when two slices ask for different objects of a kind, or mean different things by the name of an index */
export function mergeInformers(...lists: Informer[][]): Informer[] {
  const merged = new Map<string, Informer>();
  for (const informer of lists.flat()) {
    const id = `${informer.kind.apiVersion}/${informer.kind.plural}`;
    merged.set(id, merge(merged.get(id), informer));
  }
  return [...merged.values()];
}

function merge(one: Informer | undefined, other: Informer): Informer {
  if (!one) return other;
  const { kind } = one;
  if (one.labelSelector !== other.labelSelector) {
    throw new Error(`${kind.kind} is asked for with label selector "${one.labelSelector ?? ''}" and with "${other.labelSelector ?? ''}"`);
  }
  for (const [name, index] of Object.entries(other.indices ?? {})) {
    if (one.indices?.[name] && one.indices[name] !== index) throw new Error(`${kind.kind} has two indices of the name "${name}"`);
  }
  return { ...one, indices: { ...one.indices, ...other.indices } };
}

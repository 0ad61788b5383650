// The namespace of a lab. One that was not made for this very lab is never taken.
import type { Lab } from '../api/kinds.ts';
import { adoptAnnotation } from '../api/labels.ts';
import { type Namespace, Namespaces } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { isMadeFor, namespace as namespaceFor } from './objects/namespace.ts';

/** Creates the namespace, or repairs the labels of our own. */
export async function ensureNamespace(kube: Kube, lab: Stored<Lab>, seal: string): Promise<Stored<Namespace> | { foreign: string }> {
  const wanted = namespaceFor(lab, seal);
  const { name, labels } = wanted.metadata;
  const existing = kube.cache.get(Namespaces, name) ?? (await kube.create(Namespaces, wanted)) ?? (await kube.read(Namespaces, name));
  if (!existing || !isMadeFor(lab, seal, existing))
    return {
      foreign: `namespace ${name} exists and was not made for this lab; delete it, or name the lab differently, or, if you answer for what is in it, set the annotation ${adoptAnnotation}: ${existing?.metadata.uid ?? '<its uid>'} on the Lab`,
    };
  if (existing.metadata.deletionTimestamp) return existing;
  const isRight = Object.entries(labels ?? {}).every(([label, value]) => existing.metadata.labels?.[label] === value);
  return isRight ? existing : kube.apply(Namespaces, { ...wanted, metadata: { ...wanted.metadata, uid: existing.metadata.uid } });
}

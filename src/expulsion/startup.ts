// What was running when this operator began to lead: one list of all pods, for the first look at every lab. A lab that came later needs none.
import { LabPolicies, type LabPolicy } from '../api/kinds.ts';
import { Namespaces, type Pod, Pods } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';

export interface Startup {
  /** Pods of a namespace, by a list that is later than this version of its policy and than all that an earlier one has let in; only once, as
   *  nobody keeps them. Undefined: there is no such list any more, because the policy has changed since or the pods could not be read. */
  takePods(policy: Stored<LabPolicy>): Promise<Stored<Pod>[] | undefined>;
  /** Whether nothing can run there but what this very policy has let in: the namespace came after the start, and without a policy no pod
   *  begins in it. */
  isFirst(policy: Stored<LabPolicy>): boolean;
}

/** @param settled resolves when all that was admitted until now has been stored */
export function lookAtStart(kube: Kube, settled: () => Promise<void>): Startup {
  const { cache } = kube;
  const namespaces = new Set(cache.list(Namespaces).map(({ metadata }) => metadata.name));
  const versions = new Map(cache.list(LabPolicies).map(({ metadata }) => [metadata.namespace, metadata.resourceVersion]));
  const listed = settled().then(async () => {
    const inLabs = (await kube.readAll(Pods)).filter(({ metadata }) => versions.has(metadata.namespace));
    return Map.groupBy(inLabs, ({ metadata }) => metadata.namespace);
  });
  const found = listed.catch(() => undefined); // then every lab is looked at by itself

  return {
    async takePods({ metadata: { namespace, resourceVersion } }) {
      const pods = await found;
      const own = pods?.get(namespace) ?? [];
      const isOfThis = versions.get(namespace) === resourceVersion;
      pods?.delete(namespace);
      versions.delete(namespace);
      return pods && isOfThis ? own : undefined;
    },
    isFirst: ({ metadata: { namespace = '', generation } }) => !namespaces.has(namespace) && generation === 1,
  };
}

// An instance that was deleted only because its kind was: nothing of it is stopped. It goes on going when its lab or its namespace really goes.
import { type Lab, Labs, type ProcessingInstance, ProcessingInstances } from '../api/kinds.ts';
import { labOf } from '../api/names.ts';
import type { ProcessingInstanceStatus } from '../api/processinginstance.ts';
import { conditions } from '../kube/conditions.ts';
import { isDefinitionGoing } from '../kube/definition.ts';
import { Namespaces } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';

/** @param instance one that is being deleted */
export async function isHeld(kube: Kube, { metadata: { namespace = '' } }: ProcessingInstance): Promise<boolean> {
  if (!(await isDefinitionGoing(kube, ProcessingInstances))) return false;
  const lab: Stored<Lab> | undefined = kube.cache.get(Labs, labOf(namespace) ?? '');
  if (lab?.metadata.deletionTimestamp && !(await isDefinitionGoing(kube, Labs))) return false;
  return (await kube.read(Namespaces, namespace))?.metadata.deletionTimestamp === undefined;
}

export const heldStatus = (instance: Stored<ProcessingInstance>, now: Date): ProcessingInstanceStatus => ({
  ...instance.status,
  observedGeneration: instance.metadata.generation ?? 0,
  conditions: conditions(
    instance,
    {
      state: 'Stalled',
      reason: 'DefinitionDeleted',
      message:
        'the CustomResourceDefinition of ProcessingInstances was deleted, and every instance with it, so what runs is left alone; pods that end are not made again. Save the instance (kubectl bulkhead uninstall --dry-run --inventory FILE), take its finalizer off, install the chart again and apply the file',
    },
    now,
  ),
});

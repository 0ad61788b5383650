// Metadata of the children of an instance. Labels lead from a child to its instance; the owner reference lets the garbage collector
// remove it. What holds data has no owner: it outlives the instance and is found again by its name.
import type { ProcessingInstance } from '../../api/kinds.ts';
import { apiVersion, ProcessingInstances } from '../../api/kinds.ts';
import { managedLabel, type Part } from '../../api/labels.ts';
import type { ObjectMeta, Stored } from '../../kube/object.ts';
import { podLabels } from './pod.ts';

type Metadata = ObjectMeta & { name: string };

/** A child that goes with its instance. */
export const ownedMetadata = (instance: Stored<ProcessingInstance>, name: string, part: Part): Metadata => ({
  ...keptMetadata(instance, name, part),
  ownerReferences: [
    { apiVersion, kind: ProcessingInstances.kind, name: instance.metadata.name, uid: instance.metadata.uid, controller: true },
  ],
});

/** A child that stays when its instance is deleted. */
export const keptMetadata = ({ metadata }: ProcessingInstance, name: string, part: Part): Metadata => ({
  name,
  namespace: metadata.namespace ?? '',
  labels: { [managedLabel]: 'true', ...podLabels(metadata.name, part) },
});

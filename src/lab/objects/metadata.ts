// Metadata of the children of a lab. They have no owner reference: the walls must not vanish in whatever order the garbage
// collector likes when the Lab goes, but in the order that its finalizer keeps.
import type { Lab } from '../../api/kinds.ts';
import { labLabel, managedLabel } from '../../api/labels.ts';
import { namespaceOf } from '../../api/names.ts';

/** Of a child in the namespace of the lab. */
export const namespacedMetadata = (lab: Lab, name: string) => ({
  name,
  namespace: namespaceOf(lab.metadata.name),
  labels: { [managedLabel]: 'true' },
});

/** Of a cluster-scoped child: only a label can lead back to the lab. */
export const clusterMetadata = (lab: Lab, name: string) => ({
  name,
  labels: { [managedLabel]: 'true', [labLabel]: lab.metadata.name },
});

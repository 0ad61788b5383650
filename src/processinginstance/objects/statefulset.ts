// StatefulSet with one pod: the API server keeps two pods of it from ever running at once, which databases and licences rely on.
import { createHash } from 'node:crypto';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { type Part, templateAnnotation } from '../../api/labels.ts';
import type { StatefulSet } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { ownedMetadata } from './metadata.ts';
import { type PodTemplate, podLabels } from './pod.ts';

export interface StatefulSetInput {
  name: string;
  serviceName: string;
  part: Part;
  template: PodTemplate;
}

export const statefulSet = (
  instance: Stored<ProcessingInstance>,
  { name, serviceName, part, template }: StatefulSetInput,
): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { ...ownedMetadata(instance, name, part), annotations: { [templateAnnotation]: fingerprint(template) } },
  spec: {
    replicas: 1,
    serviceName,
    // With the default order a pod that never becomes ready is not replaced when its template is mended.
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: podLabels(instance.metadata.name, part) },
    template,
  },
});

const fingerprint = (template: PodTemplate) => createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 16);

/** Whether the live workload was given another pod than the wanted one. */
export const hasOtherTemplate = (wanted: StatefulSet, observed: StatefulSet) =>
  wanted.metadata.annotations?.[templateAnnotation] !== observed.metadata.annotations?.[templateAnnotation];

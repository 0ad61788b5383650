// Namespace of a lab. Its label binds the admission policies to it, so it stands behind the walls from its first moment.
import type { Lab } from '../../api/kinds.ts';
import { adoptAnnotation, labLabel, sealLabel, suspendedLabel } from '../../api/labels.ts';
import { namespaceOf } from '../../api/names.ts';
import { type Namespace, Namespaces } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { clusterMetadata } from './metadata.ts';

/** Pinned: from v1.35 on "restricted" lets a pod with its own user namespace run as any user, root included. */
const podSecurityVersion = 'v1.34';

export function namespace(lab: Lab, seal: string): Namespace {
  const { name, labels } = clusterMetadata(lab, namespaceOf(lab.metadata.name));
  return {
    apiVersion: Namespaces.apiVersion,
    kind: Namespaces.kind,
    metadata: {
      name,
      labels: {
        ...labels,
        [sealLabel]: seal,
        ...(lab.spec.suspended && { [suspendedLabel]: 'true' }),
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/enforce-version': podSecurityVersion,
        'pod-security.kubernetes.io/audit': 'restricted',
        'pod-security.kubernetes.io/audit-version': podSecurityVersion,
        'pod-security.kubernetes.io/warn': 'restricted',
        'pod-security.kubernetes.io/warn-version': podSecurityVersion,
      },
    },
  };
}

/** Whether a namespace was made for this lab. Its name and our label on it prove nothing: both could have been there before the walls,
 *  with role bindings, claims and Secrets of somebody else inside. */
export const isMadeFor = (
  { metadata, status }: Lab,
  seal: string | undefined,
  { metadata: { uid, labels = {} } }: Stored<Namespace>,
): boolean =>
  uid === status?.namespaceUID ||
  uid === metadata.annotations?.[adoptAnnotation] ||
  (labels[labLabel] === metadata.name && seal !== undefined && labels[sealLabel] === seal);

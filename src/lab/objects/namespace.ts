// Namespace of a lab. Its label binds the admission policies to it, so it stands behind the walls from its first moment.
import type { Lab } from '../../api/kinds.ts';
import { namespaceOf } from '../../api/names.ts';
import { type Namespace, Namespaces } from '../../kube/kind.ts';
import { clusterMetadata } from './metadata.ts';

/** Pinned: from v1.35 on "restricted" lets a pod with its own user namespace run as any user, root included. */
const podSecurityVersion = 'v1.34';

export function namespace(lab: Lab): Namespace {
  const { name, labels } = clusterMetadata(lab, namespaceOf(lab.metadata.name));
  return {
    apiVersion: Namespaces.apiVersion,
    kind: Namespaces.kind,
    metadata: {
      name,
      labels: {
        ...labels,
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

// LimitRange of a lab: every container gets requests, so that the quota counts it and the node can place it (CS-14).
import type { Lab } from '../../api/kinds.ts';
import { limitsName } from '../../api/names.ts';
import { type LimitRange, LimitRanges } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

export const limitRange = (lab: Lab): LimitRange => ({
  apiVersion: LimitRanges.apiVersion,
  kind: LimitRanges.kind,
  metadata: namespacedMetadata(lab, limitsName),
  spec: {
    limits: [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '128Mi' }, default: { cpu: '1', memory: '1Gi' } }],
  },
});

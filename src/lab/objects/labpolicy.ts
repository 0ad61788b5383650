// LabPolicy of a lab: the parameters of the admission policies. What it says is computed in ../policy.ts.
import { type Lab, LabPolicies, type LabPolicy } from '../../api/kinds.ts';
import type { LabPolicySpec } from '../../api/labpolicy.ts';
import { policyName } from '../../api/names.ts';
import { namespacedMetadata } from './metadata.ts';

export const labPolicy = (lab: Lab, spec: LabPolicySpec): LabPolicy => ({
  apiVersion: LabPolicies.apiVersion,
  kind: LabPolicies.kind,
  metadata: namespacedMetadata(lab, policyName),
  spec,
});

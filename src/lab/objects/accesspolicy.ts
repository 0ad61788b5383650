// ConfigMap through which applications of a lab read who may do what; pods of its instances mount it whole, so that it refreshes.
import type { Lab } from '../../api/kinds.ts';
import { accessPolicyName, policyFile } from '../../api/names.ts';
import { type ConfigMap, ConfigMaps } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

export const accessPolicy = (lab: Lab, text: string): ConfigMap => ({
  apiVersion: ConfigMaps.apiVersion,
  kind: ConfigMaps.kind,
  metadata: namespacedMetadata(lab, accessPolicyName),
  data: { [policyFile]: text },
});

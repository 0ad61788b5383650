// Network policies that every lab has: nothing in or out, except to the DNS of the cluster. What instances need is added with them.
import type { Lab } from '../../api/kinds.ts';
import { denyPolicyName, dnsPolicyName } from '../../api/names.ts';
import type { Config } from '../../config.ts';
import { NetworkPolicies, type NetworkPolicy } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

export const defaultDeny = (lab: Lab): NetworkPolicy => ({
  apiVersion: NetworkPolicies.apiVersion,
  kind: NetworkPolicies.kind,
  metadata: namespacedMetadata(lab, denyPolicyName),
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
});

export const dnsEgress = (lab: Lab, { namespace, podLabels, ports }: Config['network']['dns']): NetworkPolicy => ({
  apiVersion: NetworkPolicies.apiVersion,
  kind: NetworkPolicies.kind,
  metadata: namespacedMetadata(lab, dnsPolicyName),
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector: { matchLabels: podLabels } }],
        ports: ports.flatMap((port) => [
          { port, protocol: 'UDP' },
          { port, protocol: 'TCP' },
        ]),
      },
    ],
  },
});

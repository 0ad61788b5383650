// Network policies of a lab: nothing in or out, except to the DNS of the cluster, and to what its egress list names. What instances need is
// added with them.
import type { Lab } from '../../api/kinds.ts';
import { type Part, partLabel } from '../../api/labels.ts';
import { denyPolicyName, dnsPolicyName, labEgressPolicyName, operatorName, reviewPolicyName, reviewPort } from '../../api/names.ts';
import type { Config } from '../../config.ts';
import { NetworkPolicies, type NetworkPolicy } from '../../kube/kind.ts';
import type { EgressRule } from '../egress.ts';
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

/** Databases and the Jobs that make directories run programs of the facility, which reach nobody outside. */
const staysInside: Part[] = ['database', 'directories'];

/** To the operator, for questions about who may do what; by the labels of the chart. */
export const reviewEgress = (lab: Lab, operatorNamespace: string): NetworkPolicy => ({
  apiVersion: NetworkPolicies.apiVersion,
  kind: NetworkPolicies.kind,
  metadata: namespacedMetadata(lab, reviewPolicyName),
  spec: {
    podSelector: { matchExpressions: [{ key: partLabel, operator: 'NotIn', values: staysInside }] },
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': operatorName } },
          },
        ],
        ports: [{ port: reviewPort, protocol: 'TCP' }],
      },
    ],
  },
});

export const listedEgress = (lab: Lab, rules: EgressRule[]): NetworkPolicy => ({
  apiVersion: NetworkPolicies.apiVersion,
  kind: NetworkPolicies.kind,
  metadata: namespacedMetadata(lab, labEgressPolicyName),
  spec: {
    podSelector: { matchExpressions: [{ key: partLabel, operator: 'NotIn', values: staysInside }] },
    policyTypes: ['Egress'],
    egress: rules.map(({ cidr, ports, protocol = 'TCP', except }) => ({
      to: [{ ipBlock: { cidr, ...(except.length > 0 && { except }) } }],
      ports: ports.map((port) => ({ port, protocol })),
    })),
  },
});

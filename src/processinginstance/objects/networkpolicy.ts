// Network policies of an instance, on top of the lab's default deny: who reaches its ports, what its pods reach, and its database.
// Labels are safe to select by: admission ties the instance label of a pod to its service account, and its part to who made it.
import type { V1NetworkPolicyPeer } from '@kubernetes/client-node';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { instanceLabel, type Part, partLabel } from '../../api/labels.ts';
import { databaseName, egressPolicyName, ingressPolicyName } from '../../api/names.ts';
import type { NetworkPolicy } from '../../kube/kind.ts';
import type { Stored, Wire } from '../../kube/object.ts';
import { ownedMetadata } from './metadata.ts';
import { databasePort, podLabels } from './pod.ts';

type Instance = Stored<ProcessingInstance>;

/** The component is reached on its ports by the instance's own pods and by the sources that the facility allows. */
export const ingressPolicy = (instance: Instance, ports: number[], exposedTo: string[]): NetworkPolicy => ({
  ...head(instance, ingressPolicyName(instance.metadata.name), 'component'),
  spec: {
    podSelector: { matchLabels: podLabels(instance.metadata.name, 'component') },
    policyTypes: ['Ingress'],
    ingress: [{ from: [clients(instance), ...exposedTo.map((cidr) => ({ ipBlock: { cidr } }))], ports: ports.map(tcp) }],
  },
});

/** Component and Jobs reach the component's ports and the database; nothing else beyond what the lab as a whole may reach. */
export const egressPolicy = (instance: Instance, ports: number[]): NetworkPolicy => ({
  ...head(instance, egressPolicyName(instance.metadata.name), 'component'),
  spec: {
    podSelector: clients(instance).podSelector,
    policyTypes: ['Egress'],
    egress: [
      ...(ports.length > 0 ? [{ to: [only(instance, 'component')], ports: ports.map(tcp) }] : []),
      ...(instance.spec.database ? [{ to: [only(instance, 'database')], ports: [tcp(databasePort)] }] : []),
    ],
  },
});

/** The database is reached by the pods of its instance alone (CS-9). */
export const databasePolicy = (instance: Instance): NetworkPolicy => ({
  ...head(instance, databaseName(instance.metadata.name), 'database'),
  spec: {
    podSelector: { matchLabels: podLabels(instance.metadata.name, 'database') },
    policyTypes: ['Ingress'],
    ingress: [{ from: [clients(instance)], ports: [tcp(databasePort)] }],
  },
});

const head = (instance: Instance, name: string, part: Part) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: ownedMetadata(instance, name, part),
});

const only = ({ metadata }: Instance, part: Part): Wire<V1NetworkPolicyPeer> => ({
  podSelector: { matchLabels: podLabels(metadata.name, part) },
});

const clients = ({ metadata }: Instance) => ({
  podSelector: {
    matchLabels: { [instanceLabel]: metadata.name },
    matchExpressions: [{ key: partLabel, operator: 'In', values: ['component', 'job'] satisfies Part[] }],
  },
});

const tcp = (port: number) => ({ protocol: 'TCP', port });

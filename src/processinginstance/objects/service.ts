// Service of the component: node port, service port and container port are one number out of the block of the instance (CS-11),
// so that an application that prints its own address prints one that works.
import type { ProcessingInstance } from '../../api/kinds.ts';
import { serviceName } from '../../api/names.ts';
import type { Component } from '../../api/processinginstance.ts';
import type { Service } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { ownedMetadata } from './metadata.ts';
import { podLabels } from './pod.ts';

export function service(instance: Stored<ProcessingInstance>, ports: NonNullable<Component['ports']>, basePort: number): Service {
  const { name } = instance.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(instance, serviceName(name), 'component'),
    spec: {
      type: 'NodePort',
      // Only so does the network policy see who calls: else it would see the address of the node, whoever it was.
      externalTrafficPolicy: 'Local',
      selector: podLabels(name, 'component'),
      ports: ports.map((port) => {
        const number = basePort + port.offset;
        return { name: port.name, protocol: 'TCP', port: number, targetPort: number, nodePort: number };
      }),
    },
  };
}

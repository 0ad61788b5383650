// bulkhead-services: what the Services of a lab may be, the operator's own included: nothing outside the cluster, and node ports only
// in one block of the facility's range, where node port, port and target port are one number (CS-11).
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

export function servicesPolicy({ ports }: AdmissionSettings) {
  const { first, last, blockSize } = ports;
  const block = (port: string) => `(${port} - ${first}) / ${blockSize}`;
  return policy({
    name: 'bulkhead-services',
    where: 'lab',
    rules: [rule('', 'v1', ['CREATE', 'UPDATE'], ['services'])],
    // finalizers and other metadata stay open, whatever an older version allowed
    conditions: { 'spec-is-new': "request.operation == 'CREATE' || object.spec != oldObject.spec" },
    variables: { type: "object.spec.?type.orValue('ClusterIP')", ports: 'object.spec.?ports.orValue([])' },
    validations: [
      {
        expression: "variables.type in ['ClusterIP', 'NodePort']",
        message: "'spec.type of Service ' + object.metadata.name + ' is ' + variables.type + '; a lab may have ClusterIP and NodePort'",
      },
      {
        expression: 'object.spec.?externalIPs.orValue([]).size() == 0',
        message: "'spec.externalIPs of Service ' + object.metadata.name + ' would take traffic that is meant for others; remove it'",
      },
      {
        expression: `variables.type != 'NodePort' || variables.ports.all(p, p.?nodePort.orValue(0) == p.port && p.?targetPort.orValue(p.port) == p.port && p.port >= ${first} && p.port <= ${last} && ${block('p.port')} == ${block('variables.ports[0].port')})`,
        message: `'spec.ports of Service ' + object.metadata.name + ' are ' + variables.ports.map(p, string(p.port) + ' on node port ' + string(p.?nodePort.orValue(0))).join(', ') + '; nodePort, port and targetPort must be one number between ' + string(${first}) + ' and ' + string(${last}) + ', all in one block of ' + string(${blockSize})`,
      },
    ],
  });
}

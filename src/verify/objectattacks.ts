// Attacks with things that a lab may have, but not with the operator's label; with tokens of accounts; and with Services beyond what even the
// operator may make.
import { type Actor, controller, type Request } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { labJob } from './draft.ts';
import { create, existing, type Manifest, manifest, pathOf } from './manifest.ts';
import { freed, type Scene } from './scene.ts';

const managed = { 'bulkhead.science/managed': 'true' };

export function protectedObjectAttacks(scene: Scene): Attack[] {
  const { admin, operator } = scene.actors;
  const { namespace } = scene;
  const protects = (name: string, request: Request, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-protected-objects',
    says: ['written by Bulkhead alone', 'leave the label out'],
    refused: { as: admin, request },
    admitted,
  });
  const looksLikeOurs = (object: Manifest): Attack =>
    protects(
      `makes a ${object.kind} that looks like one of the operator`,
      create({ ...object, metadata: { name: 'attempt', labels: managed } }, namespace),
      {
        as: admin,
        request: create(object, namespace),
      },
    );
  const secret = existing('v1', 'Secret', namespace, scene.existing.secret);
  const { spec } = labJob(scene);
  return [
    looksLikeOurs(manifest('v1', 'Secret')),
    looksLikeOurs(manifest('v1', 'ConfigMap')),
    looksLikeOurs(manifest('coordination.k8s.io/v1', 'Lease', { spec: { holderIdentity: 'any' } })),
    looksLikeOurs(manifest('batch/v1', 'Job', { spec })),
    protects('deletes a Secret of the operator', secret.remove(), { as: operator, request: secret.remove() }),
    protects('takes the label off a Secret of the operator', secret.patch({ metadata: { labels: { 'bulkhead.science/managed': null } } }), {
      as: operator,
      request: secret.patch({ metadata: { labels: { any: 'label' } } }),
    }),
  ];
}

export function tokenAttacks(scene: Scene): Attack[] {
  const { admin, operator } = scene.actors;
  const { namespace, instance } = scene;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const tokenFor = (as: Actor): Attempt => ({
    as,
    request: { method: 'POST', path: `${pathOf('v1', 'ServiceAccount', namespace, instance)}/token`, body: request },
  });
  const secret = (type: string, annotations = {}): Attempt => ({
    as: admin,
    request: create(manifest('v1', 'Secret', { type }, { annotations }), namespace),
  });
  const token = (name: string, refused: Attempt, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-account-tokens',
    says: ['are not given out'],
    refused,
    admitted,
  });
  const platform = tokenFor(freed(scene, controller('any')));
  return [
    token('somebody asks for a token of an instance', tokenFor(admin), platform),
    token('the operator asks for a token of an instance', tokenFor(operator), platform),
    token(
      'somebody has a Secret filled with a token',
      secret('kubernetes.io/service-account-token', { 'kubernetes.io/service-account.name': instance }),
      secret('Opaque'),
    ),
  ];
}

export function serviceAttacks(scene: Scene): Attack[] {
  const { operator } = scene.actors;
  const { base, blockSize } = scene.ports;
  const service = (spec: object): Attempt => ({
    as: operator,
    request: create(manifest('v1', 'Service', { spec: { selector: { app: 'any' }, ...spec } }), scene.namespace),
  });
  const port = (number: number, change: object = {}) => ({
    name: `p${number}`,
    port: number,
    targetPort: number,
    nodePort: number,
    ...change,
  });
  const nodePorts = (...ports: object[]) => ({ type: 'NodePort', ports });
  const oneNumber = 'must be one number between';
  const attacks: [name: string, says: string, spec: object][] = [
    ['the operator publishes a node port beyond the range', oneNumber, nodePorts(port(32_767))],
    ['the operator leaves the node port to chance', oneNumber, nodePorts({ port: base })],
    ['the operator publishes a port under another number', oneNumber, nodePorts(port(base, { port: 80 }))],
    ['the operator leads a node port to another port of the pod', oneNumber, nodePorts(port(base, { targetPort: 22 }))],
    ['a Service reaches into the block of another instance', 'all in one block', nodePorts(port(base), port(base + blockSize))],
    ['a Service is a load balancer', 'a lab may have ClusterIP and NodePort', { type: 'LoadBalancer', ports: [port(base)] }],
    [
      'a Service is an alias',
      'a lab may have ClusterIP and NodePort',
      { type: 'ExternalName', externalName: 'other.test', selector: null },
    ],
    ['a Service takes traffic of a foreign address', 'externalIPs', { externalIPs: ['203.0.113.9'], ports: [{ port: 80 }] }],
  ];
  return attacks.map(([name, says, spec]) => ({
    name,
    wall: 'bulkhead-services',
    says: [says],
    refused: service(spec),
    admitted: service(nodePorts(port(base), port(base + 1))),
  }));
}

// Attacks with kinds of which every object in a lab is the operator's. The lab's most powerful person tries, and so does the cluster's
// administrator; the operator is the twin.
import type { Attack, Attempt, Wall } from './attack.ts';
import { create, existing, type Manifest, manifest, pluralOf, roleBinding, userSubject, workload } from './manifest.ts';
import type { Scene } from './scene.ts';

const claim = (spec: object) =>
  manifest('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Mi' } }, ...spec },
  });
const target = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'any' };

const creations: Record<string, Manifest> = {
  'lets a friend in': roleBinding('bulkhead:lab-viewer', userSubject('user@other.test')),
  'opens the network': manifest('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: { podSelector: {}, egress: [{}], policyTypes: ['Egress'] },
  }),
  'publishes a Service': manifest('v1', 'Service', { spec: { selector: { app: 'any' }, ports: [{ port: 80 }] } }),
  'claims the storage of others': claim({ storageClassName: 'bulkhead-static', volumeName: 'other' }),
  'makes a service account': manifest('v1', 'ServiceAccount'),
  'raises its quota': manifest('v1', 'ResourceQuota', { spec: { hard: { pods: '1000' } } }),
  'sets its own limits': manifest('v1', 'LimitRange', { spec: { limits: [] } }),
  'points a Service at another address': manifest('v1', 'Endpoints', { subsets: [] }),
  'points a Service at another address by a slice': manifest('discovery.k8s.io/v1', 'EndpointSlice', {
    addressType: 'IPv4',
    endpoints: [],
  }),
  'runs a Deployment': manifest('apps/v1', 'Deployment', { spec: workload }),
  'runs a StatefulSet': manifest('apps/v1', 'StatefulSet', { spec: { ...workload, serviceName: 'any' } }),
  'runs a ReplicaSet': manifest('apps/v1', 'ReplicaSet', { spec: workload }),
  'runs a DaemonSet': manifest('apps/v1', 'DaemonSet', { spec: workload }),
  'plants a revision for a StatefulSet to roll back to': manifest('apps/v1', 'ControllerRevision', { revision: 1, data: {} }),
  'has an autoscaler scale for it': manifest('autoscaling/v2', 'HorizontalPodAutoscaler', {
    spec: { maxReplicas: 9, scaleTargetRef: target },
  }),
  'blocks the drain of nodes': manifest('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 0, selector: {} } }),
  'takes a host name by an Ingress': manifest('networking.k8s.io/v1', 'Ingress', {
    spec: { defaultBackend: { service: { name: 'any', port: { number: 80 } } } },
  }),
  'claims a device': manifest('resource.k8s.io/v1', 'ResourceClaim', { spec: {} }),
};

export function managedKindAttacks(scene: Scene): Attack[] {
  const { admin, clusterAdmin, operator } = scene.actors;
  const { namespace } = scene;
  const made = Object.entries(creations).flatMap(([name, object]) =>
    Object.entries({ lab: admin, cluster: clusterAdmin }).map(
      ([where, as]): Attack => ({
        name: `an administrator of the ${where} ${name}`,
        wall: object.kind === 'PersistentVolumeClaim' ? 'bulkhead-claims' : 'bulkhead-managed-kinds',
        says: [pluralOf(object.kind), 'are written by Bulkhead alone'],
        refused: { as, request: create(object, namespace) },
        admitted: { as: operator, request: create(object, namespace) },
      }),
    ),
  );
  const statefulSet = existing('apps/v1', 'StatefulSet', namespace, scene.existing.statefulSet);
  const service = existing('v1', 'Service', namespace, scene.existing.service);
  const lasting = existing('v1', 'PersistentVolumeClaim', namespace, scene.existing.claim);
  const alone = (name: string, wall: Wall, request: Attempt['request'], admitted: Attempt = { as: operator, request }): Attack => ({
    name: `an administrator of the lab ${name}`,
    wall,
    says: ['written by Bulkhead alone'],
    refused: { as: admin, request },
    admitted,
  });
  const managed = 'bulkhead.science/managed';
  return [
    ...made,
    alone('scales the StatefulSet of an instance', 'bulkhead-managed-kinds', statefulSet.patch({ spec: { replicas: 3 } }, '/scale')),
    alone(
      'changes the StatefulSet of an instance',
      'bulkhead-managed-kinds',
      statefulSet.patch({ metadata: { annotations: { any: 'thing' } } }),
    ),
    alone('deletes the StatefulSet of an instance', 'bulkhead-managed-kinds', statefulSet.remove()),
    alone('deletes the Service of an instance', 'bulkhead-managed-kinds', service.remove()),
    alone('deletes a claim, to make another of the same name', 'bulkhead-claims', lasting.remove()),
    alone('takes the label off a claim', 'bulkhead-claims', lasting.patch({ metadata: { labels: { [managed]: null } } }), {
      as: admin,
      request: lasting.patch({ metadata: { annotations: { 'storage.test/any': 'thing' } } }),
    }),
    {
      name: 'the operator clones the data of another claim',
      wall: 'bulkhead-claims',
      says: ['dataSource'],
      refused: { as: operator, request: create(claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'any' } }), namespace) },
      admitted: { as: operator, request: create(claim({}), namespace) },
    },
  ];
}

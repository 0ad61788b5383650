// One intent of each built-in kind that operators make, written as people write them: with what the API server defaults, drops and rewrites.
import * as kinds from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

export const namespace = 'settled';
const metadata = (name: string) => ({ name, namespace, labels: { managed: 'true' } });
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: false };

const pod = {
  metadata: { labels: { part: 'component' } },
  spec: {
    serviceAccountName: 'relion',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    hostNetwork: false,
    securityContext: {
      runAsUser: 200_000,
      runAsGroup: 200_000,
      runAsNonRoot: true,
      supplementalGroups: [],
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'web',
        image: 'app:1',
        args: [],
        env: [
          { name: 'PLAIN', value: '1024Mi' },
          { name: 'EMPTY', value: '' },
          { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'database', key: 'password' } } },
        ],
        ports: [{ containerPort: 31_000, name: 'web' }, { containerPort: 31_001 }],
        resources: { limits: { memory: '1024Mi', cpu: '4000m', 'nvidia.com/gpu': 1 }, requests: { memory: '0.5Gi', cpu: 2 } },
        readinessProbe: { tcpSocket: { port: 31_000 }, periodSeconds: 5 },
        securityContext: restricted,
        volumeMounts: [
          { name: 'data', mountPath: '/data', subPath: 'a/b', readOnly: false },
          { name: 'data', mountPath: '/other', readOnly: true },
          { name: 'scratch', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'projects', readOnly: false } },
      { name: 'scratch', emptyDir: {} },
      { name: 'sized', emptyDir: { sizeLimit: '2048Mi' } },
      { name: 'secret', secret: { secretName: 'database', items: [{ key: 'password', path: 'password' }] } },
    ],
  },
};

const selector = { matchLabels: { part: 'component' } };
const plain = (part: object) => part as unknown as KubeObject;

export const intents: [kinds.Kind<KubeObject>, KubeObject][] = [
  [kinds.Namespaces, plain({ metadata: { name: 'labelled', labels: { managed: 'true' }, annotations: {} } })],
  [kinds.ServiceAccounts, plain({ metadata: metadata('relion'), automountServiceAccountToken: false })],
  [
    kinds.Secrets,
    plain({
      metadata: {
        ...metadata('owned'),
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ServiceAccount', name: 'relion', uid: '2b0c3a4e-6d7f-4f0e-9a51-000000000001', controller: true },
        ],
      },
    }),
  ],
  [kinds.Secrets, plain({ metadata: metadata('database'), type: 'Opaque', data: { password: 'aGVsbG8=', empty: '' } })],
  [
    kinds.Services,
    plain({
      metadata: metadata('relion'),
      spec: {
        type: 'NodePort',
        selector: { part: 'component' },
        ports: [{ name: 'web', port: 31_000, targetPort: 31_000, nodePort: 31_000 }],
      },
    }),
  ],
  [
    kinds.Services,
    plain({ metadata: metadata('database'), spec: { clusterIP: 'None', selector: { part: 'database' }, ports: [{ port: 5432 }] } }),
  ],
  [
    kinds.PersistentVolumes,
    plain({
      metadata: { name: 'smith-projects', labels: { managed: 'true' } },
      spec: {
        accessModes: ['ReadWriteMany'],
        capacity: { storage: '1Mi' },
        claimRef: { namespace, name: 'projects' },
        nfs: { server: 'nfs.example.org', path: '/export/smith', readOnly: false },
        mountOptions: [],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'static',
        volumeMode: 'Filesystem',
      },
    }),
  ],
  [
    kinds.PersistentVolumeClaims,
    plain({
      metadata: metadata('projects'),
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1024Ki' } },
        storageClassName: 'static',
        volumeName: 'smith-projects',
      },
    }),
  ],
  [
    kinds.ResourceQuotas,
    plain({
      metadata: metadata('quota'),
      spec: { hard: { 'requests.nvidia.com/gpu': 2, 'limits.memory': '2048Mi', 'requests.cpu': '4000m', pods: '10' } },
    }),
  ],
  [
    kinds.LimitRanges,
    plain({
      metadata: metadata('limits'),
      spec: { limits: [{ type: 'Container', default: { memory: '1024Mi', cpu: '1' }, defaultRequest: { cpu: '0.1', memory: '64Mi' } }] },
    }),
  ],
  [
    kinds.NetworkPolicies,
    plain({ metadata: metadata('deny'), spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] } }),
  ],
  [
    kinds.NetworkPolicies,
    plain({
      metadata: metadata('ports'),
      spec: {
        podSelector: selector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 31_000, endPort: 31_015 }] }],
        egress: [{ to: [{ namespaceSelector: {}, podSelector: selector }], ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] }],
      },
    }),
  ],
  [
    kinds.RoleBindings,
    plain({
      metadata: metadata('members'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'ada' },
        { kind: 'ServiceAccount', name: 'relion', namespace },
      ],
    }),
  ],
  [
    kinds.StatefulSets,
    plain({
      metadata: metadata('relion'),
      spec: { serviceName: 'relion', replicas: 0, selector, template: pod, podManagementPolicy: 'OrderedReady' },
    }),
  ],
  [
    kinds.Jobs,
    plain({
      metadata: metadata('directories'),
      spec: { backoffLimit: 0, template: { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } } },
    }),
  ],
];

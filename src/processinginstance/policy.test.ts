import { expect, test } from 'vitest';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { PodSpec } from './objects/pod.ts';
import { missingFromPolicy } from './policy.ts';

const mount = { serviceAccount: 'orthanc', claim: 'data', subPaths: ['p1'], readOnly: true };
const policy: LabPolicySpec = {
  uid: 200_000,
  gid: 200_000,
  supplementalGroups: [300_000],
  resourceNames: [],
  mounts: [mount],
  secrets: [{ serviceAccount: 'orthanc', secret: 'database' }],
};
const pod = (change: Partial<PodSpec> = {}): PodSpec => ({
  serviceAccountName: 'orthanc',
  securityContext: { runAsUser: 200_000, runAsGroup: 200_000, supplementalGroups: [300_000] },
  containers: [
    {
      name: 'c',
      volumeMounts: [{ name: 'v', mountPath: '/data', subPath: 'p1', readOnly: true }],
      env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'database', key: 'k' } } }],
    },
  ],
  volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data', readOnly: true } }],
  ...change,
});
const mounting = (subPath: string) => [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/data', subPath }] }];

test.for(
  Object.entries({
    'a pod of which everything is listed lacks nothing': { pod: pod(), want: undefined },
    'other ids are missing': { pod: pod({ securityContext: { runAsUser: 200_001, runAsGroup: 200_000 } }), want: 'ids 200001:200000' },
    'a group of another lab is missing': {
      pod: pod({ securityContext: { runAsUser: 200_000, runAsGroup: 200_000, supplementalGroups: [300_001] } }),
      want: 'supplemental group 300001',
    },
    'a claim of another account is missing': { pod: pod({ serviceAccountName: 'relion' }), want: 'claim "data"' },
    'writing to what is listed as read-only is missing': {
      pod: pod({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }),
      want: 'writing to claim "data"',
    },
    'another path is missing': { pod: pod({ containers: mounting('p2') }), want: '"p2" of claim "data"' },
    'the whole volume is missing': { pod: pod({ containers: mounting('') }), want: '"" of claim "data"' },
    'a Secret in the environment is missing': {
      pod: pod({ containers: [{ name: 'c', env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] }] }),
      want: 'secret "x"',
    },
    'a Secret as a volume is missing': { pod: pod({ volumes: [{ name: 's', secret: { secretName: 'y' } }] }), want: 'secret "y"' },
    'a volume that is no claim needs nothing': { pod: pod({ volumes: [{ name: 'v', emptyDir: {} }] }), want: undefined },
  }),
)('%s', ([, { pod, want }]) => {
  expect(missingFromPolicy(policy, pod)).toBe(want);
});

import { expect, test } from 'vitest';
import { anInstance } from '../../../test/fixtures/processinginstance.ts';
import type { ClaimMount } from '../../access/data.ts';
import { type PodInput, podTemplate } from './pod.ts';

const identity = { uid: 200_000, gid: 200_000, supplementalGroups: [] };
const pod = (change: Partial<PodInput> = {}) => {
  const instance = change.instance ?? anInstance().build();
  const container = instance.spec.components?.[0] ?? { name: 'server', image: 'orthanc:1' };
  return podTemplate({
    instance,
    part: 'component',
    identity,
    placement: {},
    mounts: [],
    basePort: undefined,
    gpuResource: 'nvidia.com/gpu',
    container,
    ...change,
  });
};
const container = (change: Partial<PodInput> = {}) => pod(change).spec.containers[0]!;
const env = (change: Partial<PodInput> = {}) =>
  Object.fromEntries((container(change).env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.secretKeyRef?.key]));
const mount = (change: Partial<ClaimMount> = {}): ClaimMount => ({
  claim: 'data-projects-1',
  subPath: 'p1',
  mountPath: '/data',
  readOnly: true,
  ...change,
});

test('runs under the ids of the lab and nothing else, with no token of the API server', () => {
  expect(pod().spec).toMatchObject({
    serviceAccountName: 'orthanc',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 200_000, runAsGroup: 200_000, fsGroup: 200_000, supplementalGroupsPolicy: 'Strict' },
  });
  expect(pod().spec.securityContext).not.toHaveProperty('supplementalGroups');
  expect(container().securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
});

test('has the groups of the owners whose data it mounts', () => {
  const groups = pod({ identity: { ...identity, supplementalGroups: [300_000] } }).spec.securityContext?.supplementalGroups;
  expect(groups).toEqual([300_000]);
});

test('a claim is read-only as a volume only when every use of it is', () => {
  const volumes = (...mounts: ClaimMount[]) => pod({ mounts }).spec.volumes?.filter(({ persistentVolumeClaim }) => persistentVolumeClaim);
  expect(volumes(mount(), mount({ mountPath: '/more' }))).toEqual([
    { name: 'data-projects-1', persistentVolumeClaim: { claimName: 'data-projects-1', readOnly: true } },
  ]);
  expect(volumes(mount(), mount({ mountPath: '/work', readOnly: false }))).toEqual([
    { name: 'data-projects-1', persistentVolumeClaim: { claimName: 'data-projects-1' } },
  ]);
});

test('a path is mounted by subPath, the whole root without', () => {
  const mounts = container({ mounts: [mount(), mount({ subPath: '', mountPath: '/root' })] }).volumeMounts;
  expect(mounts).toContainEqual({ name: 'data-projects-1', mountPath: '/data', subPath: 'p1', readOnly: true });
  expect(mounts).toContainEqual({ name: 'data-projects-1', mountPath: '/root', readOnly: true });
});

test('has a writable /tmp, unless the instance mounts something there', () => {
  expect(container().volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
  expect(container({ mounts: [mount({ mountPath: '/tmp' })] }).volumeMounts?.map(({ name }) => name)).toEqual([
    'data-projects-1',
    'access-policy',
  ]);
});

test('injects where it is, its ports, its database and its licence before the variables of the user', () => {
  const instance = anInstance()
    .running({
      ports: [
        { name: 'web', offset: 0 },
        { name: 'dicom-tls', offset: 2 },
      ],
      env: [{ name: 'URL', value: '$(BULKHEAD_DB_URL)' }],
    })
    .ports(3)
    .database()
    .license()
    .build();
  expect(Object.entries(env({ instance, basePort: 31_016 }))).toEqual([
    ['BULKHEAD_LAB', 'smith'],
    ['BULKHEAD_INSTANCE', 'orthanc'],
    ['BULKHEAD_POLICY_FILE', '/run/bulkhead/access/policy.json'],
    ['BULKHEAD_HOSTNAME', 'orthanc.lab-smith.svc'],
    ['BULKHEAD_BASE_PORT', '31016'],
    ['BULKHEAD_PORT_WEB', '31016'],
    ['BULKHEAD_PORT_DICOM_TLS', '31018'],
    ['BULKHEAD_DB_HOST', expect.stringMatching(/^bulkhead-db-orthanc-[0-9a-f]{10}\.lab-smith\.svc$/)],
    ['BULKHEAD_DB_PORT', '5432'],
    ['BULKHEAD_DB_NAME', 'database'],
    ['BULKHEAD_DB_USER', 'username'],
    ['BULKHEAD_DB_PASSWORD', 'password'],
    ['BULKHEAD_DB_URL', 'url'],
    ['BULKHEAD_LICENSE', 'id'],
    ['URL', '$(BULKHEAD_DB_URL)'],
  ]);
});

test('listens on ports of its own block and is asked on them whether it is ready', () => {
  const instance = anInstance()
    .running({ ports: [{ name: 'web', offset: 1 }], readiness: { port: 'web', path: '/system' } })
    .ports(2)
    .build();
  expect(container({ instance, basePort: 31_000 })).toMatchObject({
    ports: [{ name: 'web', containerPort: 31_001, protocol: 'TCP' }],
    readinessProbe: { httpGet: { port: 'web', path: '/system' } },
  });
});

test('is ready when the port accepts connections if no path is asked for', () => {
  const instance = anInstance()
    .running({ ports: [{ name: 'dicom', offset: 0 }], readiness: { port: 'dicom' } })
    .ports(1)
    .build();
  expect(container({ instance, basePort: 31_000 }).readinessProbe).toMatchObject({ tcpSocket: { port: 'dicom' } });
});

test('requests what it may use, GPUs included, and leaves the rest to the defaults of the lab', () => {
  const amounts = { memory: '4Gi', 'nvidia.com/gpu': '2' };
  expect(
    container({
      instance: anInstance()
        .running({ resources: { memory: '4Gi', gpu: 2 } })
        .build(),
    }).resources,
  ).toEqual({ requests: amounts, limits: amounts });
  expect(container()).not.toHaveProperty('resources');
});

test('only what the operator makes is labelled as managed: the pod of a Job belongs to the person who made it', () => {
  expect(pod().metadata.labels).toEqual({
    'bulkhead.science/instance': 'orthanc',
    'bulkhead.science/part': 'component',
    'bulkhead.science/managed': 'true',
  });
  expect(pod({ part: 'job' }).metadata.labels).toEqual({ 'bulkhead.science/instance': 'orthanc', 'bulkhead.science/part': 'job' });
});

test('the application runs where its lab does, and nowhere in particular when the lab has no place', () => {
  const placement = { nodeSelector: { pool: 'em' }, tolerations: [{ key: 'pool' }], runtimeClassName: 'sandbox' };
  expect(pod({ placement }).spec).toMatchObject(placement);
  for (const field of Object.keys(placement)) expect(pod().spec).not.toHaveProperty(field);
});

test('reads who may do what from a file that refreshes: mounted whole, read-only, and not there is no reason to wait', () => {
  const { volumes = [], containers } = pod({ part: 'job' }).spec;
  expect(volumes).toContainEqual({ name: 'access-policy', configMap: { name: 'access-policy', optional: true } });
  expect(containers[0]?.volumeMounts).toContainEqual({ name: 'access-policy', mountPath: '/run/bulkhead/access', readOnly: true });
  expect(env().BULKHEAD_POLICY_FILE).toBe('/run/bulkhead/access/policy.json');
});

test('asks who may do what with a token for nothing else, where the facility lets it', () => {
  const reviewURL = 'http://bulkhead-review.bulkhead-system.svc/v1/review';
  const asking = pod({ reviewURL }).spec;
  expect(asking.automountServiceAccountToken).toBe(false);
  expect(asking.volumes).toContainEqual({
    name: 'bulkhead-review',
    projected: { sources: [{ serviceAccountToken: { audience: 'bulkhead-review', path: 'token' } }] },
  });
  expect(asking.containers[0]?.volumeMounts).toContainEqual({ name: 'bulkhead-review', mountPath: '/run/bulkhead/review', readOnly: true });
  expect(env({ reviewURL })).toMatchObject({ BULKHEAD_REVIEW_URL: reviewURL, BULKHEAD_REVIEW_TOKEN_FILE: '/run/bulkhead/review/token' });
  expect(JSON.stringify(pod())).not.toContain('bulkhead-review');
});

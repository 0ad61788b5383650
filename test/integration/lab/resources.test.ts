// What a lab may use, enforced by the API server: each request beyond a limit is refused, its twin within is admitted.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Labs } from '../../../src/api/kinds.ts';
import type { LabSpec } from '../../../src/api/lab.ts';
import { rootClaimName, rootVolumeName } from '../../../src/api/names.ts';
import * as kinds from '../../../src/kube/kind.ts';
import { makeLab, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    storage: {
      backends: [
        { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' },
        { name: 'archive', type: 'nfs', server: 'nfs.uni.edu', path: '/export' },
        {
          name: 'blob',
          type: 'csi',
          driver: 'files.csi.test',
          path: '/volumes',
          pathAttribute: 'share',
          attributes: { server: 'files.uni.edu', tier: 'a&b' },
        },
      ],
    },
    deviceClasses: ['nic', 'tpu'],
    network: { neverEgress: ['169.254.0.0/16', '10.96.0.0/12'] },
    placement: [
      {
        name: 'reserved',
        nodeSelector: { 'facility.test/lab': 'smith' },
        tolerations: [{ key: 'facility.test/lab', value: 'smith', effect: 'NoSchedule' }],
        runtimeClassName: 'sandbox',
      },
      { name: 'pool', nodeSelector: { 'facility.test/pool': 'em' } },
    ],
  });
  stage.kubectl(['create', '-f', '-'], ...['sandbox', 'fast'].map(runtimeClass));
});
afterAll(() => stage?.end());

const runtimeClass = (name: string) => ({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler: name });
const readiness = async (name: string) => (await stage.admin.read(Labs, name))?.status?.conditions?.find(({ type }) => type === 'Ready');

/** A ready lab with an account that mounts nothing. */
async function readyLab(name: string, spec: Partial<LabSpec>): Promise<void> {
  await makeLab(stage, name, spec);
  await vi.waitFor(async () => expect((await readiness(name))?.reason).toBe('Ready'), { timeout: 20_000 });
  const namespace = `lab-${name}`;
  await stage.accomplice.create(kinds.ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'run', namespace } });
}

type PodSpec = NonNullable<kinds.Pod['spec']>;
type Resources = PodSpec['containers'][number]['resources'];

async function pod(lab: string, resources: Resources = {}, change: Partial<PodSpec> = {}): Promise<kinds.Pod> {
  const { uid = 0, gid = 0 } = (await stage.admin.read(Labs, lab))?.status ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'attempt', namespace: `lab-${lab}` },
    spec: {
      serviceAccountName: 'run',
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: gid,
        supplementalGroupsPolicy: 'Strict',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'main',
          image: 'bulkhead.invalid/attempt:none',
          resources,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
      ...change,
    },
  };
}

/** What the API server says to a dry run: "admitted", or why not. */
const answer = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'admitted',
    (error: Error) => error.message,
  );
const tryPod = async (...args: Parameters<typeof pod>) => answer(stage.admin.create(kinds.Pods, await pod(...args), { dryRun: true }));
const requesting = (amounts: Record<string, string>): Resources => ({ requests: amounts, limits: amounts });

describe('the quota of a lab', () => {
  beforeAll(() =>
    readyLab('smith', {
      quota: {
        gpu: 2,
        cpu: '4',
        memory: '8Gi',
        ephemeralStorage: '10Gi',
        storage: '1Gi',
        storageClasses: { fast: '100Mi' },
        resources: { 'example.org/fpga': 1 },
        deviceClasses: { nic: 1 },
        pods: 2,
        instances: 1,
        services: 1,
        objects: { 'datagrants.bulkhead.science': 1, secrets: 1 },
      },
    }),
  );

  test.for<[string, Record<string, string>, Record<string, string>]>([
    ['GPUs', { 'nvidia.com/gpu': '2' }, { 'nvidia.com/gpu': '3' }],
    ['CPU', { cpu: '4' }, { cpu: '4001m' }],
    ['memory', { memory: '8Gi' }, { memory: '8193Mi' }],
    ['space on the disk of the node', { 'ephemeral-storage': '10Gi' }, { 'ephemeral-storage': '11Gi' }],
    ['a named resource', { 'example.org/fpga': '1' }, { 'example.org/fpga': '2' }],
    ['devices of a class', { 'deviceclass.resource.kubernetes.io/nic': '1' }, { 'deviceclass.resource.kubernetes.io/nic': '2' }],
  ])('holds %s', async ([, within, beyond]) => {
    expect(await tryPod('smith', requesting(within))).toBe('admitted');
    expect(await tryPod('smith', requesting(beyond))).toContain('exceeded quota: bulkhead');
  });

  test.for([
    ['example.org/other', '1'],
    ['deviceclass.resource.kubernetes.io/tpu', '1'],
    ['hugepages-2Mi', '2Mi'],
  ] as const)('names every resource there is: %s is not offered', async ([name, amount]) => {
    const said = await tryPod('smith', requesting({ [name]: amount, cpu: '1', memory: '1Gi' }));
    expect(said).toContain(`resources ${name}`);
    expect(said).toContain('it may request: cpu, deviceclass.resource.kubernetes.io/nic, ephemeral-storage, example.org/fpga');
  });

  test('counts a container that asks for nothing', async () => {
    const made = await stage.admin.create(kinds.Pods, await pod('smith'));
    expect(made?.spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '1Gi' },
      limits: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '4Gi' },
    });
    expect(await tryPod('smith', requesting({ 'ephemeral-storage': '9Gi' }))).toBe('admitted');
    expect(await tryPod('smith', requesting({ 'ephemeral-storage': '10Gi' }))).toContain('used: requests.ephemeral-storage=1Gi');
  });

  test('holds the number of pods', async () => {
    const named = async (name: string) => ({ ...(await pod('smith')), metadata: { name, namespace: 'lab-smith' } });
    expect(await answer(stage.admin.create(kinds.Pods, await named('second')))).toBe('admitted');
    expect(await answer(stage.admin.create(kinds.Pods, await named('third')))).toContain('limited: pods=2');
  });

  const claim = (size: string, storageClassName = 'slow') =>
    answer(
      stage.accomplice.create(
        kinds.PersistentVolumeClaims,
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'attempt', namespace: 'lab-smith' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, storageClassName },
        },
        { dryRun: true },
      ),
    );
  test('holds storage, all of it and that of one class', async () => {
    expect(await claim('1Gi')).toBe('admitted');
    expect(await claim('3Gi')).toContain('exceeded quota: bulkhead');
    expect(await claim('100Mi', 'fast')).toBe('admitted');
    expect(await claim('101Mi', 'fast')).toContain('fast.storageclass.storage.k8s.io/requests.storage=100Mi');
  });

  test('holds the number of objects, those of our own kinds as well', async () => {
    const api = 'bulkhead.science/v1alpha1';
    const make = (apiVersion: string, kind: string, name: string, spec?: object) =>
      stage.kubectl(['create', '-f', '-'], { apiVersion, kind, metadata: { name, namespace: 'lab-smith' }, ...(spec && { spec }) });
    const grant = { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }] };
    for (const [apiVersion, kind, spec] of [
      [api, 'DataGrant', grant],
      [api, 'ProcessingInstance', {}],
      ['v1', 'Secret'],
    ] as const) {
      expect(make(apiVersion, kind, 'first', spec), kind).toMatchObject({ accepted: true });
      expect(make(apiVersion, kind, 'second', spec), kind).toMatchObject({
        accepted: false,
        errors: expect.stringContaining('exceeded quota: bulkhead'),
      });
    }
  });

  test('holds devices that somebody claims without a pod, by class', () => {
    const claimed = (deviceClassName: string) =>
      stage.kubectl(['create', '--dry-run=server', '--as=system:kube-scheduler', '-f', '-'], {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaim',
        metadata: { name: 'attempt', namespace: 'lab-smith' },
        spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName, allocationMode: 'ExactCount', count: 1 } }] } },
      });
    expect(claimed('nic')).toMatchObject({ accepted: true });
    expect(claimed('tpu')).toMatchObject({ accepted: false, errors: expect.stringContaining('tpu.deviceclass.resource.k8s.io/devices=0') });
  });
});

describe('the limits of one container', () => {
  beforeAll(() => readyLab('jones', { limits: { defaultRequest: { cpu: '2' }, max: { cpu: '4', memory: '2Gi' } } }));

  test('are what it gets when it says nothing', async () => {
    const made = await stage.admin.create(kinds.Pods, await pod('jones'), { dryRun: true });
    expect(made?.spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '2', memory: '128Mi' },
      limits: { cpu: '2', memory: '1Gi' },
    });
  });

  test('hold what it asks for', async () => {
    expect(await tryPod('jones', requesting({ cpu: '4', memory: '2Gi' }))).toBe('admitted');
    expect(await tryPod('jones', requesting({ cpu: '5', memory: '2Gi' }))).toContain('maximum cpu usage per Container is 4');
    expect(await tryPod('jones', requesting({ cpu: '4', memory: '3Gi' }))).toContain('maximum memory usage per Container is 2Gi');
  });
});

describe('the placement of a lab', () => {
  const reserved = {
    nodeSelector: { 'facility.test/lab': 'smith' },
    tolerations: [{ key: 'facility.test/lab', value: 'smith', effect: 'NoSchedule' }],
    runtimeClassName: 'sandbox',
  };
  beforeAll(() => readyLab('placed', { placement: 'reserved' }));

  test('is where its pods run, also on fewer nodes, and on the nodes of nobody else', async () => {
    const placed = (change: Partial<PodSpec>) => tryPod('placed', {}, { ...reserved, ...change });
    expect(await placed({})).toBe('admitted');
    expect(await placed({ nodeSelector: { ...reserved.nodeSelector, disk: 'fast' } })).toBe('admitted');
    const refused: [Partial<PodSpec>, string][] = [
      [{ nodeSelector: {} }, 'nodeSelector must hold facility.test/lab: smith'],
      [{ nodeSelector: { 'facility.test/lab': 'jones' } }, 'nodeSelector must hold facility.test/lab: smith'],
      [{ runtimeClassName: 'fast' }, 'it must be sandbox'],
      [
        { tolerations: [{ key: 'facility.test/lab', operator: 'Exists' }] },
        'this lab tolerates: facility.test/lab (Equal "smith", effect "NoSchedule")',
      ],
      [{ tolerations: [{ key: 'facility.test/lab', value: 'smith' }] }, 'is a taint of nodes that are kept for others'],
    ];
    for (const [change, says] of refused) expect(await placed(change)).toContain(says);
    expect(await tryPod('placed')).toContain("'bulkhead-pods'");
  });

  test('is nowhere in particular without a profile', async () => {
    await readyLab('free', {});
    expect(await tryPod('free')).toBe('admitted');
    expect(await tryPod('free', {}, { nodeSelector: { disk: 'fast' } })).toBe('admitted');
    expect(await tryPod('free', {}, { runtimeClassName: 'sandbox' })).toContain('it must be absent');
    expect(await tryPod('free', {}, { tolerations: reserved.tolerations })).toContain('facility.test/lab is a taint');
  });

  test('follows the profile that the lab names', async () => {
    await makeLab(stage, 'placed', { placement: 'pool' });
    await expect.poll(() => tryPod('placed', {}, { nodeSelector: { 'facility.test/pool': 'em' } }), { timeout: 20_000 }).toBe('admitted');
    expect(await tryPod('placed', {}, reserved)).toContain("'bulkhead-pods'");
  });

  test('that the facility does not know lets no pod start at all', async () => {
    await makeLab(stage, 'placed', { placement: 'gone' });
    await expect.poll(async () => (await readiness('placed'))?.reason, { timeout: 20_000 }).toBe('PlacementUnknown');
    expect((await readiness('placed'))?.message).toBe('spec.placement "gone" is no placement profile; this facility has reserved, pool');
    await expect.poll(() => tryPod('placed'), { timeout: 20_000 }).toContain('no pod may start in this lab: spec.placement "gone"');
    await makeLab(stage, 'placed', { placement: 'reserved' });
    await expect.poll(() => tryPod('placed', {}, reserved), { timeout: 20_000 }).toBe('admitted');
  });
});

describe('the egress list of a lab', () => {
  const listed = async () => (await stage.admin.read(kinds.NetworkPolicies, 'bulkhead-egress', 'lab-open'))?.spec;
  const rule = (cidr: string, except?: string[]) => ({
    to: [{ ipBlock: { cidr, ...(except && { except }) } }],
    ports: [{ port: 443, protocol: 'TCP' }],
  });
  const reaching = (...cidrs: string[]) => ({ network: { egress: cidrs.map((cidr) => ({ cidr, ports: [443] })) } });

  test('is a network policy, without what the facility keeps from every lab', async () => {
    await readyLab('open', reaching('203.0.113.7/32', '0.0.0.0/0'));
    expect((await listed())?.egress).toEqual([rule('203.0.113.7/32'), rule('0.0.0.0/0', ['10.96.0.0/12', '169.254.0.0/16'])]);
  });

  test('names what it cannot have, and keeps the rest', async () => {
    await makeLab(stage, 'open', reaching('203.0.113.7/32', '10.96.0.1/32'));
    await expect.poll(async () => (await readiness('open'))?.reason, { timeout: 20_000 }).toBe('EgressForbidden');
    expect((await readiness('open'))?.message).toContain('10.96.0.1/32 lies inside 10.96.0.0/12');
    expect((await listed())?.egress).toEqual([rule('203.0.113.7/32')]);
  });

  test('is gone when it is emptied', async () => {
    await makeLab(stage, 'open');
    await expect.poll(listed, { timeout: 20_000 }).toBeUndefined();
    await expect.poll(async () => (await readiness('open'))?.reason, { timeout: 20_000 }).toBe('Ready');
  });
});

describe('storage roots on several backends', () => {
  const sourceOf = async (lab: string, root: string) => {
    const { hostPath, nfs, csi } = (await stage.admin.read(kinds.PersistentVolumes, rootVolumeName(lab, root)))?.spec ?? {};
    return { ...(hostPath && { hostPath }), ...(nfs && { nfs }), ...(csi && { csi }) };
  };
  const root = (name: string, backend: string, path: string) => ({ name, backend, path });

  test('are one volume each, bound, for one lab as for another', async () => {
    await readyLab('many', {
      storage: [root('projects', 'gpfs', 'many/p'), root('old', 'archive', 'many'), root('raw', 'blob', 'many/raw')],
    });
    await readyLab('other', { storage: [root('projects', 'blob', 'other')] });
    expect(await sourceOf('many', 'projects')).toEqual({ hostPath: { path: '/gpfs/labs/many/p', type: 'Directory' } });
    expect(await sourceOf('many', 'old')).toEqual({ nfs: { server: 'nfs.uni.edu', path: '/export/many' } });
    const attributes = { server: 'files.uni.edu', tier: 'a&b' };
    expect(await sourceOf('many', 'raw')).toMatchObject({
      csi: {
        driver: 'files.csi.test',
        volumeHandle: rootVolumeName('many', 'raw'),
        volumeAttributes: { ...attributes, share: '/volumes/many/raw' },
      },
    });
    expect(await sourceOf('other', 'projects')).toMatchObject({ csi: { volumeAttributes: { ...attributes, share: '/volumes/other' } } });
    for (const [lab, name] of [
      ['many', 'projects'],
      ['many', 'old'],
      ['many', 'raw'],
      ['other', 'projects'],
    ] as const)
      expect(await stage.admin.read(kinds.PersistentVolumeClaims, rootClaimName(name), `lab-${lab}`)).toMatchObject({
        status: { phase: 'Bound' },
      });
  });

  test('are walls that stand: the policy is the one that the operator expects', async () => {
    const lab = await stage.admin.read(Labs, 'many');
    expect(lab?.status?.conditions?.find(({ type }) => type === 'Isolated')).toMatchObject({ status: 'True', reason: 'WallsStand' });
  });

  test('are taken by path and backend together', async () => {
    await makeLab(stage, 'late', { storage: [root('projects', 'blob', 'many/raw/a')] });
    await expect.poll(async () => (await readiness('late'))?.reason, { timeout: 20_000 }).toBe('PathTaken');
    await readyLab('later', { storage: [root('projects', 'archive', 'other')] }); // the same path of another backend
  });
});

test('a settled quota is not written again', async () => {
  for (const name of ['smith', 'jones']) expect((await readiness(name))?.status).toBe('True');
  const version = async () =>
    Promise.all(
      ['smith', 'jones'].map(async (name) => [
        (await stage.admin.read(kinds.LimitRanges, 'bulkhead', `lab-${name}`))?.metadata.resourceVersion,
        (await stage.admin.read(kinds.ResourceQuotas, 'bulkhead', `lab-${name}`))?.metadata.managedFields?.find(
          ({ operation }) => operation === 'Apply',
        )?.time,
      ]),
    );
  const before = await version();
  await makeLab(stage, 'jones', { displayName: 'Jones Lab', limits: { defaultRequest: { cpu: '2' }, max: { cpu: '4', memory: '2Gi' } } });
  await expect.poll(async () => (await stage.admin.read(Labs, 'jones'))?.status?.observedGeneration, { timeout: 20_000 }).toBe(2);
  expect(await version()).toEqual(before);
});

import { describe, expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { ProcessingInstance } from '../api/kinds.ts';
import { partLabel, retainedAnnotation } from '../api/labels.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { databaseName, stateClaimName, workloadName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import { Config } from '../config.ts';
import { type PersistentVolumeClaim, type Pod, Services } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import { judgeData } from './data.ts';
import { decide, type Facts, type Observed } from './decide.ts';
import { intentOf, type Step } from './intent.ts';
import type { PodSpec } from './objects/pod.ts';
import { statusOf } from './status.ts';

const now = new Date('2026-05-12T08:00:00Z');
const config = Config.parse({ image: 'bulkhead:1', database: { images: { 15: 'postgres:15' } } });
const lab = aLab('smith').ready().build();
const ids = { uid: 200_000, gid: 200_000 };
const emptyPolicy: LabPolicySpec = { ...ids, supplementalGroups: [300_000], resourceNames: [], mounts: [], secrets: [] };
const own: DataMount = { volume: 'projects', path: 'p1', mountPath: '/data', mode: 'ReadWrite' };
const granted: DataMount = { from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' };
const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).ready(300_000).build();
const grants = new Map([['microscopy/krios-0512', { owner, grant: aDataGrant().until('2026-06-01T00:00:00Z').build() }]]);

const orthanc = anInstance()
  .running({ ports: [{ name: 'web', offset: 0 }] })
  .ports(2)
  .database()
  .data(own);
const nothing: Observed = { claims: [], statefulSets: [], jobs: [], pods: [], removable: [] };

const factsOf = (instance: Stored<ProcessingInstance>, policy: LabPolicySpec): Omit<Facts, 'observed' | 'answers'> => ({
  instance,
  ground: { ...ids, lab, policy },
  config,
  basePort: instance.spec.ports && 31_016,
  password: 'secret',
  grants,
  now,
});

/** What the instance consists of, and a policy that lists all that its pods mount. */
function whole(instance: Stored<ProcessingInstance>) {
  const data = (instance.spec.data ?? []).map((item) => judgeData(item, lab, grants, now));
  const intent = intentOf({ ...factsOf(instance, emptyPolicy), data, claims: [] });
  return {
    ...intent,
    policy: {
      ...emptyPolicy,
      mounts: intent.steps.flatMap(({ template }) => mountsOf(template.spec)),
      secrets: intent.steps.flatMap(({ template }) => secretsOf(template.spec)),
    },
  };
}
const mountsOf = ({ serviceAccountName: serviceAccount = '', volumes = [], containers }: PodSpec) =>
  volumes.flatMap(({ name, persistentVolumeClaim: claim }) =>
    claim
      ? {
          serviceAccount,
          claim: claim.claimName,
          readOnly: claim.readOnly ?? false,
          subPaths: containers.flatMap(({ volumeMounts = [] }) =>
            volumeMounts.flatMap((mount) => (mount.name === name ? (mount.subPath ?? '') : [])),
          ),
        }
      : [],
  );
const secretsOf = ({ serviceAccountName: serviceAccount = '', volumes = [], containers }: PodSpec) =>
  [
    ...volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    ...containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])),
  ].map((secret) => ({ serviceAccount, secret }));

const stored = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-05-12T07:00:00Z', generation: 1 };
const finished = (step: Step, type = 'Complete', lastTransitionTime = '2026-05-12T07:30:00Z') =>
  ({
    ...step.object,
    metadata: { ...step.object.metadata, ...stored },
    status: { conditions: [{ type, status: 'True', lastTransitionTime }] },
  }) as Observed['jobs'][number];
const live = (step: Step, status: object = { observedGeneration: 1, replicas: 1, readyReplicas: 1 }) =>
  ({ ...step.object, metadata: { ...step.object.metadata, ...stored }, status }) as Observed['statefulSets'][number];

/** The plan for an instance of which the given steps stand already; every pod that is tried is let in. */
function plan(
  instance: Stored<ProcessingInstance>,
  change: {
    steps?: (step: Step) => Partial<Observed>;
    observed?: Partial<Observed>;
    policy?: LabPolicySpec;
    answers?: Facts['answers'];
  } = {},
) {
  const { steps, policy } = whole(instance);
  const there = steps.map((step) => change.steps?.(step) ?? {});
  const observed: Observed = {
    ...nothing,
    jobs: there.flatMap(({ jobs = [] }) => jobs),
    statefulSets: there.flatMap(({ statefulSets = [] }) => statefulSets),
  };
  const answers = change.answers ?? new Map(steps.map(({ name }) => [name, undefined]));
  return decide({ ...factsOf(instance, change.policy ?? policy), observed: { ...observed, ...change.observed }, answers });
}
const parts = (steps: Step[]) => steps.map(({ part }) => part);
const standing =
  (...parts: Step['part'][]) =>
  (step: Step): Partial<Observed> =>
    !parts.includes(step.part) ? {} : step.part === 'directories' ? { jobs: [finished(step)] } : { statefulSets: [live(step)] };
const all = standing('directories', 'database', 'component');
const pod = (part: string, status: Pod['status'] = {}): Pod => ({ metadata: { name: `${part}-0`, labels: { [partLabel]: part } }, status });

describe('the order', () => {
  test.for(
    Object.entries({
      'directories and database come first': { steps: standing(), want: ['directories', 'database'] },
      'the application waits for its directories': { steps: standing('database'), want: ['directories', 'database'] },
      'the application waits for its database': { steps: standing('directories'), want: ['directories', 'database'] },
      'the application comes last': { steps: standing('directories', 'database'), want: ['directories', 'database', 'component'] },
      'an application that stands is kept while its database is made again': {
        steps: standing('directories', 'component'),
        want: ['directories', 'database', 'component'],
      },
    }),
  )('%s', ([, { steps, want }]) => {
    expect(parts(plan(orthanc.build(), { steps }).workloads)).toEqual(want);
  });

  test('a workspace is ready with no workload at all', () => {
    const { workloads, causes, foundation } = plan(anInstance('relion').build());
    expect({ workloads, causes }).toEqual({ workloads: [], causes: [] });
    expect(foundation.map(({ object }) => object.metadata.name)).toEqual(['relion']);
  });

  test('no pod is tried before the policy of the lab lists what it mounts', () => {
    const { probe, workloads, causes } = plan(orthanc.build(), { policy: emptyPolicy, answers: new Map() });
    expect({ probe, workloads }).toEqual({ probe: undefined, workloads: [] });
    expect(causes[0]).toMatchObject({
      reason: 'Progressing',
      message: expect.stringMatching(/LabPolicy lists claim "data-projects-[0-9a-f]+" for the Job/),
    });
  });
});

describe('trying pods', () => {
  test('every pod that has yet to be made is tried once before its workload is written', () => {
    const instance = orthanc.build();
    const first = plan(instance, { answers: new Map() });
    expect(first.workloads).toEqual([]);
    const second = plan(instance, { answers: new Map([[first.probe!.name, undefined]]) });
    expect(parts(second.workloads)).toEqual(['directories']);
    expect(second.probe?.name).toBe(databaseName('orthanc'));
  });

  test('a settled instance tries nothing', () => {
    expect(plan(orthanc.build(), { steps: all, answers: new Map() })).toMatchObject({ causes: [], unwanted: [], retain: [] });
    expect(plan(orthanc.build(), { steps: all, answers: new Map() }).probe).toBeUndefined();
  });

  test('an application whose template changes is tried again, and keeps its old pod when the new one is refused', () => {
    const before = whole(orthanc.build());
    const after = orthanc.running({ image: 'orthanc:2' }).build();
    const observed = {
      statefulSets: before.steps.flatMap((step) => (step.part === 'directories' ? [] : [live(step)])),
      jobs: before.steps.flatMap((step) => (step.part === 'directories' ? [finished(step)] : [])),
    };
    expect(plan(after, { observed, answers: new Map() }).probe?.name).toBe(workloadName('orthanc'));
    const refused = plan(after, { observed, answers: new Map([[workloadName('orthanc'), 'denied: image']]) });
    expect(parts(refused.workloads)).toEqual(['directories', 'database']);
    expect(refused.unwanted).toEqual([]);
    expect(refused.causes).toEqual([{ reason: 'PodRefused', message: 'the application: denied: image' }]);
    expect(refused.nextCheck).toEqual(new Date(now.getTime() + 1000));
  });

  test('a workload that the controller has seen and that has no pod is tried: the quota may be used up', () => {
    const steps = (step: Step) =>
      step.part === 'component' ? { statefulSets: [live(step, { observedGeneration: 1, replicas: 0 })] } : all(step);
    expect(plan(orthanc.build(), { steps, answers: new Map() }).probe?.name).toBe(workloadName('orthanc'));
  });

  test('the old pod of a change may fill the quota: that refuses nothing', () => {
    const answers = new Map([[workloadName('orthanc'), 'exceeded quota: bulkhead']]);
    const change = { steps: standing('directories', 'database'), answers };
    expect(plan(orthanc.build(), change).causes[0]?.reason).toBe('PodRefused');
    expect(plan(orthanc.build(), { ...change, observed: { pods: [pod('component')] } }).causes[0]?.reason).toBe('Progressing');
  });

  test('the longer it is refused, the later it is tried again, within a minute', () => {
    const since = (lastTransitionTime: string) => ({
      conditions: [{ type: 'Ready', status: 'False' as const, reason: 'PodRefused', message: '', lastTransitionTime }],
    });
    const next = (lastTransitionTime: string) =>
      plan(orthanc.status(since(lastTransitionTime)).build(), {
        steps: standing('directories', 'database'),
        answers: new Map([[workloadName('orthanc'), 'no']]),
      }).nextCheck?.toISOString();
    expect([next('2026-05-12T08:00:00Z'), next('2026-05-12T07:59:50Z'), next('2026-05-12T07:00:00Z')]).toEqual([
      '2026-05-12T08:00:01.000Z',
      '2026-05-12T08:00:10.000Z',
      '2026-05-12T08:01:00.000Z',
    ]);
  });
});

describe('directories', () => {
  const failed = (at: string) => (step: Step) => (step.part === 'directories' ? { jobs: [finished(step, 'Failed', at)] } : {});
  test('a Job that failed is told, and made anew a minute later', () => {
    const before = plan(orthanc.build(), { steps: failed('2026-05-12T07:59:01Z') });
    expect(before.unwanted).toEqual([]);
    expect(before.causes[0]?.reason).toBe('PodNotRunning');
    expect(before.nextCheck).toEqual(new Date('2026-05-12T08:00:01Z'));
    expect(plan(orthanc.build(), { steps: failed('2026-05-12T07:59:00Z') }).unwanted).toHaveLength(1);
  });

  test('the paths of one root are made by one Job, under the ids of the lab', () => {
    const { steps } = whole(
      anInstance('relion')
        .data(own, { ...own, path: 'a', mountPath: '/a' }, { ...own, path: undefined, mountPath: '/all' }, granted)
        .build(),
    );
    expect(steps).toHaveLength(1);
    expect(steps[0]?.template.spec).toMatchObject({
      serviceAccountName: 'bulkhead-directories',
      securityContext: { runAsUser: 200_000 },
      containers: [{ args: ['directories', '/volume/a', '/volume/p1'] }],
    });
  });
});

describe('data', () => {
  const app = anInstance()
    .running()
    .data(granted, { ...granted, path: 'other', mountPath: '/other' });
  test('what cannot be mounted is left out and named; the rest runs', () => {
    const instance = app.build();
    const ready = plan(instance, { steps: all });
    const { conditions } = statusOf(instance, ready, { findings: [] }, now);
    expect(conditions).toMatchObject([
      { type: 'Ready', status: 'True', message: expect.stringContaining('not mounted') },
      { type: 'DataMounted', status: 'False', reason: 'PathNotGranted', message: expect.stringContaining('/other') },
    ]);
    expect(ready.workloads[0]?.template.spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/raw', '/tmp']);
  });
  test('the groups of the owners are those of mounted data alone', () => {
    const groups = (instance: Stored<ProcessingInstance>) => whole(instance).steps[0]?.template.spec.securityContext?.supplementalGroups;
    expect(groups(app.build())).toEqual([300_000]);
    expect(groups(anInstance().running().build())).toBeUndefined();
  });
  test('looks again when a grant ends', () => {
    expect(plan(app.build(), { steps: all }).nextCheck).toEqual(new Date('2026-06-01T00:00:00Z'));
  });
});

describe('what is kept', () => {
  const claim = (change: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim => ({
    metadata: { name: stateClaimName('orthanc', 'files') },
    spec: { volumeName: 'pv-1', storageClassName: 'fast' },
    status: { phase: 'Bound' },
    ...change,
  });
  const app = anInstance().running().state('files', '/files').build();
  const wantedClaim = (observed: PersistentVolumeClaim[]) =>
    plan(app, { observed: { claims: observed } }).foundation.find(
      ({ object }) => object.metadata.name === stateClaimName('orthanc', 'files'),
    )?.object as PersistentVolumeClaim;

  test('a claim has no owner, keeps its class, and its volume is retained once it is bound', () => {
    expect(wantedClaim([]).metadata).not.toHaveProperty('ownerReferences');
    expect(wantedClaim([]).spec).not.toHaveProperty('storageClassName');
    expect(wantedClaim([claim()])).toMatchObject({
      metadata: { annotations: { [retainedAnnotation]: 'pv-1' } },
      spec: { storageClassName: 'fast' },
    });
    expect(plan(app, { observed: { claims: [claim()] } }).retain).toEqual(['pv-1']);
    expect(plan(app, { observed: { claims: [claim({ status: { phase: 'Pending' } })] } }).retain).toEqual([]);
    expect(
      plan(app, {
        observed: {
          claims: [wantedClaim([claim()]), claim()].map((one, index) =>
            index === 0 ? { ...claim(), metadata: one.metadata } : claim({ status: {} }),
          ),
        },
      }).retain,
    ).toEqual([]);
  });

  test('children that are no longer wanted go', () => {
    const service = { metadata: { name: 'orthanc', ...stored } };
    const removable = [{ kind: Services, object: service }] as Observed['removable'];
    expect(plan(orthanc.build(), { observed: { removable } }).unwanted).toEqual([]);
    expect(plan(app, { observed: { removable } }).unwanted).toEqual(removable);
  });
});

describe('the status', () => {
  const status = (steps: (step: Step) => Partial<Observed>, observed: Partial<Observed> = {}) => {
    const instance = orthanc.build();
    return statusOf(instance, plan(instance, { steps, observed }), { basePort: 31_016, findings: [] }, now);
  };
  const ready = (...from: Parameters<typeof status>) => status(...from).conditions?.[0];

  test('tells the block and the addresses', () => {
    expect(status(all)).toMatchObject({
      ports: { base: 31_016, size: 2 },
      endpoints: [{ name: 'web', port: 31_016, host: 'orthanc.lab-smith.svc' }],
    });
  });
  test('is Ready when everything stands', () => {
    expect(ready(all)).toMatchObject({ status: 'True', reason: 'Ready' });
  });
  test('names the database before the application that waits for it', () => {
    expect(ready(standing('directories'))).toMatchObject({ status: 'False', reason: 'DatabaseStarting' });
  });
  test('is not Ready while an old pod is being replaced', () => {
    const steps = (step: Step) =>
      step.part === 'component'
        ? {
            statefulSets: [live(step, { observedGeneration: 1, replicas: 1, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' })],
          }
        : all(step);
    expect(ready(steps)).toMatchObject({ status: 'False', reason: 'Progressing' });
  });
  test('has the words of the node', () => {
    const pending = pod('component', {
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'Insufficient cpu' }],
    });
    const steps = (step: Step) =>
      step.part === 'component' ? { statefulSets: [live(step, { observedGeneration: 1, replicas: 1 })] } : all(step);
    expect(ready(steps, { pods: [pending] })).toMatchObject({
      reason: 'PodNotRunning',
      message: 'pod "component-0": Unschedulable: Insufficient cpu',
    });
  });
});

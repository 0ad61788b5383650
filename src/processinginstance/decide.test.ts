import { describe, expect, test } from 'vitest';
import {
  all,
  emptyPolicy,
  finished,
  granted,
  live,
  now,
  orthanc,
  own,
  parts,
  plan,
  pod,
  standing,
  whole,
} from '../../test/fixtures/instanceplan.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { databaseName, workloadName } from '../api/names.ts';
import type { Step } from './intent.ts';

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

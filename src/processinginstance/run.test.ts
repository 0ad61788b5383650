import { describe, expect, test } from 'vitest';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { grantClaimName, rootClaimName, stateClaimName } from '../api/names.ts';
import { type RunRequest, runJob } from './run.ts';

const now = new Date('2026-05-12T08:00:00Z');
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000).toISOString();
const granted = { from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/data/raw' };
const own = { volume: 'projects', path: 'p1', mountPath: '/data/p1', mode: 'ReadWrite' as const };
const relion = anInstance('relion').data(own, granted);

const policy = (change: { notAfter?: string; without?: string } = {}): LabPolicySpec => ({
  uid: 200_000,
  gid: 200_000,
  supplementalGroups: [300_000],
  resourceNames: ['cpu', 'example.com/fpga', 'example.com/gpu', 'memory'],
  gpuResource: 'example.com/gpu',
  mounts: [
    { serviceAccount: 'relion', claim: rootClaimName('projects'), subPaths: ['p1'], readOnly: false },
    {
      serviceAccount: 'relion',
      claim: grantClaimName('microscopy', 'krios-0512'),
      subPaths: ['krios-0512'],
      readOnly: true,
      ...(change.notAfter && { notAfter: change.notAfter }),
    },
  ].filter(({ claim }) => claim !== change.without),
  secrets: [],
});

function run(change: Partial<RunRequest> = {}) {
  const plan = runJob({
    instance: relion.build(),
    policy: policy(),
    name: 'relion-x',
    command: ['true'],
    image: 'relion:3',
    now,
    ...change,
  });
  if ('refused' in plan) throw new Error(plan.refused);
  return { ...plan, pod: plan.job.spec!.template.spec!, container: plan.job.spec!.template.spec!.containers[0]! };
}

test('runs as the instance, with its data and the groups that reading it takes', () => {
  const { job, pod, container, missing } = run();
  expect(missing).toEqual([]);
  expect(job.metadata).toEqual({ name: 'relion-x', namespace: 'lab-smith', labels: { 'bulkhead.science/instance': 'relion' } });
  expect(pod).toMatchObject({
    serviceAccountName: 'relion',
    restartPolicy: 'Never',
    securityContext: { runAsUser: 200_000, supplementalGroups: [300_000] },
  });
  expect(container).toMatchObject({ image: 'relion:3', command: ['true'] });
  expect(container.volumeMounts).toEqual([
    { name: rootClaimName('projects'), mountPath: '/data/p1', subPath: 'p1' },
    { name: grantClaimName('microscopy', 'krios-0512'), mountPath: '/data/raw', subPath: 'krios-0512', readOnly: true },
    { name: 'access-policy', mountPath: '/run/bulkhead/access', readOnly: true },
    { name: 'tmp', mountPath: '/tmp' },
  ]);
});

test('runs without data that the lab may not mount now, and says so', () => {
  const { pod, missing } = run({ policy: policy({ without: grantClaimName('microscopy', 'krios-0512') }) });
  expect(missing).toEqual([granted]);
  expect(pod.securityContext?.supplementalGroups).toBeUndefined();
});

test('a workspace gives its Jobs its state; an application keeps its own to itself', () => {
  const claims = (instance = relion) => run({ instance: instance.state('home', '/home').build() }).pod.volumes?.map(({ name }) => name);
  expect(claims()).toContain(stateClaimName('relion', 'home'));
  expect(claims(relion.running())).not.toContain(stateClaimName('relion', 'home'));
});

test('uses the image and the environment of the component when none is named, and needs one for a workspace', () => {
  const component = relion.running({ image: 'relion:5', env: [{ name: 'A', value: 'b' }] }).build();
  expect(run({ instance: component, image: undefined }).container).toMatchObject({
    image: 'relion:5',
    env: expect.arrayContaining([{ name: 'A', value: 'b' }]),
  });
  expect(runJob({ instance: relion.build(), policy: policy(), name: 'x', command: ['true'], now })).toEqual({
    refused: expect.stringContaining('--image'),
  });
});

test('asks for GPUs under the name that the lab may use', () => {
  expect(run({ resources: { gpu: 1 } }).container.resources?.limits).toEqual({ 'example.com/gpu': '1' });
});

describe('the deadline', () => {
  const deadline = (notAfter: string | undefined, wanted?: number) =>
    run({ policy: policy(notAfter === undefined ? {} : { notAfter }), deadlineSeconds: wanted }).pod.activeDeadlineSeconds;
  test.for(
    Object.entries({
      'is none without an end': { got: deadline(undefined), want: undefined },
      'is the one asked for': { got: deadline(undefined, 60), want: 60 },
      'is a day at most when a grant ends later': { got: deadline(inHours(48)), want: 86_400 },
      'leaves two minutes for the pod to be made before the grant ends': { got: deadline(inHours(1)), want: 3480 },
      'is cut to the end of the grant': { got: deadline(inHours(1), 7200), want: 3480 },
      'leaves less when little is left': { got: deadline(inHours(0.01)), want: 27 },
    }),
  )('%s', ([, { got, want }]) => {
    expect(got).toBe(want);
  });
  test('refuses when a grant has no time left', () => {
    const plan = runJob({
      instance: relion.build(),
      policy: policy({ notAfter: inHours(0) }),
      name: 'x',
      command: ['true'],
      image: 'i',
      now,
    });
    expect(plan).toEqual({ refused: expect.stringContaining('about to end') });
  });
});

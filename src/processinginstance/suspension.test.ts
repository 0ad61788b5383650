import { expect, test } from 'vitest';
import { all, finished, live, orthanc, parts, plan, pod, standing, whole } from '../../test/fixtures/instanceplan.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import type { Step } from './intent.ts';
import { isSuspended } from './suspension.ts';

const suspended = aLab('smith').ready().suspended().build();
/** Directories are there; the parts with these names are at rest, the others run. */
const stopped =
  (...names: string[]) =>
  (step: Step) => {
    if (step.part === 'directories') return { jobs: [finished(step)] };
    if (!names.includes(step.part)) return { statefulSets: [live(step)] };
    const { spec, ...rest } = live(step, { observedGeneration: 1, replicas: 0 });
    return { statefulSets: [{ ...rest, spec: { ...spec!, replicas: 0 } }] };
  };
const shown = ({ workloads, causes, resting }: ReturnType<typeof plan>) => ({
  written: workloads.map(({ part, object }) => `${part} ${(object.spec as { replicas?: number }).replicas}`),
  says: causes[0]?.message ?? resting?.message,
});

test.for(
  Object.entries({
    'the application ends first': {
      pods: [pod('component'), pod('database')],
      want: { written: ['component 0'], says: 'the lab is suspended; the application is ending' },
    },
    'the database ends when the application has ended': {
      pods: [pod('database')],
      want: { written: ['database 0', 'component 0'], says: 'the lab is suspended; the database is ending' },
    },
    'then nothing runs, and nothing is under way': {
      pods: [],
      want: { written: ['database 0', 'component 0'], says: 'the lab is suspended; nothing of the instance runs, and nothing is lost' },
    },
  }),
)('in a suspended lab %s', ([, { pods, want }]) => {
  expect(shown(plan(orthanc.build(), { lab: suspended, steps: all, observed: { pods } }))).toEqual(want);
});

test('in a suspended lab nothing is made, nothing is tried, and what instances own stays', () => {
  const { workloads, probe, unwanted, foundation } = plan(orthanc.build(), { lab: suspended, answers: new Map() });
  expect({ workloads, probe, unwanted }).toEqual({ workloads: [], probe: undefined, unwanted: [] });
  expect(foundation).toEqual(whole(orthanc.build()).foundation);
});

test('afterwards the database begins first, the application when the database is there', () => {
  expect(parts(plan(orthanc.build(), { steps: stopped('database', 'component') }).workloads)).toEqual(['directories', 'database']);
  expect(plan(orthanc.build(), { steps: stopped('database', 'component') }).workloads[1]?.object.spec).toMatchObject({ replicas: 1 });
  expect(parts(plan(orthanc.build(), { steps: stopped('component') }).workloads)).toEqual(['directories', 'database', 'component']);
});

test('an application whose database is made again keeps running', () => {
  expect(parts(plan(orthanc.build(), { steps: standing('directories', 'component') }).workloads)).toContain('component');
});

test('a lab counts as suspended until its status says that it is not: pods would be refused', () => {
  const ready = (reason: string) => [
    { type: 'Ready', status: 'False' as const, reason, message: '', lastTransitionTime: '2026-05-12T08:00:00Z' },
  ];
  const lab = aLab('smith');
  expect(isSuspended(lab.suspended().build())).toBe(true);
  expect(isSuspended(lab.status({ observedGeneration: 1, conditions: ready('Suspended') }).build())).toBe(true);
  expect(isSuspended(lab.status({ observedGeneration: 1, conditions: ready('Ready') }).build())).toBe(false);
});

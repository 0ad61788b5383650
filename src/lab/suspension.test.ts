import { describe, expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import type { Job } from '../kube/kind.ts';
import { isToResume, isToSuspend, suspensionVerdict } from './suspension.ts';

const now = new Date('2026-05-12T08:00:00Z');
const noted = { annotations: { 'bulkhead.science/suspended': 'true' } };
const going = { deletionTimestamp: '2026-05-12T07:59:00Z' };
const job = (metadata: object, suspend?: boolean, condition?: string): Job => ({
  metadata: { name: 'job', ...metadata },
  spec: { template: { spec: { containers: [] } }, ...(suspend !== undefined && { suspend }) },
  ...(condition && { status: { conditions: [{ type: condition, status: 'True' }] } }),
});

test.for(
  Object.entries({
    'a Job that runs is suspended': { job: job({}), suspend: true, resume: false },
    'a Job that waits by the will of its maker is left to wait': { job: job({}, true), suspend: false, resume: false },
    'a Job that has ended well stays as it is': { job: job({}, false, 'Complete'), suspend: false, resume: false },
    'a Job that has failed stays as it is': { job: job({}, false, 'Failed'), suspend: false, resume: false },
    'a Job that is being deleted goes': { job: job(going), suspend: false, resume: false },
    'a Job that was suspended with its lab begins again with it': { job: job(noted, true), suspend: false, resume: true },
    'a Job that somebody has resumed meanwhile is only suspended again': { job: job(noted, false), suspend: true, resume: false },
    'a Job that was suspended with its lab and is being deleted goes': {
      job: job({ ...noted, ...going }, true),
      suspend: false,
      resume: false,
    },
  }),
)('%s', ([, { job, suspend, resume }]) => {
  expect({ suspend: isToSuspend(job), resume: isToResume(job) }).toEqual({ suspend, resume });
});

describe('a suspended lab', () => {
  const since = (lastTransitionTime: string, reason = 'Suspended') =>
    aLab()
      .status({ observedGeneration: 1, conditions: [{ type: 'Ready', status: 'False', reason, message: '', lastTransitionTime }] })
      .build();
  const verdict = (lab: Parameters<typeof suspensionVerdict>[0], ...running: string[]) => suspensionVerdict(lab, running, now);

  test('is at rest when nothing runs any more', () => {
    expect(verdict(since('2026-05-12T07:59:58Z')).state).toBe('Resting');
  });
  test('is not at rest at the first look, nor before every API server knows of it', () => {
    expect(verdict(aLab().build()).state).toBe('Reconciling');
    expect(verdict(since('2026-05-12T07:59:59Z')).state).toBe('Reconciling');
    expect(verdict(since('2026-05-12T07:00:00Z', 'PathTaken')).state).toBe('Reconciling');
  });
  test('names what has yet to end, in a few words', () => {
    expect(verdict(since('2026-05-12T07:00:00Z'), 'a', 'b')).toMatchObject({
      state: 'Reconciling',
      message: expect.stringContaining('waiting for a, b to end'),
    });
    expect(verdict(since('2026-05-12T07:00:00Z'), ...'abcdefg').message).toContain('a, b, c, d, e and 2 more pods');
  });
});

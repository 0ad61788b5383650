import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { type Report, statusOf, terminating } from './status.ts';

const now = new Date('2026-05-12T08:00:00Z');
const identity = { uid: 200_000, gid: 200_000 };
const report = (change: Partial<Report> = {}): Report => ({
  verdict: { state: 'Ready', reason: 'Ready', message: 'namespace lab-smith is ready' },
  identity,
  reserved: true,
  guarded: true,
  ...change,
});
const shown = (report: Report) =>
  Object.fromEntries(
    (statusOf(aLab().build(), report, now).conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

test('a lab that stands says so in every condition', () => {
  expect(shown(report())).toEqual({ Ready: 'True Ready', Reserved: 'True Reserved', Guarded: 'True Guarded' });
  expect(statusOf(aLab().build(), report(), now)).toMatchObject({
    observedGeneration: 1,
    namespace: 'lab-smith',
    uid: 200_000,
    gid: 200_000,
  });
});

test('a lab whose path is taken says which conditions fail because of it', () => {
  const verdict = { state: 'Stalled', reason: 'PathTaken', message: 'taken' } as const;
  expect(shown(report({ verdict, identity: undefined, reserved: false, guarded: false }))).toEqual({
    Ready: 'False PathTaken',
    Stalled: 'True PathTaken',
    Reserved: 'False PathTaken',
    Guarded: 'False PathTaken',
  });
});

test('a lab that cannot have a further root keeps its identity and its walls', () => {
  const verdict = { state: 'Stalled', reason: 'PathTaken', message: 'taken' } as const;
  expect(shown(report({ verdict, reserved: false }))).toMatchObject({ Reserved: 'False PathTaken', Guarded: 'True Guarded' });
  expect(statusOf(aLab().build(), report({ verdict, reserved: false }), now).uid).toBe(200_000);
});

test('a lab that is being deleted keeps its identity to the end', () => {
  const lab = aLab().ready().deleting().build();
  expect(statusOf(lab, terminating(lab, 'waiting for namespace lab-smith to go'), now)).toMatchObject({ uid: 200_000, gid: 200_000 });
});

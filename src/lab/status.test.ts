import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { type Report, standing, statusOf, terminating } from './status.ts';

const now = new Date('2026-05-12T08:00:00Z');
const identity = { uid: 200_000, gid: 200_000 };
const report = (change: Partial<Report> = {}): Report => ({
  verdict: { state: 'Ready', reason: 'Ready', message: 'namespace lab-smith is ready' },
  identity,
  reserved: true,
  guarded: true,
  exported: true,
  inactive: [],
  walls: [{ name: 'NetworkPolicy bulkhead-dns', stands: true, message: '' }],
  ...change,
});
const shown = (report: Report) =>
  Object.fromEntries(
    (statusOf(aLab().build(), report, now).conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

test('a lab that stands says so in every condition', () => {
  expect(shown(report())).toEqual({
    Ready: 'True Ready',
    Reserved: 'True Reserved',
    Guarded: 'True Guarded',
    Isolated: 'True WallsStand',
    Exported: 'True Exported',
  });
  expect(statusOf(aLab().build(), report(), now)).toMatchObject({
    observedGeneration: 1,
    namespace: 'lab-smith',
    uid: 200_000,
    gid: 200_000,
  });
});

test('a lab whose path is taken says which conditions fail because of it', () => {
  const verdict = { state: 'Stalled', reason: 'PathTaken', message: 'taken' } as const;
  expect(shown(report({ verdict, identity: undefined, reserved: false, guarded: false, walls: undefined, exported: undefined }))).toEqual({
    Ready: 'False PathTaken',
    Stalled: 'True PathTaken',
    Reserved: 'False PathTaken',
    Guarded: 'False PathTaken',
    Isolated: 'Unknown PathTaken',
    Exported: 'Unknown PathTaken',
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

test('a broken wall is named with what is wrong and who repairs it; long lists are cut', () => {
  const wall = (name: string) => ({ name, stands: false, message: 'is missing; install the chart again' });
  const isolated = (walls: Report['walls']) =>
    statusOf(aLab().build(), report({ walls }), now).conditions?.find(({ type }) => type === 'Isolated');
  expect(isolated([wall('ValidatingAdmissionPolicy bulkhead-pods'), ...report().walls!])).toMatchObject({
    status: 'False',
    reason: 'WallBroken',
    message: 'ValidatingAdmissionPolicy bulkhead-pods is missing; install the chart again',
  });
  expect(isolated(Array.from({ length: 28 }, (_, index) => wall(`policy ${index}`)))?.message).toMatch(/policy 9 .*; and 18 more$/);
});

test('a pass that fails takes nothing back that stands', () => {
  const before = statusOf(aLab().build(), report(), now);
  expect(standing(aLab().status(before).build()).map(({ type, status }) => `${type} ${status}`)).toEqual([
    'Reserved True',
    'Guarded True',
    'Isolated True',
    'Exported True',
  ]);
});

test('the namespace is remembered, also in a pass that does not get as far', () => {
  expect(statusOf(aLab().build(), report({ namespaceUID: 'n-1' }), now).namespaceUID).toBe('n-1');
  const lab = aLab().status({ namespaceUID: 'n-1' }).build();
  expect(statusOf(lab, report(), now).namespaceUID).toBe('n-1');
});

test('CM-21 somebody inactive is named with the group and the instant, and never the comment of the period', () => {
  const period = { group: 'students', maxMs: 1, contacts: [] };
  const inactive = [{ user: 'jo', period, since: Date.parse('2026-05-12T07:00:00Z'), externalGroups: ['oidc:students'] }];
  expect(statusOf(aLab().build(), report({ inactive }), now).inactive).toEqual([
    { user: 'jo', group: 'students', since: '2026-05-12T07:00:00.000Z', externalGroups: ['oidc:students'] },
  ]);
  expect(statusOf(aLab().build(), report(), now)).not.toHaveProperty('inactive');
});

test('a lab that has too much to tell its applications says so, and is ready all the same', () => {
  expect(shown(report({ exported: false }))).toMatchObject({ Exported: 'False PolicyTooLarge', Ready: 'True Ready' });
});

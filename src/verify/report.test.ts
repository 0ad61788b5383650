import { expect, test } from 'vitest';
import { absent, absentIn, absentNumber } from './absent.ts';
import { person } from './actor.ts';
import type { Outcome } from './attack.ts';
import { isClean, type LabReport, render } from './report.ts';
import { judge, type Result } from './verdict.ts';

const attempted = { as: person('any'), request: { method: 'GET', path: '/any' } } as const;
const attack = { name: 'opens a door', wall: 'bulkhead-pods', says: [], refused: attempted, admitted: attempted } as const;
const entry = { id: 'POD-1', table: 'a pod', attack: { ...attack, says: [] } };
const said = { attack: "403 ValidatingAdmissionPolicy 'bulkhead-pods' denied | <b>", twin: '201 admitted' };
const good: Outcome = {
  attack: entry.attack,
  refused: true,
  byWall: true,
  refusedBy: 'bulkhead-pods',
  unclear: false,
  admitted: true,
  said,
};
const refused = judge(entry, good);
const notTried: Result = {
  id: 'POD-2',
  table: 'a pod',
  attack: 'opens another',
  wall: 'bulkhead-pods',
  verdict: 'NotTried',
  why: 'the lab has no door',
};
const lab = (...results: Result[]): LabReport => ({
  lab: 'smith',
  isolated: { status: 'True', reason: 'WallsStand', message: '' },
  results,
});
const report = (...labs: LabReport[]) => ({
  date: '2026-05-12T08:00:00.000Z',
  bulkhead: '0.1.0',
  kubernetes: 'v1.36.3',
  context: 'facility',
  server: 'https://api.test',
  labs,
});

test.for(
  Object.entries({
    'refused by the wall that is meant to': { outcome: good, want: 'Refused' },
    'refused by another wall': { outcome: { ...good, refusedBy: 'RBAC' as const }, want: 'RefusedByAnother' },
    'refused by something that is no wall we know': { outcome: { ...good, refusedBy: undefined }, want: 'RefusedByAnother' },
    'admitted, whatever the twin says': { outcome: { ...good, refused: false, admitted: false }, want: 'Admitted' },
    'refused together with its twin': { outcome: { ...good, admitted: false }, want: 'TwinRefused' },
    'answered with something else': { outcome: { ...good, refused: false, unclear: true }, want: 'Unclear' },
  }),
)('an attack is %s', ([, { outcome, want }]) => {
  expect(judge(entry, outcome).verdict).toBe(want);
});

test.for(
  Object.entries({
    'when everything was refused': { labs: [lab(refused)], want: true },
    'when something could not be tried': { labs: [lab(refused, notTried)], want: true },
    'not when nothing was tried': { labs: [lab(notTried)], want: false },
    'not when an attack was admitted': { labs: [lab(refused), lab({ ...refused, verdict: 'Admitted' })], want: false },
    'not when a twin was refused': { labs: [lab({ ...refused, verdict: 'TwinRefused' })], want: false },
    'not when an answer says nothing': { labs: [lab({ ...refused, verdict: 'Unclear' })], want: false },
    'not when the operator sees a broken wall': {
      labs: [{ ...lab(refused), isolated: { status: 'False', reason: 'WallBroken', message: 'quota' } }],
      want: false,
    },
    'not without labs': { labs: [], want: false },
  }),
)('the walls stand %s', ([, { labs, want }]) => {
  expect(isClean(report(...labs))).toBe(want);
});

test('the table counts by wall and names what went wrong and what was not tried', () => {
  const text = render(report(lab(refused, { ...refused, id: 'POD-3', verdict: 'Admitted' }, notTried)), 'table', false);
  expect(text).toMatch(/✗ bulkhead-pods +3 +1 +0 +1 +0 +0 +1\n/);
  expect(text).toContain('✗ POD-3  ADMITTED  bulkhead-pods: opens a door');
  expect(text).toContain('the lab has no door: 1 (POD-2)');
  expect(text).not.toContain('POD-1');
});

test('the wide table names every attack that was tried', () => {
  expect(render(report(lab(refused)), 'wide', false)).toContain('✓ POD-1  REFUSED  bulkhead-pods: opens a door');
});

test('a cell of Markdown cannot be left by words of the API server', () => {
  expect(render(report(lab(refused)), 'markdown', false)).toContain('denied \\| &lt;b>');
});

test('JSON holds the counts and every attack', () => {
  const { clean, labs } = JSON.parse(render(report(lab(refused, notTried)), 'json', false));
  expect({ clean, counts: labs[0].counts, ids: labs[0].results.map(({ id }: Result) => id) }).toEqual({
    clean: true,
    counts: { Refused: 1, RefusedByAnother: 0, Admitted: 0, TwinRefused: 0, Unclear: 0, NotTried: 1 },
    ids: ['POD-1', 'POD-2'],
  });
});

test.for(
  Object.entries({
    'a name that stands for something absent': { value: { path: `/pods/${absent('pod')}` }, want: 'no pod of the lab is running' },
    'a name with something behind it': {
      value: `${absent('granted')}/sub`,
      want: 'no instance of the lab reads data of a grant that has an end, later than an hour from now',
    },
    'a number that stands for something absent': {
      value: [{ nodePort: absentNumber('ports') }],
      want: 'every block of node ports is taken',
    },
    'a name that only begins like it': { value: `${absent('pod')}ium`, want: undefined },
    'what is there': { value: { name: 'pod', port: 31_000 }, want: undefined },
  }),
)('%s', ([, { value, want }]) => {
  expect(absentIn(value)).toBe(want);
});

import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { tasks } from './cellengine.ts';
import { mayDo, type TaskRequest } from './task.ts';

const roles = ['limited-read-only', 'read-only', 'basic-read-write', 'full-read-write'] as const;
/** The lowest standard role that may do each of the 92 tasks, wherever in the lab, with every place that the task could ask about. */
const lowest: Record<(typeof roles)[number], string> = {
  'limited-read-only': '18 21 23 24 25 31 45 57 59 88 92',
  'read-only': '03 46 74',
  'basic-read-write':
    '01 02 04 05 06 07 08 09 10 11 12 13 14 20 22 26 27 28 29 30 34 35 36 37 38 39 40 41 42 43 44 47 48 49 50 51 52 53 58 62 63 64 65 66 67 68 69 70 71 72 73 75 76 77 78 79 80 81 82 83 84 85 86 87 89 90 91',
  'full-read-write': '15 16 17 19 32 33 54 55 56 60 61',
};
const here = { lab: 'smith', volume: 'projects', path: ['trials', 'e1'] };
const parent = { ...here, path: ['trials'] };
const everywhere = { Source: [here], Parent: [parent], NewParent: [parent], OldParent: [parent], Below: [here] };
const request = (user: string, id: string, change: Partial<TaskRequest> = {}): TaskRequest => ({
  person: { user },
  task: tasks.find((task) => task.id === `CE-T${id}`)!,
  here,
  places: everywhere,
  replacing: true,
  at: 0,
  ...change,
});

const members = aFacility()
  .lab('smith', (lab) => roles.reduce((lab, role) => lab.member(role, role), lab))
  .model();

test('CE-11, CE-22 there are 92 tasks, each in the table once', () => {
  const listed = roles.flatMap((role) => lowest[role].split(' '));
  expect(listed.toSorted()).toEqual(tasks.map(({ id }) => id.slice(4)).toSorted());
});

test.for(roles.flatMap((role, rank) => lowest[role].split(' ').map((id) => [id, role, rank] as const)))(
  'CE-T%s is for %s and above',
  ([id, , rank]) => {
    expect(roles.map((role) => mayDo(members, request(role, id)).allowed)).toEqual(roles.map((_, index) => index >= rank));
  },
);

const mover = aFacility()
  .role('mover', 'cellengine:experiment.read', 'cellengine:experiment.move')
  .role('adder', 'cellengine:folder.createExperiment')
  .role('remover', 'cellengine:folder.removeExperiment')
  .lab('smith')
  .grant('here', { paths: ['a/e1'], to: ['User:jo'], roles: ['mover'] })
  .grant('new', { paths: ['b'], to: ['User:jo'], roles: ['adder'] });
const [from, to] = [
  { ...here, path: ['a'] },
  { ...here, path: ['b'] },
];
const move = (facility: typeof mover, places: TaskRequest['places']) =>
  mayDo(facility.model(), request('jo', '32', { here: { ...here, path: ['a', 'e1'] }, places: places ?? {} }));

test('CE-24, CE-28 moving asks the old folder and the new one, each only when there is one', () => {
  expect(move(mover, { NewParent: [to], OldParent: [from] })).toMatchObject({
    allowed: false,
    missing: ['folder.removeExperiment'],
    place: from,
  });
  expect(move(mover, { NewParent: [to] })).toEqual({ allowed: true });
  expect(move(mover.grant('old', { paths: ['a'], to: ['User:jo'], roles: ['remover'] }), { NewParent: [to], OldParent: [from] })).toEqual({
    allowed: true,
  });
});

test('CE-24 concatenating deletes only when the originals are to go', () => {
  const uploader = aFacility()
    .role('up', 'cellengine:fcsfile.upload')
    .lab('smith', (lab) => lab.member('jo', 'up'))
    .model();
  expect(mayDo(uploader, request('jo', '42', { replacing: false })).allowed).toBe(true);
  expect(mayDo(uploader, request('jo', '42', { replacing: true }))).toMatchObject({ allowed: false, missing: ['fcsfile.delete'] });
});

import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { can } from '../access/can.ts';
import { tasks } from '../access/cellengine.ts';
import type { InstanceFacts } from '../access/instance.ts';
import { answer } from './answer.ts';
import { ReviewRequest, type ReviewSpec } from './question.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
const model = aFacility()
  .role('annotator', 'read', 'catmaid:can_annotate', 'galaxy:dataset.edit')
  .lab('smith', (lab) =>
    lab
      .member('jo', 'basic-read-write')
      .member('al', 'annotator')
      .member('pi', 'full-read-write')
      .suspended('ex', 'read-only')
      .group('students', { users: ['stu'], roles: ['read-only'] })
      .inactive('students', hour, 'Come to room 1.'),
  )
  .grant('shared', { paths: ['p1'], to: ['User:eve'], permissions: ['read'] })
  .grant('inside', { paths: ['p2'], to: ['ServiceAccount:smith/galaxy'], permissions: ['app:x.y'] })
  .grant('closed', { paths: ['p1/secret'], to: ['User:pi'], effect: 'Restrict' })
  .model();
model.setLastSeen('smith', 'stu', at - 2 * hour);

const question = (spec: Partial<ReviewSpec> | object): ReviewSpec =>
  ReviewRequest.parse({
    spec: { user: 'jo', lab: 'smith', volume: 'projects', path: 'p1', ...('task' in spec ? {} : { verb: 'read' }), ...spec },
  }).spec;
const ask = (spec: object, inside?: InstanceFacts) =>
  answer(model, { spec: question(spec), inside }, () => [{ name: 'Lab', email: 'lab@uni.edu' }], at);

test.for<[string, object, boolean, string]>([
  ['a platform verb that a role holds', { verb: 'write' }, true, 'Member'],
  ['one that it does not hold', { verb: 'delete' }, false, 'NothingAllows'],
  ["an application's verb, as CATMAID's and Galaxy's", { user: 'al', verb: 'catmaid:can_annotate' }, true, 'Member'],
  ['one that nobody holds', { user: 'al', verb: 'galaxy:dataset.manage' }, false, 'NothingAllows'],
  ['a grant', { user: 'eve' }, true, 'Grant'],
  ['a restricted directory', { path: 'p1/secret' }, false, 'Restrict'],
  ['a lab that does not exist', { lab: 'gone' }, false, 'LabUnknown'],
  ['nobody who is logged in', { user: undefined }, false, 'Anonymous'],
])('answers %s', ([, spec, allowed, reason]) => {
  expect(ask(spec)).toMatchObject({
    allowed,
    reason,
    rule: { by: reason },
    message: expect.stringMatching(allowed ? / may / : / may not /),
    contacts: [],
  });
});

test('an instance that asks about its users is answered with what was given to it, a gateway is not', () => {
  const within: InstanceFacts = { lab: 'smith', name: 'galaxy', users: ['jo'], groups: [] };
  const spec = { verb: 'app:x.y', path: 'p2' };
  expect([ask(spec, within).allowed, ask(spec).allowed, ask({ ...spec, user: 'al' }, within).allowed]).toEqual([true, false, false]);
});

test('CM-23, CM-24 an inactive person reads the message, the period, and whom to ask; a suspended one the contacts of the lab', () => {
  expect(ask({ user: 'stu' })).toEqual({
    allowed: false,
    reason: 'NotActive',
    rule: { by: 'NotActive', because: 'Inactive', since: '2026-05-12T07:00:00.000Z', group: 'students', maxInactivitySeconds: 3600 },
    message: expect.stringContaining('Come to room 1.'),
    contacts: [],
  });
  expect(ask({ user: 'ex' })).toMatchObject({ rule: { because: 'Suspended' }, contacts: [{ email: 'lab@uni.edu' }] });
});

const people = ['jo', 'pi', 'al', 'stu'];
test('CE-22 answers all 92 tasks of CellEngine by their number, each with all of its permissions', () => {
  expect(tasks).toHaveLength(92);
  for (const task of tasks) {
    const places = task.needs.some(({ where }) => where === 'Source') ? { source: [{ path: 'p2' }] } : {};
    for (const user of people) {
      const place = { lab: 'smith', volume: 'projects', path: ['p1'] };
      const holds = (permission: string) => can(model, { person: { user }, place, verb: `cellengine:${permission}`, at }).allowed;
      const needed = task.needs.filter(({ where, whenReplacing }) => !whenReplacing && (where === 'Here' || where === 'Source'));
      expect(ask({ user, task: task.id, places }).allowed, `${user} ${task.id}`).toBe(needed.every(({ anyOf }) => anyOf.some(holds)));
    }
  }
});

test('CE-24 a further place is asked as well, and a refusal names the permission and where it is missing', () => {
  const move = (path: string) => ask({ user: 'pi', task: 'CE-T36', places: { newParent: [{ path }] } });
  expect(move('p2')).toMatchObject({ allowed: true, reason: 'Task', rule: { by: 'Task', task: 'CE-T36' } });
  expect(ask({ user: 'al', task: 'CE-T36' })).toMatchObject({
    allowed: false,
    message: expect.stringContaining('al may not cellengine:experiment.read smith:projects/p1'),
  });
});

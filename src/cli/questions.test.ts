// can-i, who-can and explain: what they print about one small facility.
import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { askInstance, askPlace, askTask, taskNamed, taskRequest } from './cani.ts';
import { explainPlace } from './explainplace.ts';
import { facilityOf, nothing } from './facility/objects.ts';
import { parsePlace } from './place.ts';
import { holdersOf, holdersText } from './whocan.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const smith = aLab('smith')
  .with('pi', 'full-read-write')
  .with('jo', 'basic-read-write')
  .with('vic', 'read-only')
  .member({ user: 'old', roles: ['read-only'], expiresAt: '2026-01-01T00:00:00Z' })
  .group({ name: 'gpu', users: ['jo'] })
  .build();
const toJones = aDataGrant({ owner: 'smith', spec: { grantor: 'pi', reason: 'A joint paper' } })
  .named('to-jones')
  .of('projects')
  .paths('p1')
  .to('jones')
  .until('2027-01-01T00:00:00Z')
  .build();
const team = aDataGrant({ owner: 'smith', spec: { effect: 'Restrict', subjects: [{ kind: 'Group', name: 'smith/gpu' }] } })
  .named('team')
  .of('projects')
  .paths('p1/secret')
  .build();
const facility = facilityOf(
  {
    ...nothing,
    labs: [smith, aLab('jones').with('eve', 'read-only').build()],
    grants: [toJones, team],
    instances: [anInstance('relion').build(), { ...anInstance('gpu').build(), spec: { audience: { groups: ['gpu'] } } }],
    access: { admins: { users: ['root'], groups: [] }, allowAnonymous: false },
  },
  'test',
);
const ask = (user: string, verb: string, place: string) => {
  const { allowed, sentence } = askPlace(facility, { user }, parsePlace(place), verb, at);
  return `${allowed ? 'yes' : 'no'}: ${sentence}`;
};

test.for([
  ['jo', 'write', 'smith:projects/p1', 'yes: jo may write smith:projects/p1: a member of lab smith with role basic-read-write'],
  ['eve', 'read', 'smith:projects/p1/x', 'yes: eve may read smith:projects/p1/x: DataGrant smith/to-jones gives it'],
  [
    'eve',
    'read',
    'smith:projects/p1/secret',
    'no: eve may not read smith:projects/p1/secret: DataGrant smith/team restricts it to Group smith/gpu',
  ],
  ['old', 'read', 'smith:projects', 'no: old may not read smith:projects: the membership has ended since 2026-01-01T00:00:00.000Z'],
  ['root', 'delete', 'smith:projects', 'yes: root may delete smith:projects: a facility administrator may do everything'],
] as const)('can-i: %s %s %s', ([user, verb, place, want]) => {
  expect(ask(user, verb, place)).toBe(want);
});

test('can-i compute: the verb in the lab, and a place in the audience', () => {
  const may = (user: string, instance: string) => askInstance(facility, 'smith', instance, { user }, at).sentence;
  expect(['jo', 'pi', 'vic'].map((user) => may(user, 'gpu'))).toEqual([
    'jo may compute as smith/gpu: a member of lab smith with role basic-read-write, and is in group gpu of its audience',
    'pi may not compute as smith/gpu: is not in its audience (gpu)',
    'vic may not compute as smith/gpu: no role, group or grant allows it; ask for a DataGrant or a role that holds it',
  ]);
  expect(may('pi', 'relion')).toContain('may compute as smith/relion');
  expect(() => may('pi', 'x')).toThrow('lab "smith" has no instance "x"; it has: relion, gpu');
});

test('CE-22 can-i --task: by number or title, with the permission that is missing and where', () => {
  const may = (user: string, task: string, flags = {}) =>
    askTask(facility, { ...taskRequest(taskNamed(task), parsePlace('smith:projects/t/e1'), flags), person: { user }, at }).sentence;
  expect(may('jo', 'Rename experiment')).toBe(
    'jo may do CE-T35 "Experiments: Rename experiment" at smith:projects/t/e1: every permission that it needs is held',
  );
  expect(may('vic', 'ce-t36', { newParent: ['smith:projects/t'] })).toBe(
    'vic may not do CE-T36 "Experiments: Save a copy of experiment" at smith:projects/t/e1: it needs folder.createExperiment at smith:projects/t, and there: no role, group or grant allows it; ask for a DataGrant or a role that holds it',
  );
  expect(() => taskNamed('lock ga')).toThrow(/could be several tasks; there are:\n {2}CE-T48/);
  expect(() => may('jo', 'ce-t29')).toThrow('CE-T29 reads another experiment; name it with --source');
  expect(may('jo', 'ce-t29', { source: ['smith:projects/other'] })).toContain('jo may do CE-T29');
  expect(() => taskNamed('make coffee')).toThrow('is no task; there are:\n  CE-T01');
});

test('a wrong lab or root is an error, not an answer', () => {
  expect(() => ask('jo', 'read', 'smyth:projects')).toThrow('there is no lab "smyth"; there are: jones, smith');
  expect(() => ask('jo', 'read', 'smith:raw')).toThrow('lab "smith" has no storage root "raw"; it has: projects');
  for (const text of ['smith', 'smith/projects', 'smith:projects/../x', 'smith:projects//x', 'smith:projects/.x', 'Smith:p'])
    expect(() => parsePlace(text), text).toThrow(/no place|must be segments/);
});

test('who-can lists people with the rule that lets them', () => {
  expect(holdersText(holdersOf(facility, parsePlace('smith:projects/p1'), 'read', at))).toBe(`\
WHO    KIND   WHY
eve    User   DataGrant smith/to-jones gives it
jo     User   a member of lab smith with role basic-read-write
pi     User   a member of lab smith with role full-read-write
root   User   a facility administrator may do everything
vic    User   a member of lab smith with role read-only
`);
  expect(holdersText(holdersOf(facility, parsePlace('smith:projects'), 'token', at))).toContain('root');
});

test('explain shows every rule from the root down, whom it concerns, until when and who answers', () => {
  expect(explainPlace(facility, parsePlace('smith:projects/p1/secret'), { user: 'eve' }, at)).toBe(`\
eve at smith:projects/p1/secret, 2026-05-12T08:00:00Z

In lab smith: neither a member nor in a group

ANSWER   VERBS                                                WHY
no       read, export, fork, write, import, compute, delete   DataGrant smith/team restricts it to Group smith/gpu
no       share, shareExternal, token, administer              no role, group or grant allows it; ask for a DataGrant or a role that holds it

Grants from the root down:
AT                         GRANT      STATE    WHAT                       APPLIES   UNTIL                  ANSWERS        REASON
smith:projects/p1          to-jones   Active   gives read to Lab jones    yes       2027-01-01T00:00:00Z   pi             A joint paper
smith:projects/p1/secret   team       Active   only for Group smith/gpu   no        no end                 the facility

May share it inside the lab:  pi
May share it with others:     pi
May change people and roles:  pi
Facility administrators:      root
`);
});

// What the tools print for a member, who may read the exported policy of the lab and not the Lab: the same as for its administrator, and less
// where it is about others.
import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { exportedPolicy } from '../access/exported.ts';
import { importedPolicy } from '../access/imported.ts';
import { askInstance, askPlace } from './cani.ts';
import { explainPlace } from './explainplace.ts';
import { type Facility, facilityOf, nothing } from './facility/objects.ts';
import { matrixOf } from './matrix/matrix.ts';
import { matrixTable } from './matrix/text.ts';
import { parsePlace } from './place.ts';
import { labStatus } from './statuscommand.ts';
import { holdersOf, holdersText } from './whocan.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const whole = facilityOf(
  {
    ...nothing,
    labs: [
      aLab('smith', { spec: { userRoot: 'users' } })
        .with('pi', 'full-read-write')
        .with('vic', 'read-only')
        .member({ user: 'old', roles: ['read-only'], expiresAt: '2026-01-01T00:00:00Z' })
        .group({ name: 'gpu', users: ['vic'] })
        .build(),
      aLab('jones').with('eve', 'read-only').build(),
    ],
    grants: [
      aDataGrant({ owner: 'smith', spec: { grantor: 'pi', reason: 'A joint paper' } })
        .named('to-jones')
        .of('projects')
        .paths('p1')
        .to('jones')
        .build(),
      aDataGrant({ owner: 'smith', spec: { effect: 'Restrict', subjects: [{ kind: 'Group', name: 'smith/gpu' }] } })
        .named('team')
        .of('projects')
        .paths('p1/secret')
        .build(),
    ],
    instances: [
      anInstance('viewer')
        .data({ volume: 'projects', path: 'p1', mountPath: '/data' })
        .data({ from: { lab: 'jones', grant: 'out' }, path: 'x', mountPath: '/in' })
        .build(),
    ],
    access: { admins: { users: ['root'], groups: [] }, allowAnonymous: false },
  },
  'test',
);
const { text } = exportedPolicy(whole.model, { lab: 'smith', volumes: ['projects'], given: [] }, at);
const read = importedPolicy(text, 'smith');
const known = facilityOf(
  {
    ...nothing,
    policies: read.usable ? [read.policy] : [],
    grants: whole.grants,
    instances: whole.instances,
    access: whole.access,
  },
  'test',
);
const both = <T>(ask: (facility: Facility) => T): [T, T] => [ask(known), ask(whole)];

test.for([
  ['vic', 'read', 'smith:projects/p1'],
  ['vic', 'write', 'smith:projects/users/vic'],
  ['pi', 'write', 'smith:projects/users/vic/x'],
  ['pi', 'read', 'smith:projects/p1/secret'],
  ['old', 'read', 'smith:projects'],
  ['root', 'delete', 'smith:projects'],
  ['who', 'read', 'smith:projects'],
] as const)('can-i and explain say the same: %s %s %s', ([user, verb, where]) => {
  const place = parsePlace(where);
  const [mine, theirs] = both((facility) => [askPlace(facility, { user }, place, verb, at), explainPlace(facility, place, { user }, at)]);
  expect(mine).toEqual(theirs);
});

test('can-i compute says the same', () => {
  const [mine, theirs] = both((facility) => askInstance(facility, 'smith', 'viewer', { user: 'pi' }, at));
  expect(mine).toEqual(theirs);
});

test('who-can leaves out whom only another lab knows', () => {
  const [mine, theirs] = both((facility) => holdersText(holdersOf(facility, parsePlace('smith:projects/p1'), 'read', at)));
  expect(theirs).toContain('eve');
  expect(mine).toBe(theirs.replace(/eve .*\n/, ''));
});

test('the matrix has the people and places of the lab, and no others', () => {
  const [mine, theirs] = both((facility) => {
    const { rows, places, grants } = matrixOf(facility, 'smith', at);
    return { rows: rows.filter(({ name }) => name !== 'everybody in lab jones'), places, grants };
  });
  expect(mine).toEqual(theirs);
  expect(matrixTable(matrixOf(known, 'smith', at))).toContain('jones/out: x, ReadOnly: what other labs give is not known here');
});

test('the status says what is not known', () => {
  expect(labStatus(known, 'smith', at)).toBe(`\
Lab smith, 2026-05-12T08:00:00Z

conditions are not known: only administrators of the lab and of the facility read them

2 people in, 1 out
  old: the membership has ended since 2026-01-01T00:00:00.000Z

INSTANCE   READY   MOUNTS   NOT MOUNTED
viewer     -       0/2      /data: pi may not read smith:projects/p1/secret: DataGrant smith/team restricts it to Group smith/gpu; a directory is mounted whole, so mount those beside it one by one; /in: what other labs give is not known here; see the conditions of the instance

GRANT      ACCEPTED   ACTIVE   ENFORCED   FOR LABS   NEXT   WARNINGS
to-jones   -          -        -          -          -      -
team       -          -        -          -          -      -
`);
});

test('a wrong lab or root is an error, not an answer', () => {
  const ask = (place: string) => askPlace(known, { user: 'vic' }, parsePlace(place), 'read', at);
  expect(() => ask('jones:projects')).toThrow('there is no lab "jones"; there are: smith');
  expect(() => ask('smith:raw')).toThrow('lab "smith" has no storage root "raw"; it has: projects');
});

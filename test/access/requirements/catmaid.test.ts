// CATMAID: permissions for users and groups, groups named after people, imports, inactivity, anonymous people.
import { describe, expect, test } from 'vitest';
import { can } from '../../../src/access/can.ts';
import { explain } from '../../../src/access/explain.ts';
import { aFacility } from '../../fixtures/access.ts';
import { ask, hour, now, place, whoOf } from './ask.ts';

const people = ['ana', 'ben', 'carl', 'pi', 'guest'];
/** Ana is in the group that is named after Ben. */
const connectome = aFacility()
  .role('catmaid-browse', 'read', 'catmaid:can_browse')
  .role('catmaid-annotate', 'read', 'write', 'catmaid:can_annotate')
  .role('catmaid-import', 'read', 'import', 'catmaid:can_import')
  .role('catmaid-compute', 'compute', 'catmaid:can_queue_compute_task')
  .role('catmaid-fork', 'fork', 'catmaid:can_fork')
  .role('catmaid-token', 'token', 'catmaid:can_annotate_with_token')
  .lab('smith', (lab) =>
    lab
      .userRoot('users')
      .delegating()
      .member('ana', 'catmaid-annotate')
      .member('ben', 'catmaid-annotate')
      .member('carl', 'catmaid-annotate')
      .member('pi', 'full-read-write')
      .group('ben', { users: ['ana'] }),
  );

describe('the permissions', () => {
  const verbs = {
    'CM-7 can_browse': ['catmaid-browse', 'read'],
    'CM-6 can_annotate': ['catmaid-annotate', 'write'],
    'CM-8 can_import': ['catmaid-import', 'import'],
    'CM-9 can_queue_compute_task': ['catmaid-compute', 'compute'],
    'CM-11 can_fork': ['catmaid-fork', 'fork'],
    'CM-10 can_annotate_with_token': ['catmaid-token', 'token'],
    'CM-5 can_administer': ['full-read-write', 'administer'],
  } as const;
  test.for(
    Object.entries(verbs).flatMap(([name, [role, verb]]) => [
      [name, 'a user', role, verb, `user`] as const,
      [name, 'a group', role, verb, 'group'] as const,
    ]),
  )('CM-2, CM-13 %s goes to %s, and to nobody else', ([, , role, verb, kind]) => {
    const given = connectome
      .lab('other', (lab) => (kind === 'user' ? lab.member('x', role) : lab.group('g', { users: ['x'], roles: [role] })))
      .model();
    expect(whoOf(given, ['x', 'y'], verb, 'other:projects')).toEqual(['x']);
  });

  test('CM-12 nobody holds any of them by default', () => {
    expect(
      ['read', 'write', 'import', 'compute', 'fork', 'token', 'administer'].map((verb) =>
        ask(connectome.model(), `guest ${verb} projects`),
      ),
    ).toEqual(Array(7).fill('no NothingAllows'));
  });

  test('CM-3 somebody in several groups has what all of them give', () => {
    const two = aFacility()
      .lab('smith', (lab) =>
        lab.group('a', { users: ['x'], roles: ['limited-read-only'] }).group('b', { users: ['x'], roles: ['read-only'] }),
      )
      .model();
    expect([ask(two, 'x read projects'), ask(two, 'x export projects')]).toEqual(['yes Group', 'yes Group']);
  });

  test('CM-33 who administers may do the rest, and writes with a token only by a permission of its own', () => {
    const model = connectome.model();
    expect(['read', 'write', 'import', 'compute', 'fork'].map((verb) => ask(model, `pi ${verb} projects/users/ben`))).toEqual(
      Array(5).fill('yes Member'),
    );
    expect(ask(model, 'pi token projects')).toBe('no NothingAllows');
  });
});

describe('whose data it is', () => {
  test.for([
    ['CM-25 annotators do not edit the data of each other', 'users/carl', ['carl', 'pi']],
    ['CM-26 A edits the data of B when A is in a group named B', 'users/ben', ['ana', 'ben', 'pi']],
    ['CM-26 and B nothing of A in return', 'users/ana', ['ana', 'pi']],
    ['CM-29 who imports has every right over what was imported', 'users/ana/imported', ['ana', 'pi']],
    ['CM-30 its original users have none over the rest of it, nor the importer over theirs', 'users/carl/original', ['carl', 'pi']],
    ['CM-31 whoever may edit the data of the importer may edit what was imported', 'users/ben/imported', ['ana', 'ben', 'pi']],
  ] as const)('%s', ([, path, want]) => {
    expect(whoOf(connectome.model(), people, 'write', `projects/${path}/skeleton`)).toEqual(want);
  });

  test('CM-29 the importer shares and deletes it, too, which a group named after him does not', () => {
    const model = connectome.model();
    for (const verb of ['share', 'delete'])
      expect(
        [`ben ${verb} projects/users/ben/imported`, `ana ${verb} projects/users/ben/imported`].map((question) =>
          ask(model, question).slice(0, 3),
        ),
        verb,
      ).toEqual(['yes', 'no ']);
  });

  test('CM-26 without the delegation of the lab a group of that name is a group like any other', () => {
    const plain = aFacility()
      .lab('smith', (lab) =>
        lab
          .userRoot('users')
          .member('ben', 'basic-read-write')
          .member('ana', 'basic-read-write')
          .group('ben', { users: ['ana'] }),
      )
      .model();
    expect(whoOf(plain, people, 'write', 'projects/users/ben')).toEqual(['ben']);
  });

  test('CM-27 superusers edit everything, and are named as such', () => {
    expect(ask(connectome.admin('root').model(), 'root write projects/users/ben')).toBe('yes FacilityAdmin');
  });
});

describe('anonymous people', () => {
  const open = (facility: boolean, lab: boolean) => {
    const base = facility ? aFacility().anonymous() : aFacility();
    return base
      .lab('smith', (one) => (lab ? one.anonymous() : one))
      .grant('public', { paths: ['release'], to: ['Everyone'], permissions: ['read', 'write', 'import'] })
      .model();
  };
  test.for([
    ['CM-14, CM-15 neither gate', false, false, []],
    ['CM-15 the gate of the facility alone', true, false, []],
    ['CM-15 the gate of the lab alone', false, true, []],
    ['CM-16 both: browsing and annotating like any user, and no import', true, true, ['read', 'write']],
  ] as const)('%s', ([, facility, lab, want]) => {
    expect(['read', 'write', 'import'].filter((verb) => ask(open(facility, lab), `- ${verb} projects/release`).startsWith('yes'))).toEqual(
      want,
    );
  });
});

describe('inactivity', () => {
  const students = aFacility().lab('smith', (lab) =>
    lab
      .member('jo', 'read-only')
      .member('ada', 'read-only')
      .group('students', { users: ['jo'] })
      .group('course', { users: ['jo'] })
      .inactive('students', 10 * hour, 'Unused. Write to the contact.')
      .inactive('course', 5 * hour, 'The course is over.'),
  );
  const unusedFor = (hours: number | undefined) => {
    const model = students.model();
    for (const user of ['jo', 'ada']) model.setLastSeen('smith', user, hours === undefined ? undefined : now - hours * hour);
    return model;
  };
  test.for([
    ['CM-22 never seen is not unused', undefined, ['jo', 'ada']],
    ['CM-20, CM-22 until the period has passed', 5, ['jo', 'ada']],
    ['CM-21, CM-22 one period of one group that is exceeded is enough; others are not concerned', 6, ['ada']],
    ['CM-22 nor by any number of hours', 10_000, ['ada']],
  ] as const)('%s', ([, hours, want]) => {
    expect(whoOf(unusedFor(hours), ['jo', 'ada'], 'read', 'projects')).toEqual(want);
  });

  test('CM-24 the refusal names the message and the period that was exceeded', () => {
    const question = { person: { user: 'jo' }, place: place('projects'), verb: 'read', at: now };
    expect(explain(question, can(unusedFor(6), question))).toMatch(
      /inactive since .*group course was not used for too long; The course is over\./,
    );
  });

  test('CM-18 somebody who is let in again has everything as before', () => {
    const model = unusedFor(6);
    expect(ask(model, 'jo read projects')).toBe('no NotActive');
    const facts = model.lab('smith')!.facts;
    model.setLab({ ...facts, members: facts.members.map((member) => ({ ...member, reactivatedAt: now })) });
    expect(ask(model, 'jo read projects')).toBe('yes Member');
  });

  test('CM-17, CM-19 somebody who is suspended by hand has nothing, not even what a grant gives', () => {
    const model = aFacility()
      .lab('smith', (lab) => lab.suspended('jo', 'full-read-write'))
      .grant('g', { paths: ['p'], to: ['User:jo'], roles: ['read-only'] })
      .model();
    expect([ask(model, 'jo read projects'), ask(model, 'jo read projects/p')]).toEqual(['no NotActive', 'no NotActive']);
  });
});

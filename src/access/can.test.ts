import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { can } from './can.ts';
import type { Person } from './facts.ts';

const now = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
const user = (name: string, ...groups: string[]): Person => ({ user: name, ...(groups.length > 0 && { groups }) });
const anonymous: Person = {};

/** `who verb path` → what decided, with a leading "no" when it is refused. Lab and volume: smith, projects. */
function ask(facility: ReturnType<typeof aFacility>, who: Person, verb: string, path: string, lab = 'smith'): string {
  const place = { lab, volume: 'projects', path: path === '' ? [] : path.split('/') };
  const { allowed, rule } = can(facility.model(), { person: who, place, verb, at: now });
  return `${allowed ? 'yes' : 'no'} ${rule.by}`;
}

const smith = aFacility().lab('smith', (lab) =>
  lab.member('pi', 'full-read-write').member('jo', 'basic-read-write').member('vic', 'read-only'),
);

test.for(
  Object.entries({
    'CM-12 nobody has anything by default': [smith, user('eve'), 'read', 'p1', 'no NothingAllows'],
    'a member has what the role says': [smith, user('jo'), 'write', 'p1', 'yes Member'],
    'CE-4 and not more': [smith, user('jo'), 'delete', 'p1', 'no NothingAllows'],
    'CE-5 the full role shares': [smith, user('pi'), 'share', 'p1', 'yes Member'],
    'CE-7 roles add up': [
      aFacility()
        .role('gates', 'cellengine:gate.update')
        .lab('smith', (lab) => lab.member('tech', 'limited-read-only', 'gates')),
      user('tech'),
      'cellengine:gate.update',
      'p1',
      'yes Member',
    ],
    'a role that is gone gives nothing': [
      aFacility().lab('smith', (lab) => lab.member('jo', 'gone')),
      user('jo'),
      'read',
      'p1',
      'no NothingAllows',
    ],
    'CM-17 a suspended member has nothing': [
      aFacility().lab('smith', (lab) => lab.suspended('jo', 'full-read-write')),
      user('jo'),
      'read',
      'p1',
      'no NotActive',
    ],
    'a membership ends at its very instant': [
      aFacility().lab('smith', (lab) => lab.until('jo', now)),
      user('jo'),
      'read',
      'p1',
      'no NotActive',
    ],
    'and counts until then': [aFacility().lab('smith', (lab) => lab.until('jo', now + 1)), user('jo'), 'read', 'p1', 'yes Member'],
    'CM-27 a facility administrator may everything, and it shows': [smith.admin('root'), user('root'), 'delete', 'p1', 'yes FacilityAdmin'],
    'GX-30 administrators by group of the identity provider': [
      smith.adminGroup('oidc:it'),
      user('eve', 'oidc:it'),
      'read',
      'p1',
      'yes FacilityAdmin',
    ],
    'CS-19 an external group gives its roles': [
      aFacility().lab('smith', (lab) => lab.group('readers', { external: ['oidc:readers'], roles: ['read-only'] })),
      user('eve', 'oidc:readers'),
      'read',
      'p1',
      'yes Group',
    ],
    'a suspended member gets nothing through a group either': [
      aFacility().lab('smith', (lab) =>
        lab.suspended('jo', 'read-only').group('readers', { external: ['oidc:readers'], roles: ['read-only'] }),
      ),
      user('jo', 'oidc:readers'),
      'read',
      'p1',
      'no NotActive',
    ],
    'CE-10 a grant holds below its path': [
      smith.grant('g', { paths: ['trials'], to: ['User:eve'], roles: ['read-only'] }),
      user('eve'),
      'read',
      'trials/2026/a',
      'yes Grant',
    ],
    'and not beside it, not even when the names begin alike': [
      smith.grant('g', { paths: ['foo'], to: ['User:eve'], roles: ['read-only'] }),
      user('eve'),
      'read',
      'foobar',
      'no NothingAllows',
    ],
    'CE-12 grants along the path add up': [
      smith
        .grant('a', { paths: ['t'], to: ['User:eve'], roles: ['limited-read-only'] })
        .grant('b', { paths: ['t/x'], to: ['User:eve'], permissions: ['export'] }),
      user('eve'),
      'export',
      't/x/y',
      'yes Grant',
    ],
    'a grant gives nothing before its time': [
      smith.grant('g', { paths: ['r'], to: ['User:eve'], roles: ['read-only'], notBefore: now + 1 }),
      user('eve'),
      'read',
      'r',
      'no NothingAllows',
    ],
    'it gives from the very instant': [
      smith.grant('g', { paths: ['r'], to: ['User:eve'], roles: ['read-only'], notBefore: now }),
      user('eve'),
      'read',
      'r',
      'yes Grant',
    ],
    'and nothing from the very instant of its end': [
      smith.grant('g', { paths: ['r'], to: ['User:eve'], roles: ['read-only'], expiresAt: now }),
      user('eve'),
      'read',
      'r',
      'no NothingAllows',
    ],
  } as const),
)('%s', ([, [facility, who, verb, path, want]]) => {
  expect(ask(facility, who, verb, path)).toBe(want);
});

const restricted = aFacility()
  .lab('smith', (lab) =>
    lab
      .member('a', 'read-only')
      .member('b', 'read-only')
      .member('ab', 'read-only')
      .group('role-a', { users: ['a', 'ab'] })
      .group('role-b', { users: ['b', 'ab'] }),
  )
  .grant('both', { paths: ['cohort'], effect: 'Restrict', to: ['Group:smith/role-a', 'Group:smith/role-b'] });

test('GX-17 two roles on access: only those who hold both', () => {
  expect(['a', 'b', 'ab'].map((name) => ask(restricted, user(name), 'read', 'cohort/x'))).toEqual([
    'no Restrict',
    'no Restrict',
    'yes Member',
  ]);
  expect(ask(restricted, user('a'), 'read', 'elsewhere')).toBe('yes Member');
});

test('GX-18 a private role beside others: still only you', () => {
  const facility = restricted.grant('private', { paths: ['cohort/mine'], effect: 'Restrict', to: ['User:ab'] });
  expect(['a', 'b', 'ab'].map((name) => ask(facility, user(name), 'read', 'cohort/mine'))).toEqual([
    'no Restrict',
    'no Restrict',
    'yes Member',
  ]);
});

test('an embargo: the team alone until the date, everybody from it on', () => {
  const facility = aFacility()
    .anonymous()
    .lab('smith', (lab) => lab.member('jo', 'read-only').anonymous())
    .grant('embargo', { paths: ['r42'], effect: 'Restrict', to: ['Lab:smith'], expiresAt: now + hour })
    .grant('open', { paths: ['r42'], to: ['Everyone'], roles: ['read-only'], notBefore: now + hour });
  const at = (time: number, who: Person) =>
    can(facility.model(), { person: who, place: { lab: 'smith', volume: 'projects', path: ['r42'] }, verb: 'read', at: time }).allowed;
  expect([at(now, user('jo')), at(now, user('eve')), at(now, anonymous)]).toEqual([true, false, false]);
  expect([at(now + hour, user('jo')), at(now + hour, user('eve')), at(now + hour, anonymous)]).toEqual([true, true, true]);
});

test('CM-14, CM-15 somebody unknown passes two gates and never imports', () => {
  const open = aFacility()
    .lab('smith', (lab) => lab.anonymous())
    .grant('all', { paths: ['release'], to: ['Everyone'], roles: ['basic-read-write'] });
  expect(ask(open, anonymous, 'read', 'release')).toBe('no Anonymous');
  expect(ask(open.anonymous(), anonymous, 'read', 'release')).toBe('yes Grant');
  expect(ask(open.anonymous(), anonymous, 'write', 'release')).toBe('yes Grant');
  expect(ask(open.anonymous(), anonymous, 'import', 'release')).toBe('no Anonymous');
});

const connectome = aFacility().lab('smith', (lab) =>
  lab
    .userRoot('users')
    .delegating()
    .member('ana', 'basic-read-write')
    .member('ben', 'basic-read-write')
    .member('pi', 'full-read-write')
    .group('ben', { users: ['ana'] }),
);
test.for(
  Object.entries({
    'CM-25 annotators cannot edit the data of each other': ['ben', 'write', 'users/ana/skeleton', 'no PersonalDirectoryOfAnother'],
    'but they see it': ['ben', 'read', 'users/ana/skeleton', 'yes Member'],
    'everybody edits their own': ['ben', 'write', 'users/ben/skeleton', 'yes PersonalDirectory'],
    'CE-14 and shares it': ['ben', 'share', 'users/ben/skeleton', 'yes PersonalDirectory'],
    'CM-26 a group named after somebody edits what is theirs': ['ana', 'write', 'users/ben/skeleton', 'yes GroupDelegation'],
    'and that person edits nothing in return': ['ben', 'write', 'users/ana', 'no PersonalDirectoryOfAnother'],
    'a directory that holds personal ones is not changed by a role': ['ben', 'write', '', 'no PersonalDirectoryOfAnother'],
    'beside them it is': ['ben', 'write', 'shared', 'yes Member'],
    'CM-33 whoever administers the lab edits everything': ['pi', 'write', 'users/ana/skeleton', 'yes Member'],
  } as const),
)('%s', ([, [who, verb, path, want]]) => {
  expect(ask(connectome, user(who), verb, path)).toBe(want);
});

test('CM-22 unused for too long, in any period of any group: no rights, with the message and the contacts', () => {
  const facility = aFacility().lab('smith', (lab) =>
    lab
      .member('jo', 'read-only')
      .group('students', { users: ['jo'] })
      .inactive('students', hour, 'Unused. Write to the contact.'),
  );
  const answer = (seen: number | undefined) => {
    const model = facility.model();
    model.setLastSeen('smith', 'jo', seen);
    return can(model, { person: user('jo'), place: { lab: 'smith', volume: 'projects', path: [] }, verb: 'read', at: now });
  };
  expect(answer(undefined).allowed).toBe(true); // never logged in is not unused
  expect(answer(now - hour).allowed).toBe(true);
  expect(answer(now - hour - 1)).toMatchObject({
    allowed: false,
    rule: { because: 'Inactive', period: { message: 'Unused. Write to the contact.' } },
  });
});

/** Galaxy's worked examples: two inputs, what was made of both. */
const galaxy = (sharersOfB: string[]) =>
  aFacility()
    .lab('smith', (lab) =>
      lab
        .member('a', 'limited-read-only')
        .member('b', 'limited-read-only')
        .member('ab', 'limited-read-only')
        .group('role-a', { users: ['a', 'ab'] })
        .group('role-b', { users: ['b', 'ab'] }),
    )
    .grant('a-access', { paths: ['a'], effect: 'Restrict', to: ['Group:smith/role-a'] })
    .grant('b-access', { paths: ['b'], effect: 'Restrict', to: ['Group:smith/role-b'] })
    .grant('a-manage', { paths: ['a'], to: ['Group:smith/role-a'], permissions: ['share'] })
    .grant('b-manage', { paths: ['b'], to: sharersOfB, permissions: ['share'] })
    .grant('ab', { paths: ['ab'], derivedFrom: ['a', 'b'] });

test('GX-26, GX-27 A managed by A, B managed by B: read by holders of both, managed by nobody', () => {
  const facility = galaxy(['Group:smith/role-b']);
  expect(['a', 'b', 'ab'].map((name) => ask(facility, user(name), 'read', 'ab/result'))).toEqual(['no Input', 'no Input', 'yes Member']);
  expect(['a', 'b', 'ab'].map((name) => ask(facility, user(name), 'share', 'ab/result'))).toEqual([
    'no NothingAllows',
    'no NothingAllows',
    'no NothingAllows',
  ]);
});

test('GX-28 B also managed by A: managed by A, read by holders of both', () => {
  const facility = galaxy(['Group:smith/role-a', 'Group:smith/role-b']);
  expect(['a', 'b', 'ab'].map((name) => ask(facility, user(name), 'share', 'ab/result'))).toEqual([
    'yes Inputs',
    'no NothingAllows',
    'yes Inputs',
  ]);
  expect(['a', 'b', 'ab'].map((name) => ask(facility, user(name), 'read', 'ab/result'))).toEqual(['no Input', 'no Input', 'yes Member']);
});

test('data derived in a circle is asked once, and nothing opens by it', () => {
  const facility = smith.grant('x', { paths: ['x'], derivedFrom: ['y'] }).grant('y', { paths: ['y'], derivedFrom: ['x'] });
  expect(ask(facility, user('vic'), 'read', 'x')).toBe('yes Member');
  expect(ask(facility, user('eve'), 'read', 'x')).toBe('no Input');
  expect(ask(facility, user('pi'), 'share', 'x')).toBe('no NothingAllows');
});

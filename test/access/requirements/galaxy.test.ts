// Galaxy: roles on access and on management, the two worked examples of derived data, defaults.
import { describe, expect, test } from 'vitest';
import { aFacility } from '../../fixtures/access.ts';
import { ask, hour, now, whoOf } from './ask.ts';

const people = ['a', 'b', 'ab', 'none'];
const labWithRoles = aFacility().lab('smith', (lab) =>
  people
    .reduce((lab, user) => lab.member(user, 'limited-read-only'), lab)
    .group('role-a', { users: ['a', 'ab'] })
    .group('role-b', { users: ['b', 'ab'] }),
);
const [a, b] = ['Group:smith/role-a', 'Group:smith/role-b'];
type Facility = typeof labWithRoles;
const access = (facility: Facility, name: string, path: string, ...to: string[]) =>
  facility.grant(name, { paths: [path], effect: 'Restrict', to });
const manage = (facility: Facility, name: string, path: string, ...to: string[]) =>
  facility.grant(name, { paths: [path], to, permissions: ['share'] });

describe('GX-5, GX-6 access, management and metadata are three permissions', () => {
  test.for(
    Object.entries({
      'GX-14 no role on access: whoever the lab lets in reads': [labWithRoles, 'read', ['a', 'b', 'ab', 'none']],
      'GX-15 no role on management: nobody but administrators shares': [labWithRoles, 'share', []],
      'GX-16 role A on access: its holders alone': [access(labWithRoles, 'x', 'd', a), 'read', ['a', 'ab']],
      'GX-17 roles A and B on access: holders of both': [access(labWithRoles, 'x', 'd', a, b), 'read', ['ab']],
      'GX-17 whether one entry says so or two': [access(access(labWithRoles, 'x', 'd', a), 'y', 'd', b), 'read', ['ab']],
      'GX-13, GX-18 the private role beside others: only you': [access(labWithRoles, 'x', 'd', a, 'User:ab'), 'read', ['ab']],
      'GX-33 access needs all roles': [access(labWithRoles, 'x', 'd', a, b), 'export', []],
      'GX-33 other actions need any': [manage(labWithRoles, 'x', 'd', a, b), 'share', ['a', 'b', 'ab']],
      'GX-6 managing gives no access': [manage(access(labWithRoles, 'x', 'd', a), 'y', 'd', b), 'read', ['a', 'ab']],
      'GX-5 editing metadata of a library is a verb of its own': [
        labWithRoles.grant('x', { paths: ['d'], to: [b], permissions: ['galaxy:library.modify'] }),
        'galaxy:library.modify',
        ['b', 'ab'],
      ],
    } as const),
  )('%s', ([, [facility, verb, want]]) => {
    expect(whoOf(facility.model(), people, verb, 'projects/d/x')).toEqual(want);
  });

  test('GX-1 private from one or two people to groups', () => {
    const shared = (...to: string[]) => whoOf(access(labWithRoles, 'x', 'd', ...to).model(), people, 'read', 'projects/d');
    expect([shared('User:a'), shared(a), shared('Lab:smith')]).toEqual([['a'], ['a', 'ab'], people]);
  });

  test('GX-4, GX-19 sharing with a few is a group of them', () => {
    const few = labWithRoles.lab('jones', (lab) =>
      lab
        .member('x')
        .member('y')
        .group('few', { users: ['x'] }),
    );
    expect(
      whoOf(few.grant('g', { paths: ['d'], to: ['Group:jones/few'], roles: ['read-only'] }).model(), ['x', 'y'], 'read', 'projects/d'),
    ).toEqual(['x']);
  });

  test('GX-24 a grant gives only when who answers for it may share there', () => {
    const given = (grantor: string) =>
      manage(labWithRoles, 'm', 'd', a)
        .grant('g', { paths: ['d'], to: ['User:guest', 'User:none'], permissions: ['export'], grantor })
        .model();
    expect(whoOf(given('b'), people, 'export', 'projects/d')).toEqual([]);
    expect(whoOf(given('pi'), people, 'export', 'projects/d')).toEqual([]);
  });
});

describe('derived data', () => {
  const inputs = (sharersOfB: string[]) =>
    manage(
      manage(access(access(labWithRoles, 'a-access', 'a', a), 'b-access', 'b', b), 'a-manage', 'a', a),
      'b-manage',
      'b',
      ...sharersOfB,
    ).grant('ab', {
      paths: ['ab'],
      derivedFrom: ['a', 'b'],
    });
  const table = (facility: Facility, verb: string) =>
    Object.fromEntries(['a', 'b', 'ab'].map((path) => [path, whoOf(facility.model(), people, verb, `projects/${path}/x`)]));

  test('GX-27 A managed by A, B managed by B: A×B is read by holders of both and managed by nobody, not even by them', () => {
    expect(table(inputs([b]), 'read')).toEqual({ a: ['a', 'ab'], b: ['b', 'ab'], ab: ['ab'] });
    expect(table(inputs([b]), 'share')).toEqual({ a: ['a', 'ab'], b: ['b', 'ab'], ab: [] });
  });

  test('GX-28 B managed by A as well: A×B is managed by A and read by holders of both', () => {
    expect(table(inputs([a, b]), 'read')).toEqual({ a: ['a', 'ab'], b: ['b', 'ab'], ab: ['ab'] });
    expect(table(inputs([a, b]), 'share')).toEqual({ a: ['a', 'ab'], b: ['a', 'b', 'ab'], ab: ['a', 'ab'] });
  });

  test('GX-11, GX-26 what is made of what was made needs every input of the first', () => {
    const again = inputs([b]).grant('again', { paths: ['again'], derivedFrom: ['ab'] });
    expect(whoOf(again.model(), people, 'read', 'projects/again')).toEqual(['ab']);
  });

  test('GX-25 of three inputs only what all of them have in common manages', () => {
    const three = manage(inputs([a, b]), 'c-manage', 'c', b).grant('abc', { paths: ['abc'], derivedFrom: ['a', 'b', 'c'] });
    expect(whoOf(three.model(), people, 'share', 'projects/abc')).toEqual([]);
  });

  test('GX-10 shared data keeps the rules of the place that it lies in, for whoever mounts it', () => {
    const shared = access(labWithRoles, 'x', 'd/secret', a)
      .lab('jones', (lab) => lab.member('eve', 'full-read-write'))
      .grant('g', { paths: ['d'], to: ['Lab:jones'], roles: ['read-only'] })
      .model();
    expect([ask(shared, 'eve read projects/d'), ask(shared, 'eve read projects/d/secret')]).toEqual(['yes Grant', 'no Restrict']);
  });
});

describe('who is let in', () => {
  test('GX-2, GX-12 somebody who is not logged in may be let in to read, and owns and imports nothing', () => {
    const open = aFacility()
      .anonymous()
      .lab('smith', (lab) => lab.anonymous())
      .grant('g', { paths: ['open'], to: ['Everyone'], roles: ['full-read-write'] })
      .model();
    const asked = ['read', 'import', 'share', 'shareExternal', 'administer'].map((verb) => ask(open, `- ${verb} projects/open`));
    expect(asked).toEqual(['yes Grant', 'no Anonymous', 'no Anonymous', 'no Anonymous', 'no Anonymous']);
  });

  test.for([
    ['Lab', 'no NothingAllows', 'no Anonymous'],
    ['Facility', 'yes Visibility', 'no NothingAllows'],
    ['Public', 'yes Visibility', 'yes Visibility'],
  ] as const)('GX-7 visibility %s: somebody logged in %s, somebody unknown %s', ([visibility, loggedIn, unknown]) => {
    const lab = aFacility()
      .anonymous()
      .lab('smith', (lab) => (visibility === 'Lab' ? lab : lab.anonymous()).visible(visibility))
      .model();
    expect([ask(lab, 'eve read projects/x'), ask(lab, '- read projects/x')]).toEqual([loggedIn, unknown]);
  });

  test('GX-8, GX-9, GX-21 new data lies under the role that its owner has chosen, wherever it came from', () => {
    const lab = aFacility()
      .lab('smith', (lab) => lab.userRoot('users').member('jo', 'limited-read-only').member('ada', 'limited-read-only'))
      .model();
    expect([
      ask(lab, 'jo share projects/users/jo/upload'),
      ask(lab, 'ada read projects/users/jo/upload'),
      ask(lab, 'ada share projects/users/jo/upload'),
    ]).toEqual(['yes PersonalDirectory', 'yes Member', 'no NothingAllows']);
  });

  test('GX-22 one folder is kept to one group, and whatever comes into it with it', () => {
    const kept = access(labWithRoles, 'history', 'histories/h1', a).model();
    expect(whoOf(kept, people, 'read', 'projects/histories/h1/new/dataset')).toEqual(['a', 'ab']);
    expect(whoOf(kept, people, 'read', 'projects/histories/h2')).toEqual(people);
  });

  test('GX-29, GX-30 administrators of the facility may everything, by name or by group, and it shows', () => {
    const facility = access(labWithRoles, 'x', 'd', a).admin('root').adminGroup('oidc:it').model();
    expect(['root', 'eve@oidc:it', 'none'].map((who) => ask(facility, `${who} share projects/d`))).toEqual([
      'yes FacilityAdmin',
      'yes FacilityAdmin',
      'no NothingAllows',
    ]);
  });

  test('an embargo ends by itself', () => {
    const embargo = aFacility()
      .lab('smith', (lab) => lab.member('jo', 'read-only').visible('Facility'))
      .grant('team', { paths: ['r42'], effect: 'Restrict', to: ['Lab:smith'], expiresAt: now + hour })
      .model();
    expect([now, now + hour].map((at) => whoOf(embargo, ['jo', 'eve'], 'read', 'projects/r42', at))).toEqual([['jo'], ['jo', 'eve']]);
  });
});

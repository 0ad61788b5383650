import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { acceptanceLack, can } from './can.ts';
import { decideMount } from './instance.ts';

const now = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
const smith = aFacility()
  .role('sharer', 'share')
  .role('publisher', 'share', 'shareExternal')
  .lab('smith', (lab) =>
    lab
      .member('pi', 'full-read-write')
      .member('jo', 'basic-read-write')
      .member('tech', 'limited-read-only', 'sharer')
      .member('vic', 'gone'),
  )
  .lab('jones', (lab) => lab.member('eve', 'read-only'));
type Facility = typeof smith;

const reads = (facility: Facility, user: string, path = 'p1') =>
  can(facility.model(), { person: { user }, place: { lab: 'smith', volume: 'projects', path: [path] }, verb: 'read', at: now }).allowed;
const given = (grantor: string, to: string[], facility = smith) =>
  facility.grant('g', { paths: ['p1'], to, roles: ['read-only'], grantor });

test.for(
  Object.entries({
    'CE-18 a grant of somebody who may share gives': [given('pi', ['User:vic']), 'vic', true],
    'GX-24 one of somebody who may not gives nothing': [given('jo', ['User:vic']), 'vic', false],
    'CE-21 who may share inside the lab shares with its people': [given('tech', ['User:vic']), 'vic', true],
    'CE-21 and not with others': [given('tech', ['User:eve']), 'eve', false],
    'CE-21 nor with others beside its people': [given('tech', ['User:eve', 'User:vic']), 'vic', false],
    'CE-21 nor with another lab': [given('tech', ['Lab:jones']), 'eve', false],
    'CE-21 nor with a group of another lab': [given('tech', ['Group:jones/any', 'Authenticated']), 'eve', false],
    'who may share outside as well does': [given('pi', ['Lab:jones']), 'eve', true],
    'a facility administrator may always': [given('root', ['Lab:jones'], smith.admin('root')), 'eve', true],
    'and somebody unknown never': [given('nobody', ['User:vic']), 'vic', false],
    'the facility answers where nobody is named': [
      smith.grant('g', { paths: ['p1'], to: ['Lab:jones'], roles: ['read-only'] }),
      'eve',
      true,
    ],
    'a grantor must be allowed every path, not only the one that is asked': [
      smith
        .grant('part', { paths: ['p1'], to: ['User:jo'], permissions: ['share'] })
        .grant('g', { paths: ['p1', 'p2'], to: ['User:vic'], roles: ['read-only'], grantor: 'jo' }),
      'vic',
      false,
    ],
    'who was given the right to share a part shares that part': [
      given('jo', ['User:vic'], smith.grant('part', { paths: ['p1'], to: ['User:jo'], permissions: ['share'], grantor: 'pi' })),
      'vic',
      true,
    ],
    'and nothing by somebody who could not give that right': [
      given('jo', ['User:vic'], smith.grant('part', { paths: ['p1'], to: ['User:jo'], permissions: ['share'], grantor: 'vic' })),
      'vic',
      false,
    ],
    'two who give each other the right to share have it from nobody': [
      given(
        'jo',
        ['User:vic'],
        smith
          .grant('a', { paths: ['p1'], to: ['User:jo'], permissions: ['share'], grantor: 'vic' })
          .grant('b', { paths: ['p1'], to: ['User:vic'], permissions: ['share'], grantor: 'jo' }),
      ),
      'vic',
      false,
    ],
    'unless one of them has it from elsewhere as well': [
      given(
        'jo',
        ['User:vic'],
        smith
          .grant('a', { paths: ['p1'], to: ['User:jo'], permissions: ['share'], grantor: 'vic' })
          .grant('b', { paths: ['p1'], to: ['User:vic'], permissions: ['share'], grantor: 'jo' })
          .grant('c', { paths: ['p1'], to: ['User:vic'], permissions: ['share'], grantor: 'pi' }),
      ),
      'vic',
      true,
    ],
    'GX-16 a Restrict counts whoever wrote it': [
      smith.grant('g', { paths: ['p1'], to: ['User:jo'], effect: 'Restrict', grantor: 'vic' }),
      'pi',
      false,
    ],
  } satisfies Record<string, [Facility, string, boolean]>),
)('%s', ([, [facility, user, want]]) => {
  expect(reads(facility, user)).toBe(want);
});

test('says of a grantor what he may not share, and where', () => {
  const model = given('tech', ['Lab:jones']).model();
  const [grant] = model.grantsOf('smith');
  expect(acceptanceLack(model, grant!, now)).toMatchObject({
    verb: 'shareExternal',
    place: { path: ['p1'] },
    rule: { by: 'NothingAllows' },
  });
});

test('GX-25 who may not share a path does not come to by saying that it was derived from data of his own', () => {
  const facility = smith
    .lab('own', (lab) => lab.member('jo', 'full-read-write'))
    .grant('derived', { paths: ['p1'], derivedFrom: [], grantor: 'jo' });
  const model = facility.model();
  const place = { lab: 'smith', volume: 'projects', path: ['p1'] };
  const share = (user: string) => can(model, { person: { user }, place, verb: 'share', at: now }).allowed;
  const [facts] = model.grantsOf('smith');
  model.setGrant({ ...facts!, derivedFrom: [{ lab: 'own', volume: 'any', path: [] }] });
  expect([share('jo'), share('pi')]).toEqual([false, false]);
  model.setGrant({ ...facts!, grantor: 'root', derivedFrom: [{ lab: 'own', volume: 'any', path: [] }] });
  model.facility = { ...model.facility, admins: { users: ['root'], groups: [] } };
  expect([share('jo'), share('pi')]).toEqual([true, false]);
});

test('a mount ends when the membership of its grantor does, however far that is away', () => {
  const facility = aFacility()
    .lab('smith', (lab) => lab.member('pi', 'full-read-write').until('leaver', now + hour))
    .grant('part', { paths: ['p1'], to: ['User:leaver'], permissions: ['shareExternal'], expiresAt: now + 3 * hour, grantor: 'pi' })
    .grant('g', { paths: ['p1'], to: ['Lab:jones'], roles: ['read-only'], grantor: 'leaver' })
    .lab('jones', (lab) => lab.member('eve', 'read-only'));
  const instance = { lab: 'jones', name: 'relion', users: [], groups: [] };
  const place = { lab: 'smith', volume: 'projects', path: ['p1'] };
  expect(decideMount(facility.model(), instance, place, 'ReadOnly', now)).toMatchObject({ allowed: true, until: now + hour });
});

test('a hundred people who give the right to share to each other cost no more than moments', () => {
  const people = Array.from({ length: 100 }, (_, index) => `user-${index}`);
  const model = people
    .reduce(
      (facility, grantor, index) =>
        facility.grant(`g${index}`, { paths: ['p1'], to: people.map((user) => `User:${user}`), permissions: ['shareExternal'], grantor }),
      smith,
    )
    .model();
  const started = performance.now();
  const place = { lab: 'smith', volume: 'projects', path: ['p1'] };
  expect(can(model, { person: { user: 'user-7' }, place, verb: 'shareExternal', at: now }).allowed).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000); // 30 ms when this was written
});

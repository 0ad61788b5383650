import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { can } from './can.ts';
import { asUserOf, decideMount, type InstanceFacts } from './instance.ts';

const galaxy: InstanceFacts = { lab: 'jones', name: 'galaxy', users: ['eve', 'max'], groups: ['guests'] };
const jones = aFacility()
  .lab('smith', (lab) => lab.member('pi', 'full-read-write'))
  .lab('jones', (lab) =>
    lab
      .member('eve', 'read-only')
      .suspended('max', 'read-only')
      .member('kim', 'read-only')
      .group('guests', { external: ['oidc:guests'] }),
  );
const given = jones.grant('g', { paths: ['p1'], to: ['ServiceAccount:jones/galaxy'], permissions: ['read', 'share'] }).model();
const p1 = { lab: 'smith', volume: 'projects', path: ['p1'] };

test('what is given to an instance everybody has who uses it, and no other instance', () => {
  const mounted = (instance: InstanceFacts) => decideMount(given, instance, p1, 'ReadOnly', 0).allowed;
  expect([mounted(galaxy), mounted({ ...galaxy, owner: 'somebody' }), mounted({ ...galaxy, users: [], groups: [] })]).toEqual([
    true,
    true,
    true,
  ]);
  expect(mounted({ ...galaxy, name: 'other' })).toBe(false);
  expect(decideMount(given, galaxy, p1, 'ReadWrite', 0).allowed).toBe(false);
});

test('a Restrict to an instance keeps the data out of every other', () => {
  const only = jones
    .grant('g', { paths: ['p1'], to: ['Lab:jones'], permissions: ['read'] })
    .grant('r', { paths: ['p1'], to: ['ServiceAccount:jones/galaxy'], effect: 'Restrict' })
    .model();
  const mounted = (name: string) => decideMount(only, { ...galaxy, name }, p1, 'ReadOnly', 0).allowed;
  expect([mounted('galaxy'), mounted('other')]).toEqual([true, false]);
});

test('who asks inside an instance has what was given to it when the person is one of its users, and shares nothing by it', () => {
  const ask = (verb: string, user: string | undefined, ...groups: string[]) => {
    const person = asUserOf(given, galaxy, { ...(user !== undefined && { user }), groups }, 0);
    return can(given, { person, place: p1, verb, at: 0 }).allowed;
  };
  expect([ask('read', 'eve'), ask('read', 'gus', 'oidc:guests')]).toEqual([true, true]);
  expect([ask('read', 'max'), ask('read', 'kim'), ask('read', undefined)]).toEqual([false, false, false]);
  expect(ask('share', 'eve')).toBe(false);
});

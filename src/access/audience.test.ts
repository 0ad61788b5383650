import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { everybodyIn, lackOf, type MountMode } from './audience.ts';
import type { Person } from './facts.ts';

const users = (...names: string[]): Person[] => names.map((user) => ({ user }));

/** The first who lacks something, as `who verb path`; undefined when the audience may have the mount. */
function lack(
  facility: ReturnType<typeof aFacility>,
  audience: Person[],
  path: string,
  mode: MountMode = 'ReadOnly',
  lab = 'smith',
): string | undefined {
  const place = { lab, volume: 'projects', path: path === '' ? [] : path.split('/') };
  const found = lackOf(facility.model(), audience, place, mode, 0);
  return found && `${found.person.user} ${found.verb} ${found.place.path.join('/')}`;
}

const smith = aFacility().lab('smith', (lab) => lab.member('jo', 'basic-read-write').member('vic', 'read-only'));

test.for(
  Object.entries({
    'a mount is for an audience that may read, every one of them': [smith, users('jo', 'vic'), 'p1', 'ReadOnly', undefined],
    'one who may not read keeps it from all': [smith, users('jo', 'eve'), 'p1', 'ReadOnly', 'eve read p1'],
    'CM-6 a writable one needs write of everybody': [smith, users('jo', 'vic'), 'p1', 'ReadWrite', 'vic write p1'],
    'CS-16 a source to import from needs import': [smith, users('jo', 'vic'), 'raw', 'Import', 'vic import raw'],
    'CS-16 and whoever has it may': [smith, users('jo'), 'raw', 'Import', undefined],
    'nobody is no audience that lacks anything': [smith, [], 'p1', 'ReadWrite', undefined],
    'a restricted directory below keeps the whole path out': [
      smith.grant('r', { paths: ['p1/secret'], effect: 'Restrict', to: ['User:jo'] }),
      users('jo', 'vic'),
      'p1',
      'ReadOnly',
      'vic read p1/secret',
    ],
    'one beside it does not': [
      smith.grant('r', { paths: ['p10'], effect: 'Restrict', to: ['User:jo'] }),
      users('vic'),
      'p1',
      'ReadOnly',
      undefined,
    ],
    'data derived below from what somebody may not read keeps it out as well': [
      smith.grant('r', { paths: ['in'], effect: 'Restrict', to: ['User:jo'] }).grant('d', { paths: ['out/x'], derivedFrom: ['in'] }),
      users('vic'),
      'out',
      'ReadOnly',
      'vic read out/x',
    ],
    'a group that nobody can list counts only where a rule names it': [
      smith,
      [everybodyIn('oidc:x')],
      'p1',
      'ReadOnly',
      'group:oidc:x read p1',
    ],
    'and is enough where one does': [
      smith.grant('g', { paths: ['p1'], to: ['Group:oidc:x'], roles: ['read-only'] }),
      [everybodyIn('oidc:x')],
      'p1',
      'ReadOnly',
      undefined,
    ],
  } as const),
)('%s', ([, [facility, audience, path, mode, want]]) => {
  expect(lack(facility, [...audience], path, mode)).toBe(want);
});

test('CS-3, CS-6 an instance of one lab gets no path of another, whoever is in its audience', () => {
  const both = smith.lab('jones', (lab) => lab.member('pi', 'full-read-write'));
  expect(lack(both, users('jo'), 'p1', 'Import', 'jones')).toBe('jo read p1');
  expect(lack(both, users('pi'), 'p1', 'Import', 'smith')).toBe('pi read p1');
});

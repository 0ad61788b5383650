import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { exportedPolicy } from './exported.ts';
import type { AccessModel } from './model.ts';
import { labFacts } from './read.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
const facility = aFacility()
  .admin('root')
  .role('annotator', 'read', 'catmaid:can_annotate')
  .lab('smith', (lab) =>
    lab
      .member('jo', 'annotator', 'gone')
      .suspended('ex', 'read-only')
      .until('brief', at + 1)
      .group('students', { users: ['stu'], external: ['oidc:students'], roles: ['read-only'] })
      .inactive('students', hour, 'Come to room 1.')
      .userRoot('users'),
  )
  .lab('other')
  .grant('own', { paths: ['p1'], to: ['User:eve'], permissions: ['read'], expiresAt: at + hour })
  .grant('foreign', {
    lab: 'other',
    paths: ['q'],
    to: ['User:eve', 'Lab:third', 'Group:smith/students', 'User:jo', 'Everyone'],
    roles: ['read-only'],
  })
  .grant('closed', { lab: 'other', paths: ['q/secret'], to: ['Group:smith/students'], effect: 'Restrict' });
const model = facility.model();
model.setLastSeen('smith', 'stu', at - 2 * hour);
const given = (one: AccessModel) => one.grantsOf('other');
const exported = (one: AccessModel, when = at) => exportedPolicy(one, { lab: 'smith', volumes: ['projects'], given: given(one) }, when);
const read = (one = model, when = at) => JSON.parse(exported(one, when).text);

test('applications read who belongs to the lab, with which roles, and who is out and why', () => {
  const { people } = read();
  expect(people).toEqual([
    {
      user: 'brief',
      member: true,
      standing: 'In',
      roles: ['read-only'],
      groups: [],
      directory: 'brief',
      newDataRole: 'full-read-write',
      expiresAt: '2026-05-12T08:00:00.001Z',
    },
    { user: 'ex', member: true, standing: 'Suspended', roles: ['read-only'], groups: [], directory: 'ex', newDataRole: 'full-read-write' },
    { user: 'jo', member: true, standing: 'In', roles: ['annotator', 'gone'], groups: [], directory: 'jo', newDataRole: 'full-read-write' },
    { user: 'stu', member: false, standing: 'Inactive', inactiveIn: 'students', roles: [], groups: ['students'] },
  ]);
  expect(read(model, at + 1).people[0].standing).toBe('Expired');
});

test('a directory that two members name belongs to one of them', () => {
  const two = facility.model();
  const lab = two.lab('smith')!.facts;
  two.setLab({ ...lab, members: ['ann', 'bob'].map((user) => ({ user, roles: [], directory: 'shared' })) });
  const directories = read(two).people.map(({ user, directory }: Record<string, string>) => `${user}: ${directory}`);
  expect(directories).toEqual(['ann: undefined', 'bob: shared', 'stu: undefined']);
});

test('CM-21 whoever is inactive only in a group of the identity provider is named as such', () => {
  const seen = facility.model();
  for (const user of ['stu', 'any']) seen.setLastSeen('smith', user, at - 2 * hour);
  expect(read(seen).inactive).toEqual([
    { user: 'stu', group: 'students', since: '2026-05-12T07:00:00.000Z' },
    { user: 'any', group: 'students', since: '2026-05-12T07:00:00.000Z', externalGroups: ['oidc:students'] },
  ]);
});

test('roles come with all of their permissions, and only those that are named and exist', () => {
  const { roles } = read();
  expect(Object.keys(roles)).toEqual(['annotator', 'full-read-write', 'read-only']);
  expect(roles.annotator).toEqual(['catmaid:can_annotate', 'read']);
  expect(roles['read-only']).toContain('cellengine:fcsfile.download');
});

test('own grants are told whole; of those of other labs, who else was named is left out', () => {
  const { grants } = read();
  expect(grants.map(({ name }: { name: string }) => name)).toEqual(['foreign', 'own']);
  expect(grants[0].subjects).toEqual([{ kind: 'Group', name: 'smith/students' }, { kind: 'User', name: 'jo' }, { kind: 'Everyone' }]);
  expect(grants[1]).toMatchObject({
    paths: ['p1'],
    subjects: [{ kind: 'User', name: 'eve' }],
    permissions: ['read'],
    expiresAt: '2026-05-12T09:00:00.000Z',
  });
});

test('CM-21, CM-23, CM-24 periods come with message and contacts, and never with the comment', () => {
  const periods = aLab('smith', {
    spec: {
      contacts: [{ name: 'Ada', email: 'ada@uni.edu' }],
      groups: [{ name: 'students' }],
      inactivity: [{ group: 'students', maxInactivity: '90m', message: 'Come to room 1.', comment: 'left for good?' }],
    },
  });
  const other = facility.model();
  other.setLab(labFacts(periods.build()));
  const { text } = exportedPolicy(other, { lab: 'smith', volumes: [], given: [] }, at);
  expect(JSON.parse(text).inactivity).toEqual([
    { group: 'students', maxInactivitySeconds: 5400, message: 'Come to room 1.', contacts: [{ name: 'Ada', email: 'ada@uni.edu' }] },
  ]);
  expect(text).not.toContain('left for good');
});

test('the digest is that of everything else, and equal for equal facts', () => {
  const { digest, ...rest } = read();
  expect(digest).toBe(`sha256:${createHash('sha256').update(JSON.stringify(rest)).digest('hex')}`);
  expect(read(facility.model()).digest).not.toBe(digest); // nobody was seen
  expect(exported(model)).toEqual(exported(model, at + 0));
});

test('more than a ConfigMap holds is not cut: then it names nobody', () => {
  const sized = (count: number) => {
    const many = facility.model();
    const external = Array.from({ length: count }, (_, index) => `group-${index}-${'x'.repeat(200)}`);
    many.setLab({ ...many.lab('smith')!.facts, groups: [{ name: 'all', users: [], externalGroups: external, roles: [] }] });
    return exportedPolicy(many, { lab: 'smith', volumes: [], given: [] }, at);
  };
  expect(sized(100).isTooLarge).toBe(false);
  const { text, isTooLarge } = sized(6000);
  expect(isTooLarge).toBe(true);
  expect(JSON.parse(text)).toEqual({
    ...{ apiVersion: 'access.bulkhead.science/v1', kind: 'AccessPolicy', lab: 'smith', tooLarge: true },
    digest: expect.stringMatching(/^sha256:/),
  });
});

test('a lab that is not known has a policy that names nobody', () => {
  expect(JSON.parse(exportedPolicy(model, { lab: 'gone', volumes: [], given: [] }, at).text)).toEqual({
    ...{ apiVersion: 'access.bulkhead.science/v1', kind: 'AccessPolicy', lab: 'gone' },
    digest: expect.any(String),
  });
});

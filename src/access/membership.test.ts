import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { membership } from './membership.ts';
import { rolesWith } from './role.ts';

const now = new Date('2026-05-12T08:00:00Z');
const past = '2026-05-12T07:59:59Z';
const soon = '2026-05-12T08:00:01Z';
const later = '2026-06-12T08:00:00Z';
const dataRole = (name: string, ...permissions: string[]) => ({
  ...{ apiVersion: 'bulkhead.science/v1alpha1', kind: 'DataRole' },
  metadata: { name },
  spec: { permissions },
});
const roles = rolesWith([
  dataRole('gater', 'orthanc:study.update', 'read'),
  dataRole('runner', 'compute'),
  dataRole('read-only', 'administer'),
]);
const lab = aLab('smith');
const annotators = { name: 'annotators', roles: ['gater'] };

test.for(
  Object.entries({
    'nobody has rights in a lab without people': { lab, want: [] },
    'a standard role gives its verbs': { lab: lab.with('jo', 'read-only'), want: ['User jo: export,fork,read'] },
    'a DataRole gives its permissions, those of applications too': {
      lab: lab.with('jo', 'gater'),
      want: ['User jo: orthanc:study.update,read'],
    },
    'CE-7 several roles give the union': {
      lab: lab.with('jo', 'gater', 'runner'),
      want: ['User jo: compute,orthanc:study.update,read'],
    },
    'a DataRole cannot redefine a standard role': { lab: lab.with('jo', 'read-only'), want: ['User jo: export,fork,read'] },
    'a role that does not exist gives nothing, and the others still do': {
      lab: lab.with('jo', 'gone', 'runner').with('al', 'gone'),
      want: ['User al: ', 'User jo: compute'],
    },
    'a group gives its roles to the people it lists, members or not': {
      lab: lab.with('jo', 'runner').group({ ...annotators, users: ['jo', 'al'] }),
      want: ['User al: orthanc:study.update,read', 'User jo: compute,orthanc:study.update,read'],
    },
    'a group without roles gives nothing more': {
      lab: lab.with('jo', 'runner').group({ name: 'quiet', users: ['jo'] }),
      want: ['User jo: compute'],
    },
    'CS-19 a group of the identity provider gets the roles as a group': {
      lab: lab.group({ ...annotators, externalGroups: ['oidc:annotators'] }),
      want: ['Group oidc:annotators: orthanc:study.update,read'],
    },
    'a group of the identity provider in two groups has the roles of both': {
      lab: lab.group({ ...annotators, externalGroups: ['oidc:all'] }, { name: 'runners', roles: ['runner'], externalGroups: ['oidc:all'] }),
      want: ['Group oidc:all: compute,orthanc:study.update,read'],
    },
    'a person is not the group of the same name': {
      lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }).group({ ...annotators, externalGroups: ['jo'] }),
      want: ['Group jo: orthanc:study.update,read'],
    },
    'CM-17 a suspended member has nothing': { lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }), want: [] },
    'a suspended member has nothing through a group either': {
      lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }).group({ ...annotators, users: ['jo', 'al'] }),
      want: ['User al: orthanc:study.update,read'],
    },
    'CM-19 a member who is no longer suspended has everything again': {
      lab: lab.member({ user: 'jo', roles: ['runner'], suspended: false }),
      want: ['User jo: compute'],
    },
    'a membership lasts until the second before its end': {
      lab: lab.member({ user: 'jo', roles: ['runner'], expiresAt: soon }),
      want: ['User jo: compute'],
    },
    'a membership is over from the very instant of its end': {
      lab: lab.member({ user: 'jo', roles: ['runner'], expiresAt: now.toISOString() }).group({ ...annotators, users: ['jo'] }),
      want: [],
    },
    'nobody has rights in a suspended lab': {
      lab: lab
        .with('jo', 'runner')
        .group({ ...annotators, externalGroups: ['oidc:annotators'] })
        .suspended(),
      want: [],
    },
    'the order of the spec means nothing': {
      lab: lab.with('jo', 'runner').with('al', 'runner'),
      want: ['User al: compute', 'User jo: compute'],
    },
  }),
)('%s', ([, { lab, want }]) => {
  const { standings } = membership(lab.build().spec, roles, now);
  expect(
    standings.map(
      ({ holder, permissions }) =>
        `${holder.kind} ${holder.name}: ${[...permissions].filter((permission) => !permission.startsWith('cellengine:')).sort()}`,
    ),
  ).toEqual(want);
});

test.for(
  Object.entries({
    'never, without an end': { lab: lab.with('jo', 'runner'), want: undefined },
    'at the next end of a membership': {
      lab: lab
        .member({ user: 'ex', roles: ['runner'], expiresAt: past })
        .member({ user: 'jo', roles: ['runner'], expiresAt: later })
        .member({ user: 'al', roles: ['runner'], expiresAt: soon }),
      want: soon,
    },
  }),
)('time alone changes who has rights: %s', ([, { lab, want }]) => {
  expect(membership(lab.build().spec, roles, now).nextChange).toEqual(want && new Date(want));
});

test('roles that do not exist are named with the place that names them', () => {
  const { unknownRoles } = membership(
    lab
      .with('jo', 'gone', 'runner')
      .group({ name: 'annotators', roles: ['lost'] })
      .build().spec,
    roles,
    now,
  );
  expect(unknownRoles).toEqual([
    { where: 'spec.members "jo"', role: 'gone' },
    { where: 'spec.groups "annotators"', role: 'lost' },
  ]);
});

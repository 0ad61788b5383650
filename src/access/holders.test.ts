import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { DataGrantSpec } from '../api/datagrant.ts';
import type { DataGrant, Lab } from '../api/kinds.ts';
import { emptyModel } from './follow.ts';
import { holdersIn } from './holders.ts';
import type { AccessModel } from './model.ts';
import { grantFacts, labFacts } from './read.ts';

const now = new Date('2026-05-12T08:00:00Z');
const past = '2026-05-12T07:59:59Z';
const soon = '2026-05-12T08:00:01Z';
const later = '2026-06-12T08:00:00Z';

/** With the roles that the tests name, and other labs and grants. */
function modelOf(lab: Lab, { labs = [], grants = [] }: { labs?: Lab[]; grants?: DataGrant[] } = {}): AccessModel {
  const model = emptyModel({ access: { admins: { users: ['root'], groups: [] }, allowAnonymous: true } });
  model.setRole('gater', ['orthanc:study.update', 'read']);
  model.setRole('runner', ['compute']);
  model.setRole('sharing', ['share']);
  for (const one of [lab, ...labs]) model.setLab(labFacts(one));
  for (const grant of grants) model.setGrant(grantFacts(grant)!);
  return model;
}

const grant = (name: string, spec: object, lab = 'smith'): DataGrant => ({
  apiVersion: 'bulkhead.science/v1alpha1',
  kind: 'DataGrant',
  metadata: { name, namespace: `lab-${lab}` },
  spec: DataGrantSpec.parse({ volume: 'projects', paths: ['p1'], ...spec }),
});

const held = (model: AccessModel) =>
  holdersIn(model, 'smith', now.getTime()).rights.map(({ holder, verbs }) => `${holder.kind} ${holder.name}: ${[...verbs].sort()}`);

const lab = aLab('smith');
const annotators = { name: 'annotators', roles: ['gater'] };

test.for(
  Object.entries({
    'nobody has rights in a lab without people': { lab, want: [] },
    'a standard role gives its verbs': { lab: lab.with('jo', 'read-only'), want: ['User jo: read'] },
    'a DataRole gives its permissions; those of applications are no rights in a namespace': {
      lab: lab.with('jo', 'gater'),
      want: ['User jo: read'],
    },
    'CE-7 several roles give the union': {
      lab: lab.with('jo', 'gater', 'runner'),
      want: ['User jo: compute,read'],
    },
    'CE-21 sharing inside and sharing outside are two rights': {
      lab: lab.with('jo', 'sharing').with('pi', 'full-read-write'),
      want: ['User jo: share', 'User pi: administer,compute,read,share,shareExternal'],
    },
    'a role that does not exist gives nothing, and the others still do': {
      lab: lab.with('jo', 'gone', 'runner').with('al', 'gone'),
      want: ['User jo: compute'],
    },
    'a group gives its roles to the people it lists, members or not': {
      lab: lab.with('jo', 'runner').group({ ...annotators, users: ['jo', 'al'] }),
      want: ['User al: read', 'User jo: compute,read'],
    },
    'a group without roles gives nothing more': {
      lab: lab.with('jo', 'runner').group({ name: 'quiet', users: ['jo', 'al'] }),
      want: ['User jo: compute'],
    },
    'CS-19 a group of the identity provider gets the roles as a group': {
      lab: lab.group({ ...annotators, externalGroups: ['oidc:annotators'] }),
      want: ['Group oidc:annotators: read'],
    },
    'a group of the identity provider in two groups has the roles of both': {
      lab: lab.group({ ...annotators, externalGroups: ['oidc:all'] }, { name: 'runners', roles: ['runner'], externalGroups: ['oidc:all'] }),
      want: ['Group oidc:all: compute,read'],
    },
    'a person is not the group of the same name': {
      lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }).group({ ...annotators, externalGroups: ['jo'] }),
      want: ['Group jo: read'],
    },
    'CM-17 a suspended member has nothing': { lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }), want: [] },
    'a suspended member has nothing through a group either': {
      lab: lab.member({ user: 'jo', roles: ['runner'], suspended: true }).group({ ...annotators, users: ['jo', 'al'] }),
      want: ['User al: read'],
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
  expect(held(modelOf(lab.build()))).toEqual(want);
});

test('members without roles have those that the lab gives by default', () => {
  const plain = aLab('smith', { spec: { defaults: { roles: ['gater'] } } });
  expect(held(modelOf(plain.member({ user: 'jo' }).with('al', 'runner').build()))).toEqual(['User al: compute', 'User jo: read']);
});

test('neither visibility nor the facility gives a right in the namespace', () => {
  const open = aLab('smith', { spec: { defaults: { visibility: 'Public' }, allowAnonymous: true } });
  expect(held(modelOf(open.build()))).toEqual([]);
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
  expect(holdersIn(modelOf(lab.build()), 'smith', now.getTime()).nextChange).toEqual(want && new Date(want));
});

const other = aLab('other')
  .with('el', 'read-only')
  .group({ name: 'staff', users: ['eve'], externalGroups: ['oidc:staff'] });
const read = lab.with('jo', 'read-only');

test.for(
  Object.entries({
    'nobody by a grant that gives no sharing': { grants: [grant('g', { subjects: [{ kind: 'User', name: 'jo' }] })], want: [] },
    'somebody of the lab': {
      grants: [grant('g', { subjects: [{ kind: 'User', name: 'jo' }], permissions: ['share'] })],
      want: ['User jo: read,sharepart'],
    },
    'somebody from outside, who has no other right here': {
      grants: [grant('g', { subjects: [{ kind: 'User', name: 'out' }], permissions: ['share'] })],
      want: ['User out: sharepart'],
    },
    'by a role that holds it': {
      grants: [grant('g', { subjects: [{ kind: 'User', name: 'out' }], roles: ['full-read-write'] })],
      want: ['User out: sharepart'],
    },
    'a group of another lab, with its people and its groups of the identity provider': {
      grants: [grant('g', { subjects: [{ kind: 'Group', name: 'other/staff' }], permissions: ['shareExternal'] })],
      want: ['Group oidc:staff: sharepart', 'User eve: sharepart'],
    },
    'a group of the identity provider': {
      grants: [grant('g', { subjects: [{ kind: 'Group', name: 'oidc:all' }], permissions: ['share'] })],
      want: ['Group oidc:all: sharepart'],
    },
    'the people of another lab': {
      grants: [grant('g', { subjects: [{ kind: 'Lab', name: 'other' }], permissions: ['share'] })],
      want: ['Group oidc:staff: sharepart', 'User el: sharepart', 'User eve: sharepart'],
    },
    'nobody by a grant that has ended, is yet to begin, or restricts': {
      grants: [
        grant('a', { subjects: [{ kind: 'User', name: 'a' }], permissions: ['share'], expiresAt: past }),
        grant('b', { subjects: [{ kind: 'User', name: 'b' }], permissions: ['share'], notBefore: soon }),
        grant('c', { subjects: [{ kind: 'User', name: 'c' }], effect: 'Restrict' }),
      ],
      want: [],
    },
    'the people of the lab when everybody may, but neither accounts nor everybody else, whom no binding names': {
      grants: [
        grant('g', { subjects: [{ kind: 'Authenticated' }, { kind: 'ServiceAccount', name: 'other/app' }], permissions: ['share'] }),
      ],
      want: ['User jo: read,sharepart'],
    },
    'GX-25 what was derived from data of another lab: who shares every input': {
      grants: [grant('g', { derivedFrom: [{ lab: 'source', volume: 'projects', path: 'in' }] })],
      want: ['User pi: sharepart'],
    },
  }),
)('a part of the lab is shared by %s', ([, { grants, want }]) => {
  const source = aLab('source').with('pi', 'full-read-write').with('el', 'read-only').build();
  const model = modelOf(read.build(), { labs: [other.build(), source], grants });
  const always = want.some((line) => line.startsWith('User jo')) ? [] : ['User jo: read'];
  expect(held(model)).toEqual([...want, ...always].sort());
});

test('CE-14, CE-15 whoever may share the own directory may share a part; CE-16 not under a smaller role', () => {
  const homes = aLab('smith', { spec: { userRoot: 'users' } });
  expect(
    held(
      modelOf(
        homes
          .with('jo', 'read-only')
          .member({ user: 'al', roles: ['read-only'], newDataRole: 'read-only' })
          .build(),
      ),
    ),
  ).toEqual(['User al: read', 'User jo: read,sharepart']);
});

test('whoever shares the whole lab needs no right for a part', () => {
  const grants = [grant('g', { subjects: [{ kind: 'User', name: 'pi' }], permissions: ['share'] })];
  expect(held(modelOf(lab.with('pi', 'full-read-write').build(), { grants }))).toEqual([
    'User pi: administer,compute,read,share,shareExternal',
  ]);
});

test('an end of a grant that lets somebody share changes who has rights, an end of another does not', () => {
  const ends = (spec: object) =>
    holdersIn(modelOf(read.build(), { grants: [grant('g', { ...spec, expiresAt: soon })] }), 'smith', now.getTime()).nextChange;
  expect(ends({ subjects: [{ kind: 'User', name: 'out' }], permissions: ['share'] })).toEqual(new Date(soon));
  expect(ends({ subjects: [{ kind: 'User', name: 'out' }] })).toBeUndefined();
});

test('CM-17, CM-22 an inactive person has no rights, one who was never seen does; time alone changes it', () => {
  const periods = aLab('smith', { spec: { inactivity: [{ group: 'all', maxInactivity: '1h' }] } })
    .with('jo', 'read-only')
    .with('al', 'read-only')
    .group({ name: 'all', users: ['jo', 'al'] });
  const model = modelOf(periods.build());
  model.setLastSeen('smith', 'jo', now.getTime() - 3_600_000);
  expect(held(model)).toEqual(['User al: read', 'User jo: read']);
  expect(holdersIn(model, 'smith', now.getTime()).nextChange).toEqual(new Date(now.getTime() + 1));
  expect(holdersIn(model, 'smith', now.getTime() + 1).rights.map(({ holder }) => holder.name)).toEqual(['al']);
  model.setLab(labFacts(periods.member({ user: 'jo', roles: ['read-only'], reactivatedAt: now.toISOString() }).build()));
  expect(holdersIn(model, 'smith', now.getTime() + 1).rights.map(({ holder }) => holder.name)).toEqual(['al', 'jo']);
});

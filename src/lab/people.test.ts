import { describe, expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { emptyModel } from '../access/follow.ts';
import { holdersIn } from '../access/holders.ts';
import { labFacts } from '../access/read.ts';
import { rolesWith } from '../access/role.ts';
import type { Lab } from '../api/kinds.ts';
import { peopleBindings } from '../api/names.ts';
import type { RoleBinding } from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { editorBinding, editorRole } from './objects/editor.ts';
import { peopleRoleBinding, type Role } from './objects/rolebinding.ts';
import { type People, type PeopleFacts, people, unknownRole } from './people.ts';

const lab = aLab('smith');
const roles = rolesWith([
  {
    ...{ apiVersion: 'bulkhead.science/v1alpha1', kind: 'DataRole' },
    metadata: { name: 'sharer' },
    spec: { permissions: ['read', 'share'] },
  },
]);
function decide(lab: Lab, bindings: Stored<RoleBinding>[], editor?: PeopleFacts['editor']): People {
  const model = emptyModel({ access: { admins: { users: [], groups: [] }, allowAnonymous: false } });
  model.setRole('sharer', ['read', 'share']);
  model.setRole('emissary', ['read', 'shareExternal']);
  model.setRole('manager', ['administer']);
  model.setLab(labFacts(lab));
  return people(lab, holdersIn(model, lab.metadata.name, Date.parse('2026-05-12T08:00:00Z')).rights, {
    bindings,
    ...(editor && { editor }),
  });
}
const bound = (role: Role, ...users: string[]): Stored<RoleBinding> =>
  stored(
    peopleRoleBinding(
      lab.build(),
      role,
      users.map((name) => ({ kind: 'User', name })),
    ),
  );
const drifted = (change: Partial<Pick<RoleBinding, 'roleRef' | 'subjects'>>): Stored<RoleBinding> => ({
  ...bound('member', 'jo'),
  ...change,
});
const toAdmin = { roleRef: { ...bound('member').roleRef, name: 'cluster-admin' } };
const toAccount = { subjects: [{ kind: 'ServiceAccount', name: 'jo', namespace: 'lab-smith' }] };
const toGroup = { subjects: [{ kind: 'Group', name: 'jo', apiGroup: 'rbac.authorization.k8s.io' }] };

test.for(
  Object.entries({
    'nothing changes for those who have what they should': {
      lab: lab.with('jo', 'basic-read-write'),
      is: [bound('member', 'jo')],
      want: {},
    },
    'somebody new comes in': { lab: lab.with('jo', 'basic-read-write'), is: [], want: { admit: ['member: jo'] } },
    'somebody new comes in beside the others': {
      lab: lab.with('jo', 'basic-read-write').with('al', 'basic-read-write'),
      is: [bound('member', 'jo')],
      want: { admit: ['member: al,jo'] },
    },
    'whoever leaves goes out without a proof of the walls': {
      lab: lab.with('jo', 'basic-read-write'),
      is: [bound('member', 'al', 'jo')],
      want: { reduce: ['member: jo'] },
    },
    'the last one of a role takes the binding along': { lab, is: [bound('member', 'jo')], want: { remove: ['member: jo'] } },
    'whoever changes roles goes out of one before coming into the other': {
      lab: lab.with('jo', 'manager'),
      is: [bound('member', 'jo')],
      want: { remove: ['member: jo'], admit: ['admin: jo', 'editor: jo'] },
    },
    'one who leaves goes out at once, one who comes waits for the proof': {
      lab: lab.with('jo', 'basic-read-write').with('al', 'basic-read-write'),
      is: [bound('member', 'jo', 'ex')],
      want: { reduce: ['member: jo'], admit: ['member: al,jo'] },
    },
    'a binding that was led to another role is replaced': {
      lab: lab.with('jo', 'basic-read-write'),
      is: [drifted(toAdmin)],
      want: { remove: ['member: jo'], admit: ['member: jo'] },
    },
    'a binding that was given to a group of the same name is replaced': {
      lab: lab.with('jo', 'basic-read-write'),
      is: [drifted(toGroup)],
      want: { remove: ['member: Group jo'], admit: ['member: jo'] },
    },
    'a binding that was given to a service account is replaced': {
      lab: lab.with('jo', 'basic-read-write'),
      is: [drifted(toAccount)],
      want: { remove: ['member: jo'], admit: ['member: jo'] },
    },
    'a group of the identity provider is bound as a group': {
      lab: lab.group({ name: 'all', roles: ['read-only'], externalGroups: ['oidc:all'] }),
      is: [],
      want: { admit: ['viewer: Group oidc:all'] },
    },
    'sharing has a binding of its own, which shows what a viewer sees': {
      lab: lab.with('jo', 'sharer'),
      is: [],
      want: { admit: ['sharer: jo'] },
    },
    'who computes and shares is in both bindings': {
      lab: lab.with('jo', 'sharer', 'basic-read-write'),
      is: [],
      want: { admit: ['member: jo', 'sharer: jo'] },
    },
    'CE-21 sharing outside has a binding of its own': {
      lab: lab.with('jo', 'emissary'),
      is: [],
      want: { admit: ['external-sharer: jo'] },
    },
    'who administers needs no other binding': {
      lab: lab.with('jo', 'basic-read-write', 'manager'),
      is: [],
      want: { admit: ['admin: jo', 'editor: jo'] },
    },
    'who administers shares by rights of their own': {
      lab: lab.with('jo', 'full-read-write'),
      is: [],
      want: { admit: ['sharer: jo', 'external-sharer: jo', 'admin: jo', 'editor: jo'] },
    },
    'who may share the own directory is bound for that part': {
      lab: aLab('smith', { spec: { userRoot: 'users' } }).with('jo', 'read-only'),
      is: [],
      want: { admit: ['viewer: jo', 'sharer-part: jo'] },
    },
    'a suspended lab has nobody': {
      lab: lab.with('jo', 'basic-read-write').suspended(),
      is: [bound('member', 'jo')],
      want: { remove: ['member: jo'] },
    },
  }),
)('%s', ([, { lab, is, want }]) => {
  expect(shown(decide(lab.build(), is))).toEqual({ remove: [], reduce: [], admit: [], ...want });
});

test('a binding that stays is kept as it must be, whatever else somebody has changed about it', () => {
  const { keep } = decide(lab.with('jo', 'basic-read-write').with('al', 'basic-read-write').build(), [bound('member', 'jo')]);
  expect(keep.map(({ object }) => object)).toMatchObject([
    { metadata: { name: 'bulkhead-members', labels: { 'bulkhead.science/managed': 'true' } }, subjects: [{ name: 'jo' }] },
  ]);
});

test('a reduced binding is only ever the one that was seen: it is not made again when it is gone', () => {
  const { reduce } = decide(lab.with('jo', 'basic-read-write').build(), [bound('member', 'al', 'jo')]);
  expect(reduce[0]?.object.metadata.uid).toBe(bound('member').metadata.uid);
});

test.for(
  Object.entries({
    'the member': { lab: lab.with('jo', 'gone'), where: 'spec.members "jo"' },
    'the group': { lab: lab.group({ name: 'all', roles: ['gone'] }), where: 'spec.groups "all"' },
    'the defaults': { lab: aLab('smith', { spec: { defaults: { roles: ['gone'] } } }), where: 'spec.defaults' },
    'the role over new data': { lab: lab.member({ user: 'jo', newDataRole: 'gone' }), where: 'spec.members "jo"' },
    'the default role over new data': { lab: aLab('smith', { spec: { defaults: { newDataRole: 'gone' } } }), where: 'spec.defaults' },
  }),
)('a role that does not exist is named with those that do and where it stands: %s', ([, { lab: named, where }]) => {
  expect(unknownRole(lab.with('jo', 'read-only', 'sharer').build().spec, roles)).toBeUndefined();
  expect(unknownRole(named.build().spec, roles)).toEqual({
    reason: 'RoleUnknown',
    message: expect.stringMatching(`^${where} names role "gone", which does not exist; there are basic-read-write, .*, sharer; `),
  });
});

describe('administrators change their own Lab', () => {
  const smith = lab.build();
  const role = stored(editorRole(smith));
  const boundTo = (...names: string[]) =>
    stored(
      editorBinding(
        smith,
        names.map((name) => ({ kind: 'User', name })),
      ),
    );
  const admin = lab.with('jo', 'manager');
  const is = [bound('admin', 'jo')];

  test('by a role that names no other Lab and lets nobody make or delete one', () => {
    expect(editorRole(smith).rules).toEqual([
      { apiGroups: ['bulkhead.science'], resources: ['labs'], resourceNames: ['smith'], verbs: ['get', 'patch'] },
    ]);
  });
  test.for(
    Object.entries({
      'as long as they administer it': { lab: admin, editor: { role, binding: boundTo('jo') }, want: {} },
      'from when their role is there': { lab: admin, editor: { role: undefined, binding: undefined }, want: { admit: ['editor: jo'] } },
      'and nobody else': { lab: admin, editor: { role, binding: boundTo('ex', 'jo') }, want: { reduce: ['editor: jo'] } },
      'not one who is a member by now': {
        lab: lab.with('jo', 'basic-read-write'),
        editor: { role, binding: boundTo('jo') },
        want: { remove: ['admin: jo', 'editor: jo', 'ClusterRole bulkhead:lab:smith'], admit: ['member: jo'] },
      },
      'not by a binding that leads elsewhere': {
        lab: admin,
        editor: { role, binding: { ...boundTo('jo'), roleRef: { ...boundTo('jo').roleRef, name: 'cluster-admin' } } },
        want: { remove: ['editor: jo'], admit: ['editor: jo'] },
      },
    }),
  )('%s', ([, { lab, editor, want }]) => {
    expect(shown(decide(lab.build(), is, editor))).toEqual({ remove: [], reduce: [], admit: [], ...want });
  });
  test('a lab without administrators costs no object', () => {
    const { editor, admit } = decide(lab.with('jo', 'basic-read-write').build(), []);
    expect({ editor, admit: admit.length }).toEqual({ editor: undefined, admit: 1 });
  });
});

function shown({ remove, reduce, admit }: People) {
  const words = (changes: { object: KubeObject }[]) => changes.map(({ object }) => inWords(object as RoleBinding));
  return { remove: words(remove), reduce: words(reduce), admit: words(admit) };
}

function inWords({ kind, metadata, subjects = [] }: RoleBinding): string {
  if (kind === 'ClusterRole') return `${kind} ${metadata.name}`;
  const role = Object.entries(peopleBindings).find(([, { name }]) => name === metadata.name)?.[0];
  return `${role ?? 'editor'}: ${subjects.map(({ kind, name }) => (kind === 'Group' ? `Group ${name}` : name)).join(',')}`;
}

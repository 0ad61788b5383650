import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { ReviewRequest } from './question.ts';
import { type Caller, outOfScope } from './scope.ts';

const model = aFacility()
  .lab('smith', (lab) =>
    lab
      .member('jo', 'read-only')
      .suspended('ex', 'read-only')
      .group('g', { users: ['li'], external: ['oidc:g'] }),
  )
  .lab('other', (lab) => lab.member('eve', 'read-only'))
  .model();
const gateway: Caller = { kind: 'Gateway', name: 'system:serviceaccount:portal:gateway' };
const instance: Caller = { kind: 'Instance', name: 'system:serviceaccount:lab-smith:app', lab: 'smith', instance: 'app' };
const parts = () => [{ lab: 'other', volume: 'raw', path: ['a', 'b'] }];
const beyond = (caller: Caller, spec: object) =>
  outOfScope(
    model,
    caller,
    ReviewRequest.parse({ spec: { user: 'jo', lab: 'smith', volume: 'projects', path: 'p', verb: 'read', ...spec } }).spec,
    parts,
    0,
  );

test.for<[string, object]>([
  ['a member', {}],
  ['somebody suspended, who reads why', { user: 'ex' }],
  ['somebody in a group of the lab', { user: 'li' }],
  ['somebody whom the identity provider puts into a group of the lab', { user: 'any', groups: ['oidc:g'] }],
  ['nobody who is logged in', { user: undefined }],
  ['a path that the instance mounts through a grant', { lab: 'other', volume: 'raw', path: 'a/b' }],
  ['what lies below such a path', { lab: 'other', volume: 'raw', path: 'a/b/c' }],
])('an instance may ask about %s', ([, spec]) => {
  expect(beyond(instance, spec)).toBeUndefined();
});

test.for<[string, object, string]>([
  ['people of another lab', { user: 'eve' }, '"eve" is none of them'],
  ['nobody in particular of nowhere', { user: 'stranger' }, 'of that lab only'],
  ['a group that is none of the lab', { user: 'any', groups: ['oidc:h'] }, 'of that lab only'],
  ['data of another lab', { lab: 'other', volume: 'raw', path: 'x' }, 'other:raw/x is neither'],
  ['what lies above a path that it mounts', { lab: 'other', volume: 'raw', path: 'a' }, 'other:raw/a is neither'],
  ['another volume of that lab', { lab: 'other', volume: 'more', path: 'a/b' }, 'neither'],
  ['a further place in another lab', { verb: undefined, task: 'CE-T26', places: { source: [{ lab: 'other', path: 'x' }] } }, 'neither'],
])('an instance may not ask about %s; a gateway may', ([, spec, says]) => {
  expect(beyond(instance, spec)).toContain(says);
  expect(beyond(gateway, spec)).toBeUndefined();
});

test('an account of a lab that does not exist may ask about nobody', () => {
  expect(beyond({ ...instance, lab: 'gone' }, {})).toContain('of that lab only');
});

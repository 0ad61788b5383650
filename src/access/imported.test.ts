import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { can } from './can.ts';
import { digestOf, exportedPolicy } from './exported.ts';
import { type Import, importedPolicy, setPolicy } from './imported.ts';
import { AccessModel } from './model.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const hour = 3_600_000;
const facility = aFacility()
  .lab('smith', (lab) =>
    lab
      .member('pi@uni', 'full-read-write')
      .until('brief', at + hour)
      .group('students', { users: ['stu'], external: ['oidc:students'], roles: ['read-only'] })
      .inactive('students', hour, 'Come to room 1.'),
  )
  .lab('other', (lab) => lab.member('eve', 'read-only'))
  .grant('later', {
    paths: ['p1'],
    to: ['Lab:smith', 'Lab:other'],
    permissions: ['write'],
    notBefore: at + hour,
    expiresAt: at + 2 * hour,
  });
const model = facility.model();
for (const user of ['stu', 'any']) model.setLastSeen('smith', user, at - 2 * hour);
const { text } = exportedPolicy(model, { lab: 'smith', volumes: ['projects'], given: [] }, at);

const imported = (): AccessModel => {
  const read = importedPolicy(text, 'smith');
  if (!read.usable) throw new Error(read.why);
  const own = new AccessModel(read.policy.facility);
  setPolicy(own, read.policy);
  return own;
};
const decide = (one: AccessModel, user: string, verb: string, when = at, groups: string[] = []) =>
  can(one, { person: { user, groups }, place: { lab: 'smith', volume: 'projects', path: ['p1'] }, verb, at: when });

test.for<[string, string, string, number, string[]?]>([
  ['a membership ends when the policy says so', 'brief', 'read', at + hour],
  ['and not before', 'brief', 'read', at + hour - 1],
  ['a grant begins when the policy says so', 'pi@uni', 'write', at + hour],
  ['somebody whom a group lists is inactive', 'stu', 'read', at],
  ['and was not before that instant', 'stu', 'read', at - hour],
  ['CM-21 somebody is inactive whom only a group of the identity provider holds', 'any', 'read', at, ['oidc:students']],
  ['somebody else in that group is not', 'new', 'read', at, ['oidc:students']],
  ['a stranger has nothing', 'who', 'read', at],
])('%s, as for the whole model', ([, user, verb, when, groups]) => {
  expect(decide(imported(), user, verb, when, groups)).toEqual(decide(model, user, verb, when, groups));
});

test('who is only in a group of the lab is no member, and every member is one, also without a directory', () => {
  const { facts } = imported().lab('smith')!;
  expect(facts.members.map(({ user }) => user)).toEqual(['brief', 'pi@uni']);
});

test('whom another lab holds is not known, and gets nothing from it', () => {
  expect(decide(model, 'eve', 'write', at + hour).allowed).toBe(true);
  expect(decide(imported(), 'eve', 'write', at + hour)).toEqual({ allowed: false, rule: { by: 'NothingAllows' } });
});

const changed = (change: object, { sealed = true } = {}) => {
  const { digest, ...document } = { ...JSON.parse(text), ...change };
  return JSON.stringify({ ...document, digest: sealed ? digestOf(document) : digest });
};
const whyNot = (read: Import) => (read.usable ? 'usable' : read.why);

test.for<[string, string, string]>([
  ['another version', changed({ apiVersion: 'access.bulkhead.science/v2' }), "use the tools of the operator's version"],
  ['another kind', changed({ kind: 'Policy' }), "use the tools of the operator's version"],
  ['what was changed by hand', changed({ suspended: true }, { sealed: false }), 'does not fit its digest'],
  ['the policy of another lab', changed({ lab: 'other' }), 'speaks of lab other'],
  ['an effect that it does not know', changed({ grants: [{ effect: 'Deny' }] }), 'something unknown at grants.0'],
  ['a policy without what it needs', changed({ people: undefined, groups: undefined }), 'names nobody'],
  ['no document', '{', 'is none'],
  ['more than a ConfigMap holds', changed({ tooLarge: true }), 'ask an administrator'],
  ['a lab that the operator did not know', exportedPolicy(model, { lab: 'gone', volumes: [], given: [] }, at).text, 'speaks of lab gone'],
])('refuses %s, and says what to do', ([, document, words]) => {
  expect(whyNot(importedPolicy(document, 'smith'))).toContain(words);
});

test('a field that is added changes nothing', () => {
  expect(whyNot(importedPolicy(changed({ added: { to: 'v1' } }), 'smith'))).toBe('usable');
});

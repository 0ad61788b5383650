import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { can } from './can.ts';
import { explain } from './explain.ts';
import { whoCan } from './who.ts';

const facility = aFacility()
  .admin('root')
  .lab('smith', (lab) =>
    lab
      .member('jo', 'basic-read-write')
      .suspended('ex', 'read-only')
      .group('readers', { external: ['oidc:r'], roles: ['read-only'] }),
  )
  .lab('jones', (lab) => lab.member('al', 'full-read-write'))
  .grant('raw', { paths: ['raw'], to: ['Lab:jones', 'ServiceAccount:jones/relion'], roles: ['read-only'] });
const raw = { lab: 'smith', volume: 'projects', path: ['raw'] };

test('names everybody who can, with the rule, and nobody else', () => {
  const who = (path: string[]) =>
    whoCan(facility.model(), { ...raw, path }, 'read', 0).map(({ kind, name, rule }) => `${kind} ${name}: ${rule.by}`);
  expect(who(['raw', 'x'])).toEqual([
    'User al: Grant',
    'User jo: Member',
    'User root: FacilityAdmin',
    'ExternalGroup oidc:r: Group',
    'ServiceAccount jones/relion: Grant',
  ]);
  expect(who(['p1'])).toEqual(['User jo: Member', 'User root: FacilityAdmin', 'ExternalGroup oidc:r: Group']);
});

test.for(
  Object.entries({
    al: 'al may read smith:projects/raw: DataGrant smith/raw gives it',
    ex: 'ex may not read smith:projects/raw: the membership is suspended',
    eve: 'eve may not read smith:projects/raw: no role, group or grant allows it; ask for a DataGrant or a role that holds it',
  }),
)('says why: %s', ([user, words]) => {
  const question = { person: { user }, place: raw, verb: 'read', at: 0 };
  expect(explain(question, can(facility.model(), question))).toBe(words);
});

import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { facilityOf } from '../../test/fixtures/facilityof.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { DataGrantSpec } from '../api/datagrant.ts';
import { grantClaimName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import { type DataDecision, decideData } from './data.ts';

const now = new Date('2026-05-12T08:00:00Z');
const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'microscopy/raw' }).ready(300_000);
const own: DataMount = { volume: 'projects', path: 'p1', mountPath: '/data' };
const granted: DataMount = { from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' };

interface Scene {
  lab?: ReturnType<typeof aLab>;
  owner?: ReturnType<typeof aLab>;
  /** null: there is none. */
  grant?: ReturnType<typeof aDataGrant> | null;
  more?: ReturnType<typeof aDataGrant>[];
  instance?: ReturnType<typeof anInstance>;
}

/** The item of an instance that nobody in particular uses, unless the scene says otherwise. */
function judge(item: DataMount, scene: Scene = {}): DataDecision {
  const lab = (scene.lab ?? aLab('smith')).ready().build();
  const given = scene.grant === null ? [] : [scene.grant ?? aDataGrant()];
  const grants = [...given, ...(scene.more ?? [])].map((grant) => grant.build());
  const facility = facilityOf([lab, (scene.owner ?? owner).build()], grants);
  return decideData(item, { ...facility, instance: (scene.instance ?? anInstance()).build(), lab, now });
}

test.for(
  Object.entries({
    'mounts a path of an own root': { got: judge(own), want: 'mounted' },
    'refuses a root that the lab does not have': { got: judge({ ...own, volume: 'scratch' }), want: 'VolumeUnknown' },
    'mounts a path of an active grant': { got: judge(granted), want: 'mounted' },
    'refuses a grant that does not exist': { got: judge(granted, { grant: null }), want: 'GrantNotFound' },
    'refuses a grant for another lab as if it did not exist': {
      got: judge(granted, { grant: aDataGrant().to('jones') }),
      want: 'GrantNotFound',
    },
    'refuses a grant of the own lab': { got: judge({ ...granted, from: { lab: 'smith', grant: 'x' } }), want: 'GrantNotFound' },
    'mounts until the second before the end of a grant': {
      got: judge(granted, { grant: aDataGrant().until('2026-05-12T08:00:01Z') }),
      want: 'mounted',
    },
    'refuses a grant from the very instant of its end': {
      got: judge(granted, { grant: aDataGrant().until('2026-05-12T08:00:00Z') }),
      want: 'GrantInactive',
    },
    'refuses a grant that is being deleted': { got: judge(granted, { grant: aDataGrant().deleting() }), want: 'GrantInactive' },
    'refuses while the owner has no identity': { got: judge(granted, { owner: owner.status({}) }), want: 'GrantInactive' },
    'refuses a grant of a root that its owner does not have': {
      got: judge(granted, { grant: aDataGrant().of('x') }),
      want: 'GrantInactive',
    },
    'refuses a path that the grant does not give': { got: judge({ ...granted, path: 'krios-0513' }), want: 'PathNotGranted' },
    'refuses a path below a granted one': { got: judge({ ...granted, path: 'krios-0512/m1' }), want: 'PathNotGranted' },
  }),
)('%s', ([, { got, want }]) => {
  expect(got.mounted ? 'mounted' : got.reason).toBe(want);
});

const people = aLab('smith').with('jo', 'basic-read-write').with('vic', 'read-only');
const jo = anInstance().ownedBy('jo').forPeople('jo');
const toUsers = (...names: string[]): Partial<DataGrantSpec> => ({ subjects: names.map((name) => ({ kind: 'User', name })) });
const restricted = (path: string, user: string) =>
  aDataGrant()
    .named('r')
    .by('smith')
    .with({ volume: 'projects', paths: [path], effect: 'Restrict', ...toUsers(user) });
const derived = aDataGrant()
  .named('d')
  .by('smith')
  .with({ volume: 'projects', paths: ['p1'], subjects: [], derivedFrom: [{ lab: 'microscopy', volume: 'raw', path: 'krios-0512' }] });

test.for(
  Object.entries({
    'CM-6 writes for an audience that may, every one of them': {
      got: judge({ ...own, mode: 'ReadWrite' }, { lab: people, instance: jo }),
      want: 'mounted',
    },
    'CM-6 does not write for one that holds somebody who may not': {
      got: judge({ ...own, mode: 'ReadWrite' }, { lab: people }),
      want: 'AudienceLacks',
    },
    'and reads for that one': { got: judge(own, { lab: people }), want: 'mounted' },
    'CS-16 gives a source to import from to whoever may import': {
      got: judge({ ...own, purpose: 'Import' }, { lab: people, instance: jo }),
      want: 'mounted',
    },
    'CS-16 and to nobody who may only read': { got: judge({ ...own, purpose: 'Import' }, { lab: people }), want: 'AudienceLacks' },
    'counts an owner who is in no lab at all': { got: judge(own, { lab: people, instance: jo.ownedBy('eve') }), want: 'AudienceLacks' },
    'CM-17 counts an owner who is suspended': {
      got: judge(own, { lab: people.member({ user: 'max', roles: ['read-only'], suspended: true }), instance: jo.ownedBy('max') }),
      want: 'AudienceLacks',
    },
    'CM-17 leaves out whoever else is': {
      got: judge(own, { lab: people.member({ user: 'max', roles: ['read-only'], suspended: true }), instance: jo.forPeople('jo', 'max') }),
      want: 'mounted',
    },
    'keeps out a directory that holds a restricted one': {
      got: judge(own, { lab: people, more: [restricted('p1/secret', 'jo')] }),
      want: 'ContainsRestrictedPath',
    },
    'and a restricted one itself': { got: judge(own, { lab: people, more: [restricted('p1', 'jo')] }), want: 'AudienceLacks' },
    'and mounts both for whoever is in it': {
      got: judge(own, { lab: people, instance: jo, more: [restricted('p1', 'jo')] }),
      want: 'mounted',
    },
    'GX-26 keeps out what was derived from data that the audience may not read any more': {
      got: judge(own, { lab: people, grant: aDataGrant().to('jones'), more: [derived] }),
      want: 'AudienceLacks',
    },
    'GX-26 and mounts it while the audience may': { got: judge(own, { lab: people, more: [derived] }), want: 'mounted' },
    'mounts a grant for a person when nobody else is in the audience': {
      got: judge(granted, { lab: people, instance: jo, grant: aDataGrant().with(toUsers('jo')) }),
      want: 'mounted',
    },
    'refuses it when somebody else is': {
      got: judge(granted, { lab: people, grant: aDataGrant().with(toUsers('jo')) }),
      want: 'AudienceLacks',
    },
    'refuses it as if it did not exist when the person is not in the audience at all': {
      got: judge(granted, { lab: people, instance: jo, grant: aDataGrant().with(toUsers('eve')) }),
      want: 'GrantNotFound',
    },
    'refuses a grant that only restricts as if it did not exist': {
      got: judge(granted, { grant: aDataGrant().with({ effect: 'Restrict' }) }),
      want: 'GrantNotFound',
    },
    'refuses a grant until the second before it begins': {
      got: judge(granted, { grant: aDataGrant().with({ notBefore: '2026-05-12T08:00:01Z' }) }),
      want: 'GrantInactive',
    },
    'mounts a grant from the very instant of its beginning': {
      got: judge(granted, { grant: aDataGrant().with({ notBefore: '2026-05-12T08:00:00Z' }) }),
      want: 'mounted',
    },
    'does not write where a grant gives only to read': { got: judge({ ...granted, mode: 'ReadWrite' }), want: 'AudienceLacks' },
    'writes where a grant gives it': {
      got: judge({ ...granted, mode: 'ReadWrite' }, { grant: aDataGrant().with({ permissions: ['read', 'write'] }) }),
      want: 'mounted',
    },
  }),
)('%s', ([, { got, want }]) => {
  expect(got.mounted ? 'mounted' : got.reason).toBe(want);
});

test('a grant is mounted read-only, with the group of its owner, until its end', () => {
  const end = new Date('2026-06-01T00:00:00Z');
  expect(judge(granted, { grant: aDataGrant().until('2026-06-01T00:00:00Z') })).toMatchObject({
    mount: { claim: grantClaimName('microscopy', 'krios-0512'), readOnly: true, subPath: 'krios-0512' },
    gid: 300_000,
    until: end,
    changesAt: end,
  });
});

test('what is written where a grant gives it goes through a claim of its own', () => {
  const decision = judge({ ...granted, mode: 'ReadWrite' }, { grant: aDataGrant().with({ roles: ['basic-read-write'] }) });
  expect(decision).toMatchObject({ mount: { claim: grantClaimName('microscopy', 'krios-0512', 'ReadWrite'), readOnly: false } });
});

test('own data is read-only unless the instance asks to write', () => {
  expect(judge(own)).toMatchObject({ mount: { readOnly: true } });
  expect(judge({ ...own, mode: 'ReadWrite' })).toMatchObject({ mount: { readOnly: false } });
});

const end = new Date('2026-05-13T00:00:00Z');
const leaving = (user: string, role: string) => ({ user, roles: [role], expiresAt: end.toISOString() });

test('an owner whose membership ends takes the mounts along', () => {
  const lab = people.member(leaving('max', 'read-only'));
  expect(judge(own, { lab, instance: jo.ownedBy('max') })).toMatchObject({ mounted: true, until: end, changesAt: end });
  expect(judge(own, { lab, instance: jo.forPeople('jo', 'max') })).not.toHaveProperty('until');
});

test('what somebody keeps from the others is looked at again when the membership of that person ends', () => {
  const lab = aLab('smith').with('jo', 'basic-read-write').member(leaving('max', 'read-only'));
  expect(judge({ ...own, mode: 'ReadWrite' }, { lab })).toMatchObject({ reason: 'AudienceLacks', changesAt: end });
});

test('the last one of an audience takes along what only that person may have', () => {
  const lab = aLab('smith').member(leaving('max', 'read-only'));
  expect(judge(granted, { lab, grant: aDataGrant().with(toUsers('max')) })).toMatchObject({ mounted: true, until: end });
});

test('a person who is about to become inactive is looked at again, and a visit moves that, so that no mount ends by it', () => {
  const member = { user: 'max', roles: ['read-only'], reactivatedAt: '2026-05-12T07:00:00Z' };
  const lab = aLab('smith')
    .member(member)
    .group({ name: 'students', users: ['max'] })
    .inactiveAfter('students', '24h');
  const decision = judge(own, { lab });
  expect(decision).toMatchObject({ mounted: true, changesAt: new Date('2026-05-13T07:00:00.001Z') });
  expect(decision).not.toHaveProperty('until');
});

test('a refusal names the item, what is allowed and what to do', () => {
  expect(judge({ ...granted, path: 'x' })).toMatchObject({
    message: 'spec.data /raw: grant "krios-0512" of lab "microscopy" gives "krios-0512", not "x"; name one of them',
  });
});

test('a refusal for the audience names the first person who lacks something, and why', () => {
  expect(judge({ ...own, mode: 'ReadWrite' }, { lab: people })).toMatchObject({
    message:
      'spec.data /data: vic may not write smith:projects/p1: no role, group or grant allows it; ask for a DataGrant or a role that holds it; everybody who uses the instance needs it, see spec.audience',
  });
});

import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import type { DataMount } from '../api/processinginstance.ts';
import { type GrantFacts, judgeData } from './data.ts';

const now = new Date('2026-05-12T08:00:00Z');
const smith = aLab('smith').ready().build();
const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'microscopy/raw' }).ready(300_000);
const own: DataMount = { volume: 'projects', path: 'p1', mountPath: '/data' };
const granted: DataMount = { from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' };
const judge = (item: DataMount, facts: Partial<GrantFacts> = {}) =>
  judgeData(item, smith, new Map([['microscopy/krios-0512', { owner: owner.build(), grant: aDataGrant().build(), ...facts }]]), now);

test.for(
  Object.entries({
    'mounts a path of an own root': { got: judge(own), want: 'mounted' },
    'refuses a root that the lab does not have': { got: judge({ ...own, volume: 'scratch' }), want: 'VolumeUnknown' },
    'mounts a path of an active grant': { got: judge(granted), want: 'mounted' },
    'refuses a grant that does not exist': { got: judge(granted, { grant: undefined }), want: 'GrantNotFound' },
    'refuses a grant for another lab as if it did not exist': {
      got: judge(granted, { grant: aDataGrant().to('jones').build() }),
      want: 'GrantNotFound',
    },
    'refuses a grant of the own lab': { got: judge({ ...granted, from: { lab: 'smith', grant: 'x' } }), want: 'GrantNotFound' },
    'mounts until the second before the end of a grant': {
      got: judge(granted, { grant: aDataGrant().until('2026-05-12T08:00:01Z').build() }),
      want: 'mounted',
    },
    'refuses a grant from the very instant of its end': {
      got: judge(granted, { grant: aDataGrant().until('2026-05-12T08:00:00Z').build() }),
      want: 'GrantInactive',
    },
    'refuses a grant that is being deleted': { got: judge(granted, { grant: aDataGrant().deleting().build() }), want: 'GrantInactive' },
    'refuses while the owner has no identity': { got: judge(granted, { owner: owner.status({}).build() }), want: 'GrantInactive' },
    'refuses a grant of a root that its owner does not have': {
      got: judge(granted, { grant: aDataGrant().of('x').build() }),
      want: 'GrantInactive',
    },
    'refuses a path that the grant does not give': { got: judge({ ...granted, path: 'krios-0513' }), want: 'PathNotGranted' },
    'refuses a path below a granted one': { got: judge({ ...granted, path: 'krios-0512/m1' }), want: 'PathNotGranted' },
  }),
)('%s', ([, { got, want }]) => {
  expect(got.mounted ? 'mounted' : got.reason).toBe(want);
});

test('a grant is mounted read-only, with the group of its owner, and changes at its end', () => {
  const verdict = judge({ ...granted, mode: 'ReadWrite' }, { grant: aDataGrant().until('2026-06-01T00:00:00Z').build() });
  expect(verdict).toMatchObject({
    mount: { readOnly: true, subPath: 'krios-0512' },
    gid: 300_000,
    changesAt: new Date('2026-06-01T00:00:00Z'),
  });
});

test('own data is read-only unless the instance asks to write', () => {
  expect(judge(own)).toMatchObject({ mount: { readOnly: true } });
  expect(judge({ ...own, mode: 'ReadWrite' })).toMatchObject({ mount: { readOnly: false } });
});

test('a refusal names the item, what is allowed and what to do', () => {
  expect(judge({ ...granted, path: 'x' })).toMatchObject({
    message: 'spec.data /raw: grant "krios-0512" of lab "microscopy" gives "krios-0512", not "x"; name one of them',
  });
});

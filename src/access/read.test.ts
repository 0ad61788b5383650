import { expect, test } from 'vitest';
import type { DataGrant, Lab } from '../api/kinds.ts';
import { LabSpec } from '../api/lab.ts';
import { grantFacts, labFacts } from './read.ts';

const lab = (spec: object, metadata: object = {}): Lab => ({ metadata: { name: 'smith', ...metadata }, spec: LabSpec.parse(spec) }) as Lab;
const grant = (spec: object, metadata: object = {}): DataGrant =>
  ({
    metadata: { name: 'krios', namespace: 'lab-smith', ...metadata },
    spec: { volume: 'raw', paths: ['a/b'], subjects: [{ kind: 'Lab', name: 'jones' }], ...spec },
  }) as DataGrant;

test.for(
  Object.entries({
    'a member without roles has none of their own': {
      given: lab({ members: [{ user: 'jo' }] }),
      want: { members: [{ user: 'jo', roles: [] }] },
    },
    'whoever made new data holds full-read-write over it unless the lab says otherwise (CE-15)': {
      given: lab({}),
      want: { newDataRole: 'full-read-write', visibility: 'Lab', defaultRoles: [] },
    },
    'the lab says otherwise (CE-14, GX-7)': {
      given: lab({ defaults: { newDataRole: 'read-only', visibility: 'Public', roles: ['read-only'] } }),
      want: { newDataRole: 'read-only', visibility: 'Public', defaultRoles: ['read-only'] },
    },
    'a suspended lab is suspended': { given: lab({ suspended: true }), want: { suspended: true } },
    'a period without contacts names those of the lab (CM-23)': {
      given: lab({
        contacts: [{ name: 'Jo', email: 'jo@uni.edu' }],
        groups: [{ name: 'students' }],
        inactivity: [{ group: 'students', maxInactivity: '36h', message: 'Write to Jo.', comment: 'internal' }],
      }),
      want: {
        inactivity: [{ group: 'students', maxMs: 129_600_000, message: 'Write to Jo.', contacts: [{ name: 'Jo', email: 'jo@uni.edu' }] }],
      },
    },
    'a date that cannot be read has passed': {
      given: { ...lab({}), spec: { members: [{ user: 'jo', expiresAt: 'soon' }] } } as Lab,
      want: { members: [{ user: 'jo', roles: [], expiresAt: -Infinity }] },
    },
  }),
)('%s', ([, { given, want }]) => {
  expect(labFacts(given)).toMatchObject(want);
});

test('the comment of a period is for those who manage the lab (CM-21)', () => {
  const facts = labFacts(lab({ groups: [{ name: 'g' }], inactivity: [{ group: 'g', maxInactivity: '1h', comment: 'internal' }] }));
  expect(JSON.stringify(facts)).not.toContain('internal');
});

test.for(
  Object.entries({
    'an Allow that names nothing gives read': { given: grant({}), want: { effect: 'Allow', permissions: ['read'], roles: [] } },
    'an Allow that names a role gives that role alone': { given: grant({ roles: ['gates'] }), want: { permissions: [], roles: ['gates'] } },
    'a Restrict gives nothing': { given: grant({ effect: 'Restrict' }), want: { effect: 'Restrict', permissions: [] } },
    'derived data needs no subjects': {
      given: grant({ subjects: undefined, derivedFrom: [{ lab: 'em', volume: 'raw', path: 'c/d' }] }),
      want: { subjects: [], derivedFrom: [{ lab: 'em', volume: 'raw', path: ['c', 'd'] }] },
    },
    'times are instants': {
      given: grant({ notBefore: '1970-01-01T00:00:01Z', expiresAt: '1970-01-01T00:00:02Z' }),
      want: { notBefore: 1000, expiresAt: 2000 },
    },
    'its lab is that of the namespace': { given: grant({}), want: { lab: 'smith', name: 'krios', paths: [['a', 'b']] } },
  }),
)('%s', ([, { given, want }]) => {
  expect(grantFacts(given)).toMatchObject(want);
});

test.for(
  Object.entries({
    'outside of a lab': grant({}, { namespace: 'default' }),
    'that is being deleted': grant({}, { deletionTimestamp: '2026-05-12T08:00:00Z' }),
  }),
)('a grant %s says nothing', ([, given]) => {
  expect(grantFacts(given)).toBeUndefined();
});

test('a lab that is being deleted is not suspended: its kind alone may be going, and then its people stay', () => {
  expect(labFacts(lab({}, { deletionTimestamp: '2026-05-12T08:00:00Z' }))).not.toHaveProperty('suspended');
});

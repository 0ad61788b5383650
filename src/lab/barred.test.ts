import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { barred, contact } from './barred.ts';

const now = new Date('2026-05-12T08:00:00Z');
const later = '2026-05-12T08:00:01Z';
const always = '1970-01-01T00:00:00Z';
const lab = aLab('smith');
const roles = ['read-only'];

test.for(
  Object.entries({
    'nobody whose membership has no end': { lab: lab.with('jo', 'read-only'), want: [] },
    'a member with an end, from it on, long before it comes': {
      lab: lab.member({ user: 'jo', roles, expiresAt: later }),
      want: [{ user: 'jo', from: later }],
    },
    'a member whose end has come, whatever the time': {
      lab: lab.member({ user: 'jo', roles, expiresAt: now.toISOString() }),
      want: [{ user: 'jo', from: always }],
    },
    'a suspended member, whatever the time, even with an end to come': {
      lab: lab.member({ user: 'jo', roles, expiresAt: later, suspended: true }),
      want: [{ user: 'jo', from: always }],
    },
    'each in the order of their names': {
      lab: lab.member({ user: 'jo', roles, suspended: true }, { user: 'al', roles, suspended: true }),
      want: [
        { user: 'al', from: always },
        { user: 'jo', from: always },
      ],
    },
  }),
)('the API server bars %s', ([, { lab, want }]) => {
  expect(barred(lab.build().spec, now)).toEqual(want);
});

test('a refused person reads whom to ask', () => {
  expect(contact(lab.build().spec)).toBeUndefined();
  expect(contact(lab.contact('Jo Smith', 'jo@uni.edu').build().spec)).toBe('Jo Smith <jo@uni.edu>');
});

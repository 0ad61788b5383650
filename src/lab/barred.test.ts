import { describe, expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import type { InactivityFacts } from '../access/facts.ts';
import type { Inactive } from '../access/inactive.ts';
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
  expect(barred(lab.build().spec, [], now).barred ?? []).toEqual(want);
});

test('a refused person reads whom to ask', () => {
  expect(contact(lab.build().spec)).toBeUndefined();
  expect(contact(lab.contact('Jo Smith', 'jo@uni.edu').build().spec)).toBe('Jo Smith <jo@uni.edu>');
});

describe('somebody inactive', () => {
  const period = (change: Partial<InactivityFacts> = {}): InactivityFacts => ({ group: 'students', maxMs: 1, contacts: [], ...change });
  const unseen = (change: Partial<Inactive> = {}): Inactive => ({ user: 'al', period: period(), since: 0, externalGroups: [], ...change });
  const says = (change: Partial<InactivityFacts>, of = lab) => barred(of.build().spec, [unseen({ period: period(change) })], now).periods;

  test('is barred whatever the time, and only as long as the identity provider says so when the lab does not list the person', () => {
    const members = lab.member({ user: 'jo', roles, suspended: true });
    const { barred: people } = barred(members.build().spec, [unseen(), unseen({ user: 'aa', externalGroups: ['oidc:students'] })], now);
    expect(people).toEqual([
      { user: 'al', from: always, inactiveIn: 'students' },
      { user: 'jo', from: always },
      { user: 'aa', from: always, inactiveIn: 'students', externalGroups: ['oidc:students'] },
    ]);
  });

  test('CM-23, CM-24 reads the period, its message and its contacts, else those of the lab, else the facility', () => {
    const contacts = [{ name: 'Ada', email: 'ada@uni.edu' }];
    const why = 'inactive, because group students was not used for too long';
    expect(says({ message: 'Come to\nroom 1.', contacts })).toEqual([
      { group: 'students', message: `${why}; Come to room 1.; ask Ada <ada@uni.edu>` },
    ]);
    expect(says({}, lab.contact('Jo', 'jo@uni.edu'))?.[0]?.message).toBe(`${why}; ask Jo <jo@uni.edu>`);
    expect(says({})?.[0]?.message).toBe(`${why}; ask an administrator of the facility`);
  });

  test('reads as much as the API server shows, never half a character', () => {
    const message = says({ message: '\u{1F9EC}'.repeat(1000) })?.[0]?.message ?? '';
    expect(Buffer.byteLength(message)).toBeLessThan(3010);
    expect(message).toMatch(/^inactive, .*\u{1F9EC}…$/u);
  });

  test('is named before people of the identity provider, when there are more than a LabPolicy holds', () => {
    const many = Array.from({ length: 2500 }, (_, index) => unseen({ user: `a${index}`, externalGroups: ['oidc:all'] }));
    const { barred: people = [] } = barred(lab.build().spec, [...many, unseen({ user: 'zoe' })], now);
    expect([people.length, people[0]?.user]).toEqual([2000, 'zoe']);
  });
});

import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { isActive, isSubject, nextChange } from './grant.ts';

const now = new Date('2026-05-12T08:00:00Z');
const second = (offset: number) => new Date(now.getTime() + offset * 1000).toISOString();

test.for(
  Object.entries({
    'gives without end when no expiry is set': { grant: aDataGrant(), want: true },
    'gives until the second before its expiry': { grant: aDataGrant().until(second(1)), want: true },
    'gives nothing from the very instant of its expiry': { grant: aDataGrant().until(second(0)), want: false },
    'gives nothing once its deletion has begun': { grant: aDataGrant().deleting(), want: false },
  }),
)('%s', ([, { grant, want }]) => {
  expect(isActive(grant.build(), now)).toBe(want);
});

test('changes by itself at its expiry alone', () => {
  expect(nextChange(aDataGrant().build(), now)).toBeUndefined();
  expect(nextChange(aDataGrant().until(second(60)).build(), now)).toEqual(new Date(second(60)));
  expect(nextChange(aDataGrant().until(second(-60)).build(), now)).toBeUndefined();
});

test('names as subjects the labs of its list and no other', () => {
  const grant = aDataGrant().to('smith', 'jones').build();
  expect(['smith', 'jones', 'smi', 'microscopy'].map((lab) => isSubject(grant, lab))).toEqual([true, true, false, false]);
});

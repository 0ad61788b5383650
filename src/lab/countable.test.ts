import { expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { fieldManager } from '../api/labels.ts';
import type { ResourceQuota } from '../kube/kind.ts';
import { countable, isCounted } from './countable.ts';

const now = new Date('2026-05-12T08:00:00Z');
const grants = { 'count/datagrants.bulkhead.science': '500' };
const jobs = { 'count/jobs.batch': '1k' };

/** @param secondsAgo when the operator applied it */
const quota = (spec: object, hard: object, used: object, secondsAgo = 1) => ({
  ...stored<ResourceQuota>(
    {
      metadata: { name: 'bulkhead' },
      spec: { hard: { ...jobs, ...spec } },
      status: { hard: { ...jobs, ...hard }, used: { ...jobs, ...used } },
    },
    {},
  ),
  metadata: {
    ...stored<ResourceQuota>({ metadata: { name: 'bulkhead' } }, {}).metadata,
    managedFields: [{ manager: fieldManager, operation: 'Apply', time: new Date(now.getTime() - secondsAgo * 1000).toISOString() }],
  },
});

test.for(
  Object.entries({
    'there is no quota yet': { live: undefined, ownKinds: true },
    'nobody has looked at the quota yet': { live: { ...quota(grants, {}, {}), status: {} }, ownKinds: true },
    'they are counted': { live: quota(grants, grants, grants), ownKinds: true },
    'the quota controller has looked and could not count them': { live: quota(grants, grants, {}), ownKinds: false, again: 30 },
    'they were left out a moment ago': { live: quota({}, {}, {}, 10), ownKinds: false, again: 20 },
    'they were left out long ago': { live: quota({}, {}, {}, 30), ownKinds: true },
  }),
)('our own kinds are limited or not when %s', ([, { live, ownKinds, ...rest }]) => {
  const again = 'again' in rest && rest.again !== undefined ? { again: new Date(now.getTime() + rest.again * 1000) } : {};
  expect(countable(live, now)).toEqual({ ownKinds, ...again });
});

test.for(
  Object.entries({
    'every limit was looked at': { live: quota(grants, grants, grants), want: true },
    'one of our own kinds has no count': { live: quota(grants, grants, {}), want: false },
    'a new limit was not looked at': { live: quota(grants, {}, {}), want: false },
    'nothing was looked at': { live: { ...quota({}, {}, {}), status: {} }, want: false },
    // nobody can make objects of a kind that is not installed
    'a foreign kind has no count': { live: quota({ 'count/a.b.c': '1' }, { 'count/a.b.c': '1' }, {}), want: true },
  }),
)('a quota is counted, or not, when %s', ([, { live, want }]) => {
  expect(isCounted(live)).toBe(want);
});

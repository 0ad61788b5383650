import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { visitOf } from '../access/visit.ts';
import { createLogger } from '../kube/log.ts';
import { Visits } from './visits.ts';

const minute = 60_000;
function stage({ fails = false } = {}) {
  const model = aFacility()
    .lab('smith', (lab) => lab.member('jo', 'read-only').suspended('ex', 'read-only'))
    .model();
  const written: string[] = [];
  const visits = new Visits(async (lease) => {
    const visit = visitOf(lease);
    written.push(`${visit?.user} ${(visit?.at ?? 0) / minute}`);
    if (fails) throw new Error('no');
  }, createLogger('silent'));
  return {
    model,
    written,
    visit: (user: string | undefined, at: number, lab = 'smith') =>
      visits.record(model, lab, user === undefined ? {} : { user }, at * minute),
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a visit is written at most once a minute', () => {
  const { written, visit } = stage();
  for (const at of [1, 1.5, 1.99, 2]) visit('jo', at);
  expect(written).toEqual(['jo 1', 'jo 2']);
});

test('what another copy has written is not written again', () => {
  const { model, written, visit } = stage();
  model.setLastSeen('smith', 'jo', 5 * minute);
  visit('jo', 5.5);
  expect(written).toEqual([]);
  visit('jo', 6);
  expect(written).toEqual(['jo 6']);
});

test('only people who have rights in the lab are there', () => {
  const { written, visit } = stage();
  visit('ex', 1);
  visit('stranger', 1);
  visit(undefined, 1);
  visit('jo', 1, 'other');
  expect(written).toEqual([]);
});

test('CM-18 being there brings nobody back who is inactive', () => {
  const model = aFacility()
    .lab('smith', (lab) => lab.group('g', { users: ['jo'] }).inactive('g', minute, ''))
    .model();
  model.setLastSeen('smith', 'jo', 0);
  const written: unknown[] = [];
  const visits = new Visits(async (lease) => written.push(lease), createLogger('silent'));
  visits.record(model, 'smith', { user: 'jo' }, 10 * minute);
  expect(written).toEqual([]);
});

test('what could not be written is tried again at the next visit', async () => {
  const { written, visit } = stage({ fails: true });
  visit('jo', 1);
  await settled();
  visit('jo', 1.1);
  expect(written).toHaveLength(2);
});

import { expect, test } from 'vitest';
import { isWork, isWrite, parse, summary } from './auditlog.ts';

const event = (changes: object = {}) =>
  JSON.stringify({
    stage: 'ResponseComplete',
    verb: 'patch',
    requestURI: '/apis/bulkhead.science/v1alpha1/labs/smith/status?fieldManager=bulkhead',
    user: { username: 'operator' },
    objectRef: { resource: 'labs', subresource: 'status', name: 'smith' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2026-05-12T08:00:00.500000Z',
    ...changes,
  });

test('reads who asked what, and when', () => {
  expect(parse(event())).toEqual([
    {
      user: 'operator',
      verb: 'patch',
      resource: 'labs/status',
      object: 'smith',
      code: 200,
      isDryRun: false,
      at: Date.parse('2026-05-12T08:00:00.5Z'),
    },
  ]);
});

test('counts a request once, when it is answered', () => {
  expect(parse(event({ stage: 'ResponseStarted' }))).toEqual([]);
});

test.for(
  Object.entries({
    'a patch is a write': { changes: {}, work: true, write: true },
    'a read is none': { changes: { verb: 'get' }, work: true, write: false },
    'a dry run stores nothing': { changes: { verb: 'create', requestURI: '/api/v1/pods?dryRun=All' }, work: true, write: false },
    'a watch is no work': { changes: { verb: 'watch' }, work: false, write: false },
    'renewing the Lease is no work': { changes: { verb: 'update', objectRef: { resource: 'leases' } }, work: false, write: true },
  }),
)('%s', ([, { changes, work, write }]) => {
  const [request] = parse(event(changes));
  expect([isWork(request!), isWrite(request!)]).toEqual([work, write]);
});

test('sums up what the requests were', () => {
  const refused = { verb: 'create', objectRef: { resource: 'pods' }, requestURI: '/api/v1/pods?dryRun=All', responseStatus: { code: 403 } };
  expect(summary([event(), event(refused), event()].flatMap(parse))).toBe('2 patch labs/status, 1 create pods (dry run) (403)');
});

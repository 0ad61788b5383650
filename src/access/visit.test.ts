import { expect, test } from 'vitest';
import { visitLease, visitOf } from './visit.ts';

const visit = { lab: 'smith', user: 'Jo Smith+a@uni.edu', at: Date.parse('2026-05-12T08:00:00.123Z') };

test('a visit is a Lease of the operator under a name that any user has, and is read from it', () => {
  const lease = visitLease(visit);
  expect(lease).toMatchObject({
    metadata: {
      name: expect.stringMatching(/^visit-[0-9a-f]{40}$/),
      namespace: 'lab-smith',
      labels: { 'bulkhead.science/managed': 'true' },
    },
    spec: { holderIdentity: visit.user, renewTime: '2026-05-12T08:00:00.123000Z' },
  });
  expect(visitOf(lease)).toEqual(visit);
});

test('a Lease that says anything else is no visit', () => {
  const lease = visitLease(visit);
  expect(visitOf({ ...lease, spec: { ...lease.spec, holderIdentity: 'al' } })).toBeUndefined(); // under the name of another person
  expect(visitOf({ ...lease, metadata: { ...lease.metadata, namespace: 'kube-system' } })).toBeUndefined();
  expect(visitOf({ ...lease, spec: { holderIdentity: visit.user } })).toBeUndefined();
});

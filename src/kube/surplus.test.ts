import { expect, test } from 'vitest';
import { surplus } from './surplus.ts';

const wanted = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };

test.for<[string, object, object | undefined]>([
  ['what is equal has none', { ...wanted }, undefined],
  ['nor what lacks something, which an apply brings back', { podSelector: {} }, undefined],
  ['nor what holds something empty', { ...wanted, ingress: [] }, undefined],
  ['a field that we never mention is surplus, and a patch takes it away', { ...wanted, ingress: [{}] }, { ingress: null }],
  ['so is one inside of an object that we do mention', { claimRef: { name: 'a' }, nodeAffinity: { required: {} } }, { nodeAffinity: null }],
  ['a list that we own is compared by whoever applies it', { policyTypes: ['Ingress'] }, undefined],
])('%s', ([, live, patch]) => {
  expect(surplus({ ...wanted, claimRef: { name: 'a' } }, live)).toEqual(patch);
});

test('fields that others fill in are expected, and only those', () => {
  const live = { claimRef: { name: 'a', uid: 'u', fieldPath: 'x' } };
  expect(surplus({ claimRef: { name: 'a' } }, live, ['claimRef.uid'])).toEqual({ claimRef: { fieldPath: null } });
});

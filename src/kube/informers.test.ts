// What becomes of the informers that slices ask for.
import { expect, test } from 'vitest';
import { mergeInformers } from './informers.ts';
import { Namespaces, Pods } from './kind.ts';

const byName = () => ['name'];

test('a kind that two slices need is watched once, with the indices of both', () => {
  const merged = mergeInformers([{ kind: Pods, indices: { byName } }], [{ kind: Pods, indices: { byNode: byName } }, { kind: Namespaces }]);
  expect(merged).toEqual([{ kind: Pods, indices: { byName, byNode: byName } }, { kind: Namespaces }]);
});

test('one index that two slices share stands once', () => {
  expect(mergeInformers([{ kind: Pods, indices: { byName } }], [{ kind: Pods, indices: { byName } }])).toHaveLength(1);
});

test('two selections of one kind are an error: one slice would miss objects', () => {
  expect(() => mergeInformers([{ kind: Pods, labelSelector: 'a=b' }], [{ kind: Pods }])).toThrow('Pod is asked for with label selector');
});

test('two meanings of one index are an error', () => {
  expect(() => mergeInformers([{ kind: Pods, indices: { byName } }], [{ kind: Pods, indices: { byName: () => [] } }])).toThrow('"byName"');
});

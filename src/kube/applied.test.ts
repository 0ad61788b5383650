import { expect, test } from 'vitest';
import { isApplied } from './applied.ts';
import type { KubeObject } from './object.ts';

const entry = (fieldsV1: object, more: object = {}) => ({ manager: 'bulkhead', operation: 'Apply', fieldsV1, ...more });
const live = (spec: object, ...managedFields: object[]) => ({ metadata: { name: 'x', managedFields }, spec }) as unknown as KubeObject;
const intent = (spec: object) => ({ metadata: { name: 'x', uid: 'ignored' }, spec }) as unknown as KubeObject;
const leaf = {};
const hard = { 'f:spec': { 'f:hard': { 'f:memory': leaf } } };
const ports = { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': leaf, 'f:port': leaf } } } };
const owners = { 'f:spec': { 'f:owners': { 'k:{"uid":"u"}': leaf } } };
const names = { 'f:spec': { 'f:names': { 'v:"a"': leaf, 'v:"b"': leaf } } };
const atomic = { 'f:spec': { 'f:selector': leaf } };
const flag = { 'f:spec': { 'f:flag': leaf } };

test.for(
  Object.entries({
    'holds when our fields and their values are the intent': [{ flag: true }, live({ flag: true, other: 1 }, entry(flag)), true],
    'does not hold when a value differs': [{ flag: true }, live({ flag: false }, entry(flag)), false],
    'does not hold when nothing was ever applied by us': [{ flag: true }, live({ flag: true }), false],
    'does not hold when the value is right but somebody else’s': [
      { flag: true },
      live({ flag: true }, entry(flag, { manager: 'kubectl' })),
      false,
    ],
    'does not hold by our updates, only by our applies': [
      { flag: true },
      live({ flag: true }, entry(flag, { operation: 'Update' })),
      false,
    ],
    'does not hold by what we applied to the status': [{ flag: true }, live({ flag: true }, entry(flag, { subresource: 'status' })), false],
    'does not hold when the intent has dropped a field that is ours': [{}, live({ flag: true }, entry(flag)), false],
    'takes undefined for a field that is not there': [{ flag: true, gone: undefined }, live({ flag: true }, entry(flag)), true],
    'takes a dropped empty value that is ours as equal': [{ flag: false }, live({}, entry(flag)), true],
    'does not take a dropped value as equal when it is not empty': [{ flag: true }, live({}, entry(flag)), false],
    'takes equal quantities as equal': [{ hard: { memory: '2048Mi' } }, live({ hard: { memory: '2Gi' } }, entry(hard)), true],
    'takes a number and its quantity as equal': [{ hard: { memory: 2000 } }, live({ hard: { memory: '2k' } }, entry(hard)), true],
    'tells decimal from binary': [{ hard: { memory: '2G' } }, live({ hard: { memory: '2Gi' } }, entry(hard)), false],
    'compares other strings as they are': [{ flag: '1024Mi' }, live({ flag: '1Gi' }, entry(flag)), false],
    'finds the item of a list by its keys, with the default of a key': [
      { ports: [{ port: 80 }] },
      live({ ports: [{ port: 81 }, { port: 80, protocol: 'TCP', nodePort: 30_000 }] }, entry(ports)),
      true,
    ],
    'does not hold when an item was dropped': [{ ports: [] }, live({ ports: [{ port: 80, protocol: 'TCP' }] }, entry(ports)), false],
    'does not hold when an item was added': [
      { ports: [{ port: 80 }, { port: 81 }] },
      live(
        {
          ports: [
            { port: 80, protocol: 'TCP' },
            { port: 81, protocol: 'TCP' },
          ],
        },
        entry(ports),
      ),
      false,
    ],
    'compares an item that is replaced whole': [
      { owners: [{ uid: 'u', kind: 'Lab' }] },
      live({ owners: [{ uid: 'u', kind: 'Lab' }] }, entry(owners)),
      true,
    ],
    'sees a change of such an item': [{ owners: [{ uid: 'u' }] }, live({ owners: [{ uid: 'u', controller: true }] }, entry(owners)), false],
    'compares a set in any order': [{ names: ['b', 'a'] }, live({ names: ['a', 'b', 'c'] }, entry(names)), true],
    'misses a member of a set': [{ names: ['b', 'c'] }, live({ names: ['a', 'b', 'c'] }, entry(names)), false],
    'compares what is replaced whole as a whole': [{ selector: { a: '1' } }, live({ selector: { a: '1', b: '2' } }, entry(atomic)), false],
    'knows what the server fills in there': [
      { selector: [{ port: 80 }] },
      live({ selector: [{ port: 80, protocol: 'TCP' }] }, entry(atomic)),
      true,
    ],
    'keeps the order of a list that is replaced whole': [{ selector: ['a', 'b'] }, live({ selector: ['b', 'a'] }, entry(atomic)), false],
  } as const),
)('%s', ([, [spec, object, want]]) => {
  expect(isApplied(intent(spec), object, 'bulkhead')).toBe(want);
});

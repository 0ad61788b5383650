// What the configuration document may say, and how a mistake in it is named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { Config, parseConfig } from './config.ts';

const values = parse(readFileSync(join(import.meta.dirname, '../charts/bulkhead/values.yaml'), 'utf8'));

test('a document with an image alone is complete', () => {
  expect(parseConfig('image: operator:1', 'test')).toMatchObject({ gpuResource: 'nvidia.com/gpu', ports: { blockSize: 16 } });
});

test('the values of the chart state exactly the defaults of the operator', () => {
  expect(Config.parse({ image: 'operator:1', ...values.config })).toEqual(Config.parse({ image: 'operator:1' }));
});

test.for<[string, string]>([
  ['identity: {first: 10, last: 20}', 'identity.first: Too small: expected number to be >=1000 (is 10)'],
  ['identity: {first: 3000, last: 2000}', 'identity: first must not be above last (is {"first":3000,"last":2000})'],
  ['ports: {first: 31000, last: 31007, blockSize: 16}', 'ports: the range must hold at least one block'],
  [
    'storage: {backends: [{name: gpfs, type: hostPath, path: data/}]}',
    'storage.backends[0].path: must be an absolute path without a trailing slash (is "data/")',
  ],
  ['storage: {backends: [{name: a, type: hostPath, path: /a}, {name: a, type: hostPath, path: /b}]}', 'two backends have the same name'],
  ['storage: {backends: [{name: a, type: hostPath, path: /a}, {name: b, type: hostPath, path: /a/b}]}', 'a backend lies inside another'],
  ['storage: {backends: [{name: gpfs, type: tape, path: /a}]}', 'storage.backends[0].type: '],
  ['colour: red', 'Unrecognized key: "colour"'],
  ['image: [', 'is not YAML'],
])('%s is refused by name', ([text, message]) => {
  expect(() => parseConfig(`${text.startsWith('image') ? '' : 'image: operator:1\n'}${text}`, 'facility.yaml')).toThrow(message);
  expect(() => parseConfig(text, 'facility.yaml')).toThrow('facility.yaml');
});

test('a missing image is named', () => {
  expect(() => parseConfig('{}', 'test')).toThrow('image: Invalid input: expected string, received undefined');
});

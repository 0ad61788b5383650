import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { definitions } from '../../src/api/kinds.ts';
import { namespaceOf } from '../../src/api/names.ts';
import { ChartValues } from '../../src/chartvalues.ts';
import { exampleDirectory, exampleObjects } from './examples.ts';

const labs = await exampleObjects('labs');
const instances = await exampleObjects('instances');

test.for([...labs, ...instances].map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
  '%s fits its kind',
  ([, object]) => {
    const schema = definitions.find(({ kind }) => kind.kind === object.kind)?.spec as z.ZodType;
    const { data, error } = schema.safeParse(object.spec);
    expect(error?.issues ?? []).toEqual([]);
    expect(data).toMatchObject(object.spec); // a field that the kind does not have would be dropped
    expect(Object.keys(data as object)).toEqual(expect.arrayContaining(Object.keys(object.spec)));
  },
);

test('what lives in a lab comes in the wave after the labs, and into a lab that is there', () => {
  const namespaces = labs.map(({ metadata }) => namespaceOf(metadata.name));
  for (const { metadata } of instances) expect(namespaces).toContain(metadata.namespace);
  const waves = (objects: typeof labs) => objects.map(({ metadata }) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave']));
  expect(Math.max(...waves(labs))).toBeLessThan(Math.min(...waves(instances)));
});

test('the values fit the chart', async () => {
  const values = parse(await readFile(path.join(exampleDirectory, 'values.yaml'), 'utf8')) as object;
  const { error } = ChartValues.partial().safeParse(values);
  expect(error?.issues ?? []).toEqual([]);
});

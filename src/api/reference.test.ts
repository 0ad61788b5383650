// What the reference pages say of a schema.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { customResourceDefinition } from './customresourcedefinition.ts';
import type { Definition } from './kinds.ts';
import { configurationPage, kindPage, reasonsPage } from './reference.ts';
import { cel, listSet } from './schema.ts';

const definition: Definition = {
  kind: { kind: 'Ship', plural: 'ships', namespaced: true },
  shortNames: ['sh'],
  description: 'Floats.',
  spec: z.object({
    bulkheads: z.int().min(1).max(9).describe('How many.'),
    holds: z
      .array(z.object({ name: z.string().max(9).describe('Its name.') }).meta(cel(['true', 'is dry'])))
      .max(3)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Where things go.'),
    flags: z
      .array(z.enum(['A|B', 'C']))
      .optional()
      .meta(listSet)
      .describe('Shown.'),
  }),
  reasons: { Sunk: 'It is below.' },
  columns: [],
};
const page = kindPage(definition, customResourceDefinition(definition));

test('a field says whether it is required, what it holds and its bounds', () => {
  expect(page).toContain('| `spec.bulkheads` (required) | integer | How many. From 1 to 9. |');
  expect(page).toContain('| `spec.holds[].name` (required) | string | Its name. At most 9 characters. |');
});

test('a rule on the items of a list stands with the list', () => {
  expect(page).toContain('| `spec.holds` | list of object | Where things go. At most 3. Rule: is dry. |');
});

test('a bar in a value does not end the cell', () => {
  expect(page).toContain('list of `A\\|B`, `C`');
});

test('every reason is listed under its kind, and the page of the kind leads there', () => {
  expect(reasonsPage([definition])).toContain('## Ship\n\n| Reason | Meaning |\n|---|---|\n| `Sunk` | It is below. |');
  expect(page).toContain('(reasons.md#ship)');
});

test('a field that only one of several forms has is not required', () => {
  const place = z.discriminatedUnion('type', [
    z.object({ type: z.literal('dock').describe('On land.'), name: z.string() }),
    z.object({ type: z.literal('sea').describe('Afloat.'), name: z.string(), depth: z.int().min(1) }),
  ]);
  const text = configurationPage(z.toJSONSchema(z.object({ place }), { target: 'draft-7' }));
  expect(text).toContain('| `place.type` (required) | string | `dock`: On land. `sea`: Afloat. |');
  expect(text).toContain('| `place.name` (required) |');
  expect(text).toContain('| `place.depth` | integer |');
});

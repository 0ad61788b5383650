// What a zod schema becomes in a CRD, and what is refused before an API server could refuse or drop it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { cel, listSet } from './schema.ts';
import { structuralSchema } from './structural.ts';

const field = (schema: z.ZodType) => structuralSchema(z.object({ field: schema.describe('A field.') }), 'Kind.spec').properties?.field;

test('whole numbers get the format that holds their bounds', () => {
  expect(field(z.int())).toEqual({ type: 'integer', format: 'int64', description: 'A field.' });
  expect(field(z.int().min(1).max(9))).toEqual({ type: 'integer', format: 'int32', minimum: 1, maximum: 9, description: 'A field.' });
});

test('a defaulted field is optional', () => {
  const schema = structuralSchema(z.object({ field: z.object({}).prefault({}).describe('A field.') }), 'Kind.spec');
  expect(schema.required).toBeUndefined();
  expect(schema.properties?.field?.default).toEqual({});
});

test('an instant has a format for the calendar and a short pattern for UTC', () => {
  const { format, pattern = '' } = field(z.iso.datetime()) ?? {};
  expect(format).toBe('date-time');
  expect('2026-05-12T08:00:00Z').toMatch(new RegExp(pattern));
  expect('2026-05-12T08:00:00.5Z').toMatch(new RegExp(pattern));
  expect('2026-05-12T08:00:00+02:00').not.toMatch(new RegExp(pattern));
  expect('2026-05-12').not.toMatch(new RegExp(pattern));
});

test('a strict object is closed by pruning, not by additionalProperties', () => {
  expect(field(z.strictObject({ a: z.string().describe('A.') }))).not.toHaveProperty('additionalProperties');
});

test('CEL rules and list types come through optional and default', () => {
  const rule = cel(['self != "x"', 'must not be x']);
  expect(field(z.string().max(9).meta(rule).optional())).toMatchObject(rule);
  expect(field(z.array(z.string()).max(9).optional().meta(listSet))).toMatchObject(listSet);
});

test.for<[string, z.ZodType, string]>([
  ['an array without a list type', z.array(z.string()), 'Kind.spec.field: every array must declare its list type'],
  ['a union', z.union([z.string(), z.int()]), 'Kind.spec.field: a CRD cannot say "anyOf"'],
  ['anything at all', z.unknown(), 'Kind.spec.field: a CRD needs one type'],
  ['a pattern with look-ahead', z.string().regex(/^(?!a)/), 'Kind.spec.field: the pattern ^(?!a) is not RE2'],
  ['a format that the API server ignores', z.email(), 'the API server ignores the format "email"'],
  ['a string without bound under a rule', z.string().meta(cel(['true', ''])), 'Kind.spec.field: needs a maximum length'],
  [
    'an unbounded list below a rule',
    z.object({ list: z.array(z.int()).meta(listSet).describe('A list.') }).meta(cel(['true', ''])),
    'Kind.spec.field.list: needs a maximum number of items',
  ],
  ['a field without description', z.object({ inner: z.string() }), 'Kind.spec.field.inner: needs a description'],
])('refuses %s and names the field', ([, schema, message]) => {
  expect(() => field(schema)).toThrow(message);
});

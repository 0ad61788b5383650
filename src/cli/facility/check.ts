// Whether the API server would take a manifest: its zod schema, the CEL rules of its CRD, unknown fields, keys that stand twice. Pure.
import { z } from 'zod';
import { type Definition, definitions } from '../../api/kinds.ts';
import { holds } from './cel.ts';

export interface Issue {
  /** Where in the object, as names of fields and positions in lists. */
  path: (string | number)[];
  message: string;
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
}

export interface Written {
  kind?: string;
  metadata: { name: string };
  spec?: unknown;
}

/** @param before what it would replace: rules about changes are judged against it; absent: it is new */
export function issuesOf(object: Written, before?: Written): Issue[] {
  const definition = definitionOf(object.kind);
  if (!definition) return [];
  const spec = object.spec ?? {};
  const parsed = definition.spec.safeParse(spec, { reportInput: true });
  const ofSchema = parsed.success ? [] : parsed.error.issues.map(fromZod);
  const schema = schemaOf(definition);
  const ofRules = (definition.rules ?? []).filter(({ rule }) => holds(rule, { self: object }) === false);
  return [
    ...ofRules.map(({ message }): Issue => ({ path: ['metadata', 'name'], message })),
    ...ofSchema,
    ...[...look(schema, spec, before?.spec, ['spec'])].filter(({ path }) => !ofSchema.some((other) => startsWith(path, other.path))),
  ];
}

const definitionOf = (kind: string | undefined): Definition | undefined => definitions.find((known) => known.kind.kind === kind);

const schemas = new Map<Definition, Schema>();
function schemaOf(definition: Definition): Schema {
  let schema = schemas.get(definition);
  if (!schema) {
    schema = z.toJSONSchema(definition.spec, { target: 'openapi-3.0', io: 'input' }) as Schema;
    schemas.set(definition, schema);
  }
  return schema;
}

function fromZod(issue: z.core.$ZodIssue): Issue {
  const value = issue.input === undefined || typeof issue.input === 'object' ? '' : ` (is ${JSON.stringify(issue.input)})`;
  const message = issue.input === undefined && issue.code === 'invalid_type' ? 'is required' : issue.message;
  return { path: ['spec', ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))], message: message + value };
}

/** Rules from the outside in: what is wrong inside is often why the outside is. */
function* look(schema: Schema, value: unknown, before: unknown, path: Issue['path']): Generator<Issue> {
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    const aboutChange = /\boldSelf\b/.test(rule);
    if (aboutChange && before === undefined) continue;
    if (holds(rule, { self: value, ...(aboutChange && { oldSelf: before }) }) === false)
      yield { path, message: typeof value === 'object' ? message : `${message} (is ${JSON.stringify(value)})` };
  }
  if (Array.isArray(value)) yield* lookAtItems(schema, value, before, path);
  else if (typeof value === 'object' && value !== null) yield* lookAtFields(schema, value as Record<string, unknown>, before, path);
}

function* lookAtFields(schema: Schema, value: Record<string, unknown>, before: unknown, path: Issue['path']): Generator<Issue> {
  const { properties = {}, additionalProperties } = schema;
  for (const [name, part] of Object.entries(value)) {
    const inside = properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    const was = typeof before === 'object' && before !== null ? (before as Record<string, unknown>)[name] : undefined;
    if (inside) yield* look(inside, part, was, [...path, name]);
    else yield { path: [...path, name], message: `is no field here; there are ${Object.keys(properties).join(', ') || 'none'}` };
  }
}

function* lookAtItems(schema: Schema, items: unknown[], before: unknown, path: Issue['path']): Generator<Issue> {
  const keys = schema['x-kubernetes-list-map-keys'];
  const type = schema['x-kubernetes-list-type'];
  const keyOf = (item: unknown) => JSON.stringify(keys ? keys.map((key) => (item as Record<string, unknown> | null)?.[key]) : item);
  const old = new Map(Array.isArray(before) ? before.map((item) => [keyOf(item), item]) : []);
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if ((type === 'set' || type === 'map') && seen.has(key)) yield { path: [...path, index], message: 'stands twice in the list' };
    seen.add(key);
    if (schema.items) yield* look(schema.items, item, old.get(key), [...path, index]);
  }
}

const startsWith = (path: Issue['path'], start: Issue['path']): boolean => start.every((part, index) => path[index] === part);

/** `spec.members[1].user`. */
export const fieldText = (path: Issue['path']): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

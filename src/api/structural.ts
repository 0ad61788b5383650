// Turns a zod schema into the structural schema of a CRD. What the API server would refuse, silently drop, or charge too much
// for is an error here, with the path of the field: a schema that passes is accepted without a warning.
import { RE2JS } from 're2js';
import { z } from 'zod';
import type { ValidationRule } from './schema.ts';

export interface StructuralSchema {
  type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  enum?: string[];
  format?: string;
  pattern?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  'x-kubernetes-validations'?: ValidationRule[];
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
}

type Node = Record<string, unknown>;

const copied = new Set([
  'type',
  'description',
  'required',
  'enum',
  'default',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);
const converted = new Set(['properties', 'items', 'additionalProperties', 'format', 'pattern', 'minimum', 'maximum']);
const int32 = 2_147_483_647;
/** zod's own pattern knows leap years and is unreadable in a refusal; that the day exists is checked by the format. */
const instant = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$';

/** @param path where the schema stands, for messages, for example `Lab.spec`
 *  @throws Error naming the path, when the schema says something that a CRD cannot */
export function structuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw', cycles: 'throw' });
  return convert(json as Node, path, false);
}

/** @param ruled whether a CEL rule on this node or above it reads the node: then its size must be bounded */
function convert(node: Node, path: string, ruled: boolean): StructuralSchema {
  for (const key of Object.keys(node)) {
    if (!copied.has(key) && !converted.has(key)) throw new Error(`${path}: a CRD cannot say "${key}"; write the schema in another way`);
  }
  const result = Object.fromEntries(Object.entries(node).filter(([key]) => copied.has(key))) as unknown as StructuralSchema;
  if (!result.type) throw new Error(`${path}: a CRD needs one type for every field; avoid unions and unknown`);
  const underRule = ruled || 'x-kubernetes-validations' in node;
  if (result.type === 'integer') Object.assign(result, integerBounds(node));
  if (result.type === 'string') Object.assign(result, stringForm(node, path));
  if (result.type === 'array') {
    if (!result['x-kubernetes-list-type']) throw new Error(`${path}: every array must declare its list type (listSet, listMap or atomic)`);
    result.items = convert(node.items as Node, `${path}[]`, underRule);
  }
  if (node.properties) result.properties = convertProperties(node.properties as Record<string, Node>, path, underRule);
  if (typeof node.additionalProperties === 'object') {
    result.additionalProperties = convert(node.additionalProperties as Node, `${path}{}`, underRule);
  }
  if (underRule) requireBound(result, path);
  return result;
}

function convertProperties(properties: Record<string, Node>, path: string, ruled: boolean): Record<string, StructuralSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const child = `${path}.${name}`;
      if (!property.description) throw new Error(`${child}: needs a description; it is what \`kubectl explain\` prints`);
      return [name, convert(property, child, ruled)];
    }),
  );
}

/** zod bounds every integer by what a double holds exactly; a CRD says so by the format. */
function integerBounds({ minimum, maximum }: Node): Partial<StructuralSchema> {
  const bounds: Partial<StructuralSchema> = {};
  if (typeof minimum === 'number' && minimum !== Number.MIN_SAFE_INTEGER) bounds.minimum = minimum;
  if (typeof maximum === 'number' && maximum !== Number.MAX_SAFE_INTEGER) bounds.maximum = maximum;
  const fits = bounds.maximum !== undefined && bounds.maximum <= int32 && bounds.minimum !== undefined && bounds.minimum >= -int32;
  return { format: fits ? 'int32' : 'int64', ...bounds };
}

function stringForm({ format, pattern }: Node, path: string): Partial<StructuralSchema> {
  if (format === 'date-time') return { format, pattern: instant };
  if (format !== undefined) throw new Error(`${path}: the API server ignores the format ${JSON.stringify(format)}; use a pattern`);
  if (typeof pattern !== 'string') return {};
  const source = pattern.replaceAll('\\/', '/');
  try {
    RE2JS.compile(source);
  } catch (cause) {
    throw new Error(`${path}: the pattern ${source} is not RE2, which the API server compiles; avoid look-ahead and back-references`, {
      cause,
    });
  }
  return { pattern: source };
}

/** The API server estimates the cost of a rule from the largest value that it could meet. */
function requireBound(schema: StructuralSchema, path: string): void {
  const missing =
    (schema.type === 'string' && !schema.enum && !schema.format && schema.maxLength === undefined && 'a maximum length') ||
    (schema.type === 'array' && schema.maxItems === undefined && 'a maximum number of items') ||
    (schema.additionalProperties && schema.maxProperties === undefined && 'a maximum number of properties');
  if (missing) throw new Error(`${path}: needs ${missing}, because a CEL rule stands on it or above it`);
}

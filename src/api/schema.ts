// The vocabulary of the schemas: strings with a checked form, conditions, and what zod cannot say but a CRD can
// (CEL rules, list types). `generate.ts` carries every entry of .meta() over into the CRD as it stands.
import { z } from 'zod';

export interface ValidationRule {
  rule: string;
  message: string;
}

declare module 'zod' {
  interface GlobalMeta {
    'x-kubernetes-validations'?: ValidationRule[];
    'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
    'x-kubernetes-list-map-keys'?: string[];
    'x-kubernetes-int-or-string'?: boolean;
  }
}

/** CEL rules of one schema node, as `[rule, message]`; the message names what is allowed. */
export const cel = (...rules: [rule: string, message: string][]) => ({
  'x-kubernetes-validations': rules.map(([rule, message]) => ({ rule, message })),
});
export const listSet = { 'x-kubernetes-list-type': 'set' } as const;
export const listMap = (...keys: string[]) => ({ 'x-kubernetes-list-type': 'map' as const, 'x-kubernetes-list-map-keys': keys });

/** RFC 1123 label of at most 40 characters, so that names of child objects with a hash still fit into 63. */
export const dnsLabel = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

const segment = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';
/** One segment of a relative path. */
export const pathSegment = z
  .string()
  .max(100)
  .regex(new RegExp(`^${segment}$`));
/** The rule of a relative path, for fields that add rules of their own. One match: splitting exceeds the cost budget of CEL. */
export const relativePathRule: [rule: string, message: string] = [
  `self.matches('^${segment}(/${segment})*$')`,
  'must be segments of at most 100 letters, digits, ".", "_" and "-", each starting with a letter or digit, joined by single "/"; not absolute, no ".."',
];
/** A path below some root: segments joined by single slashes; no `..`, no hidden segment, never absolute (CS-3). */
export const relativePath = z.string().min(1).max(512).meta(cel(relativePathRule));

/** A Kubernetes quantity (`4`, `500m`, `16Gi`), kept as written and never normalised, so that GitOps tools see no difference. */
export const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/);

/** An absolute path inside a container. */
export const containerPath = z
  .string()
  .min(2)
  .max(256)
  .regex(/^(\/[A-Za-z0-9._-]+)+$/)
  .meta(cel(["!self.split('/').exists(s, s == '..' || s == '.')", 'must not contain "." or ".." as a segment']));

export const condition = z.object({
  type: z.string().max(316).describe('What the condition is about, in CamelCase.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: z.int().optional().describe('metadata.generation that the condition was computed from.'),
  lastTransitionTime: z.iso.datetime().describe('When the status last changed.'),
  reason: z.string().min(1).max(1024).describe('Why, as one CamelCase word; every reason is documented.'),
  message: z.string().max(32768).describe('Why, in words, with what to do about it.'),
});
export type Condition = z.output<typeof condition>;

/** What every status has. `observedGeneration` is -1 until the operator has looked at the object once. */
export const statusBase = {
  observedGeneration: z
    .int()
    .optional()
    .describe('metadata.generation that this status describes; -1 before the operator has seen the object.'),
  conditions: z
    .array(condition)
    .max(16)
    .meta(listMap('type'))
    .optional()
    .describe('Ready, Reconciling and Stalled as in kstatus, and one condition for each cause.'),
};

// Whether a policy or binding in the API server is the one that the chart installs. Compared by meaning: the API server writes defaults
// into what it stores, and nothing may be added either, because one more match condition or excluded rule is a hole.
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kube/kind.ts';

export type AdmissionObject = ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding;

type PolicySpec = NonNullable<ValidatingAdmissionPolicy['spec']>;
type BindingSpec = NonNullable<ValidatingAdmissionPolicyBinding['spec']>;
type Match = NonNullable<BindingSpec['matchResources']>;

/** Fields of the spec that differ, by name; none: the same.
 *  @param live never changed in place, as nothing in a cache is */
export function differences(wanted: AdmissionObject, live: AdmissionObject): string[] {
  const [want, have] = [textsOf(wanted), textsOf(live)];
  return [...new Set([...want.keys(), ...have.keys()])].filter((field) => (want.get(field) ?? '') !== (have.get(field) ?? '')).sort();
}

/** Every lab asks about the same few objects, at every look: they are written out once. */
const known = new WeakMap<AdmissionObject, Map<string, string>>();

function textsOf(object: AdmissionObject): Map<string, string> {
  const before = known.get(object);
  if (before) return before;
  const texts = new Map(Object.entries(written(object)).map(([field, value]) => [field, text(value)]));
  known.set(object, texts);
  return texts;
}

/** The spec with every default written out. */
function written({ spec = {} }: AdmissionObject): Record<string, unknown> {
  if ('policyName' in spec) return { ...spec, matchResources: match((spec as BindingSpec).matchResources) };
  const { failurePolicy = 'Fail', matchConstraints, ...rest } = spec as PolicySpec;
  return { failurePolicy, matchConstraints: match(matchConstraints), ...rest };
}

const match = ({ matchPolicy = 'Equivalent', resourceRules = [], excludeResourceRules = [], ...rest }: Match = {}) => ({
  matchPolicy,
  resourceRules: resourceRules.map(withScope),
  excludeResourceRules: excludeResourceRules.map(withScope),
  ...rest,
});
const withScope = (rule: NonNullable<Match['resourceRules']>[number]) => ({ scope: '*', ...rule });

/** Equal for equal meaning: keys in order, and an empty list or selector is none. */
const text = (value: unknown): string => JSON.stringify(plain(value)) ?? '';

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value.map(plain) : undefined;
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const parts = Object.entries(value)
    .map(([name, part]): [string, unknown] => [name, plain(part)])
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}

import { expect, test } from 'vitest';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kube/kind.ts';
import { type AdmissionObject, differences } from './installed.ts';
import { policies } from './policies.ts';

const settings = {
  operatorNamespace: 'bulkhead-system',
  operatorUser: 'system:serviceaccount:bulkhead-system:bulkhead',
  ports: { first: 31_000, last: 31_999, blockSize: 16 },
  backends: [{ name: 'local', type: 'hostPath' as const, path: '/gpfs/labs' }],
};
const all = policies(settings);
const policy = all.find(
  ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === 'bulkhead-pods',
) as ValidatingAdmissionPolicy;
const binding = all.find(
  ({ kind, metadata }) => kind?.endsWith('Binding') && metadata.name === 'bulkhead-pods',
) as ValidatingAdmissionPolicyBinding;

/** What the API server fills in. */
function stored(object: AdmissionObject): AdmissionObject {
  const copy = structuredClone(object);
  const match =
    'matchConstraints' in copy.spec! ? copy.spec.matchConstraints! : (copy as ValidatingAdmissionPolicyBinding).spec?.matchResources;
  if (match) {
    Object.assign(match, { matchPolicy: 'Equivalent', namespaceSelector: match.namespaceSelector ?? {}, objectSelector: {} });
    for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
  }
  return copy;
}

test.for(all.map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
  '%s is the same once it is stored',
  ([, object]) => {
    expect(differences(object, stored(object))).toEqual([]);
  },
);

type Spoil<T extends AdmissionObject> = (spec: NonNullable<T['spec']>) => void;

test.for<[string, Spoil<ValidatingAdmissionPolicy>, string]>([
  ['failures are let through', (spec) => (spec.failurePolicy = 'Ignore'), 'failurePolicy'],
  ['a condition is added', (spec) => (spec.matchConditions = [{ name: 'never', expression: 'false' }]), 'matchConditions'],
  [
    'a resource is excluded',
    (spec) => (spec.matchConstraints!.excludeResourceRules = [spec.matchConstraints!.resourceRules![0]!]),
    'matchConstraints',
  ],
  ['some objects are left out', (spec) => (spec.matchConstraints!.objectSelector = { matchLabels: { a: 'b' } }), 'matchConstraints'],
  ['some namespaces are left out', (spec) => (spec.matchConstraints!.namespaceSelector = { matchLabels: { a: 'b' } }), 'matchConstraints'],
  ['only the named version is matched', (spec) => (spec.matchConstraints!.matchPolicy = 'Exact'), 'matchConstraints'],
  ['a rule has another scope', (spec) => (spec.matchConstraints!.resourceRules![0]!.scope = 'Cluster'), 'matchConstraints'],
  ['a rule is gone', (spec) => spec.matchConstraints!.resourceRules!.pop(), 'matchConstraints'],
  ['a validation is gone', (spec) => spec.validations!.pop(), 'validations'],
  ['a validation says something else', (spec) => (spec.validations![0]!.expression = 'true'), 'validations'],
  ['a variable is another', (spec) => (spec.variables![0]!.expression = "'x'"), 'variables'],
  ['it takes other parameters', (spec) => (spec.paramKind!.kind = 'ConfigMap'), 'paramKind'],
])('a policy differs when %s', ([, spoil, field]) => {
  const live = stored(policy) as ValidatingAdmissionPolicy;
  spoil(live.spec!);
  expect(differences(policy, live)).toEqual([field]);
});

test.for<[string, Spoil<ValidatingAdmissionPolicyBinding>, string]>([
  ['it only writes to the audit log', (spec) => (spec.validationActions = ['Audit']), 'validationActions'],
  ['it binds another policy', (spec) => (spec.policyName = 'other'), 'policyName'],
  ['it takes other parameters', (spec) => (spec.paramRef!.name = 'other'), 'paramRef'],
  ['it lets through without parameters', (spec) => (spec.paramRef!.parameterNotFoundAction = 'Allow'), 'paramRef'],
  ['it takes parameters from another namespace', (spec) => (spec.paramRef!.namespace = 'default'), 'paramRef'],
  [
    'it leaves a lab out',
    (spec) => spec.matchResources!.namespaceSelector!.matchExpressions!.push({ key: 'a', operator: 'DoesNotExist' }),
    'matchResources',
  ],
  ['it leaves objects out', (spec) => (spec.matchResources!.objectSelector = { matchLabels: { a: 'b' } }), 'matchResources'],
  [
    'it leaves a resource out',
    (spec) =>
      (spec.matchResources!.excludeResourceRules = [{ apiGroups: [''], apiVersions: ['*'], operations: ['*'], resources: ['pods'] }]),
    'matchResources',
  ],
])('a binding differs when %s', ([, spoil, field]) => {
  const live = stored(binding) as ValidatingAdmissionPolicyBinding;
  spoil(live.spec!);
  expect(differences(binding, live)).toEqual([field]);
});

// The shape of the policies. What they refuse is tested against a real API server: test/attacks.
import { describe, expect, test } from 'vitest';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kube/kind.ts';
import { text } from './cel.ts';
import { type AdmissionSettings, policies } from './policies.ts';

const settings: AdmissionSettings = {
  operatorNamespace: 'bulkhead-system',
  operatorUser: 'system:serviceaccount:bulkhead-system:bulkhead',
  ports: { first: 31_000, last: 32_599, blockSize: 16 },
  backends: [{ name: 'local', type: 'hostPath', path: '/facility' }],
};
const objects = policies(settings);
const isPolicy = (object: (typeof objects)[number]): object is ValidatingAdmissionPolicy => object.kind === 'ValidatingAdmissionPolicy';
const all = objects.filter(isPolicy);
const bindings = objects.filter((object): object is ValidatingAdmissionPolicyBinding => !isPolicy(object));

describe.for(all.map((policy) => [policy.metadata.name, policy] as const))('%s', ([name, policy]) => {
  test('fails closed, denies, and stays when the chart is removed', () => {
    const binding = bindings.find(({ spec }) => spec?.policyName === name);
    expect(policy.spec).toMatchObject({ failurePolicy: 'Fail', matchConstraints: { matchPolicy: 'Equivalent' } });
    expect(binding?.spec?.validationActions).toEqual(['Deny']);
    for (const { metadata } of [policy, binding!])
      expect(metadata.annotations).toEqual({
        'helm.sh/resource-policy': 'keep',
        'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      });
  });

  test('never needs a LabPolicy for an object that exists, or a namespace without one could not be emptied', () => {
    const updates = (policy.spec?.matchConstraints?.resourceRules ?? []).filter(({ operations }) =>
      operations?.some((one) => one !== 'CREATE'),
    );
    if (policy.spec?.paramKind)
      expect(updates.flatMap(({ resources }) => resources)).toEqual(
        name === 'bulkhead-pods' ? ['pods/ephemeralcontainers', 'pods/resize'] : [],
      );
  });

  test('says in every refusal what is wrong', () => {
    for (const { messageExpression } of policy.spec?.validations ?? []) expect(messageExpression?.length).toBeGreaterThan(20);
  });
});

test('gives every policy one binding', () => {
  expect(bindings.map(({ spec }) => spec?.policyName).sort()).toEqual(all.map(({ metadata }) => metadata.name).sort());
});

test('passes expressions of a template through as they stand, and adds none', () => {
  const chart = JSON.stringify(
    policies({
      operatorNamespace: '{{ .Release.Namespace }}',
      operatorUser: 'system:serviceaccount:{{ .Release.Namespace }}:bulkhead',
      ports: { first: '{{ .Values.first }}', last: '{{ .Values.last }}', blockSize: '{{ .Values.size }}' },
      backends: '{{ .Values.backends }}',
    }),
  );
  expect([...new Set(chart.match(/\{\{.*?\}\}/g))].sort()).toEqual(
    ['{{ .Release.Namespace }}', '{{ .Values.backends }}', '{{ .Values.first }}', '{{ .Values.last }}', '{{ .Values.size }}'].sort(),
  );
  expect(JSON.stringify(objects)).not.toContain('{{');
});

test('refuses a setting that would end the CEL string it stands in', () => {
  expect(() => text("x' || true || '")).toThrow(RangeError);
});

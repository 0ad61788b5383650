// Makes a ValidatingAdmissionPolicy and its binding from what differs between policies. What all share stands here: they fail
// closed, deny, see every version of a kind, and stay when the chart is removed, because role bindings may remain.

import { apiVersion } from '../api/kinds.ts';
import { keepAnnotations, labLabel, managedLabel } from '../api/labels.ts';
import { policyName } from '../api/names.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kube/kind.ts';

type PolicySpec = NonNullable<ValidatingAdmissionPolicy['spec']>;
export type ResourceRule = NonNullable<NonNullable<PolicySpec['matchConstraints']>['resourceRules']>[number];
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*';

/** What must hold, and what the user reads when it does not: a CEL expression that gives the message. */
export interface Validation {
  expression: string;
  message: string;
}

export interface PolicyInput {
  name: string;
  /** `lab`: objects in lab namespaces only. `cluster`: everywhere, for cluster-scoped kinds and for what must not exist outside labs. */
  where: 'lab' | 'cluster';
  /** Reads the LabPolicy of the namespace as `params`; without one everything is refused. Such a policy must match CREATE only (and subresources that
   *  nobody needs for cleaning up): a missing parameter is refused before conditions are looked at, and would stop the deletion of a namespace. */
  perLab?: boolean;
  rules: ResourceRule[];
  excluded?: ResourceRule[];
  /** All must hold, else the policy has nothing to say. Keys are names. */
  conditions?: Record<string, string>;
  /** Named intermediate values, in order. */
  variables?: Record<string, string>;
  validations: Validation[];
}

export const rule = (apiGroup: string, apiVersion: string, operations: Operation[], resources: string[]): ResourceRule => ({
  apiGroups: [apiGroup],
  apiVersions: [apiVersion],
  operations,
  resources,
});

/** Stands in the policy as well as in its binding: a policy whose LabPolicies have no definition (any more) is refused before its binding is looked at,
 * and would else stop the pods of the whole cluster. */
const inLabs = { namespaceSelector: { matchExpressions: [{ key: labLabel, operator: 'Exists' }] } };

export function policy(input: PolicyInput): [ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding] {
  const metadata = {
    name: input.name,
    labels: { [managedLabel]: 'true' },
    annotations: keepAnnotations,
  };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        ...(input.perLab && { paramKind: { apiVersion, kind: 'LabPolicy' } }),
        matchConstraints: {
          matchPolicy: 'Equivalent',
          ...(input.where === 'lab' && inLabs),
          resourceRules: input.rules,
          ...(input.excluded && { excludeResourceRules: input.excluded }),
        },
        ...(input.conditions && { matchConditions: named(input.conditions) }),
        ...(input.variables && { variables: named(input.variables) }),
        validations: input.validations.map(({ expression, message }) => ({ expression, messageExpression: message, reason: 'Forbidden' })),
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: input.name,
        validationActions: ['Deny'],
        ...(input.perLab && { paramRef: { name: policyName, parameterNotFoundAction: 'Deny' } }),
        ...(input.where === 'lab' && { matchResources: inLabs }),
      },
    },
  ];
}

const named = (expressions: Record<string, string>) => Object.entries(expressions).map(([name, expression]) => ({ name, expression }));

// Ways in which somebody who may change admission policies takes one of them away; the attacks must notice each.
import { policies } from '../../../../src/admission/policies.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../../src/kube/kind.ts';
import type { Request } from '../../../../src/verify/actor.ts';
import { settings } from '../lab.ts';

/** A policy and its binding as the chart installs them. */
export interface PolicyWall {
  name: string;
  policy: ValidatingAdmissionPolicy;
  binding: ValidatingAdmissionPolicyBinding;
}

const isPolicy = (object: ReturnType<typeof policies>[number]): object is ValidatingAdmissionPolicy =>
  object.kind === 'ValidatingAdmissionPolicy';
const objects = policies(settings);
export const policyWalls: PolicyWall[] = objects.filter(isPolicy).map((policy) => ({
  name: policy.metadata.name,
  policy,
  binding: objects.find(
    (object): object is ValidatingAdmissionPolicyBinding => !isPolicy(object) && object.metadata.name === policy.metadata.name,
  )!,
}));

const collection = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic';
type Stored = ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding;
const pathOf = ({ kind }: Stored) => `${collection}${kind === 'ValidatingAdmissionPolicy' ? 'ies' : 'ybindings'}`;
const nameOf = (object: Stored) => `${pathOf(object)}/${object.metadata.name}`;
const make = (object: Stored): Request => ({ method: 'POST', path: pathOf(object), body: object });
const remove = (object: Stored): Request => ({ method: 'DELETE', path: nameOf(object) });
/** The specification of an object, made what it is in another. */
export const respecify = (object: Stored, spec = object.spec): Request => ({
  method: 'PATCH',
  path: nameOf(object),
  body: [{ op: 'replace', path: '/spec', value: spec }],
});

export interface Opening {
  open: (wall: PolicyWall) => Request;
  close: (wall: PolicyWall) => Request;
}

const nothing = { matchLabels: { 'nowhere.test/to-be-found': 'true' } };
const changedBinding = (change: (wall: PolicyWall) => object): Opening => ({
  open: (wall) => respecify(wall.binding, { ...wall.binding.spec, ...change(wall) }),
  close: ({ binding }) => respecify(binding),
});

export const openings: Record<string, Opening> = {
  'the policy is deleted': { open: ({ policy }) => remove(policy), close: ({ policy }) => make(policy) },
  'its binding is deleted': { open: ({ binding }) => remove(binding), close: ({ binding }) => make(binding) },
  'its binding only audits': changedBinding(() => ({ validationActions: ['Audit'] })),
  'its binding matches nothing': changedBinding(({ binding }) => ({
    // cluster-scoped objects are in no namespace that could be left out
    matchResources: binding.spec?.matchResources?.namespaceSelector ? { namespaceSelector: nothing } : { objectSelector: nothing },
  })),
  'a condition that never holds is added to the policy': {
    open: ({ policy }) =>
      respecify(policy, {
        ...policy.spec,
        matchConditions: [...(policy.spec?.matchConditions ?? []), { name: 'never', expression: 'false' }],
      }),
    close: ({ policy }) => respecify(policy),
  },
};

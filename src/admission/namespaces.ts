// bulkhead-namespaces: the label of a lab namespace is what every other policy binds to, so nobody but the operator makes such a
// namespace, removes it, or changes labels and owner of it, through any of the three endpoints that can.
import { group, labLabel } from '../api/labels.ts';
import { byOperator, byPlatform, objectName, sameLabels, subresource, text } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

/** Newer versions allow uid 0 in a user namespace. */
const podSecurityVersion = 'v1.34';

export function namespacesPolicy(settings: AdmissionSettings) {
  const operator = byOperator(settings);
  const labelOf = (object: string) => `${object}.metadata.?labels.orValue({})[?${text(labLabel)}].orValue('')`;
  return policy({
    name: 'bulkhead-namespaces',
    where: 'cluster',
    rules: [
      rule('', 'v1', ['CREATE', 'UPDATE', 'DELETE'], ['namespaces']),
      rule('', 'v1', ['UPDATE'], ['namespaces/status', 'namespaces/finalize']),
    ],
    variables: {
      before: `request.operation == 'CREATE' ? '' : ${labelOf('oldObject')}`,
      after: `request.operation == 'DELETE' ? '' : ${labelOf('object')}`,
    },
    validations: [
      {
        expression: `request.operation != 'DELETE' || (variables.before == '' ? !(${operator}) : (${operator} || ${byPlatform}))`,
        message: `variables.before == '' ? 'namespace ' + ${objectName} + ' belongs to no lab; Bulkhead deletes only namespaces of labs' : 'namespace ' + ${objectName} + ' belongs to lab ' + variables.before + '; delete the Lab instead: people lose their rights first, and data stays'`,
      },
      {
        expression: `request.operation != 'CREATE' || ${operator} || !(object.metadata.name.startsWith('lab-') || object.metadata.?labels.orValue({}).exists(k, k.startsWith(${text(`${group}/`)})))`,
        message: `'namespace ' + object.metadata.name + ': names that begin with lab- and labels under ${group}/ are for Bulkhead alone; create a Lab, or take another name'`,
      },
      {
        expression: `request.operation != 'UPDATE' || ${operator} || ${sameLabels(`${group}/`)}`,
        message: `'labels under ${group}/ of namespace ' + object.metadata.name + ' are changed by Bulkhead alone: the walls of labs hang on them'`,
      },
      {
        expression: `request.operation != 'UPDATE' || variables.before == '' || ${operator} || (${sameLabels('pod-security.kubernetes.io/', 'resource.kubernetes.io/')} && object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences)`,
        message:
          "'labels under pod-security.kubernetes.io/ and resource.kubernetes.io/, and ownerReferences, of lab namespace ' + object.metadata.name + ' are changed by Bulkhead alone'",
      },
      {
        // The operator's token alone cannot open a lab either.
        expression: `request.operation == 'DELETE' || !(${operator}) || (${subresource} == '' && object.metadata.name == 'lab-' + variables.after && object.metadata.labels[?'pod-security.kubernetes.io/enforce'].orValue('') == 'restricted' && object.metadata.labels[?'pod-security.kubernetes.io/enforce-version'].orValue('') == ${text(podSecurityVersion)})`,
        message: `'namespace ' + object.metadata.name + ': Bulkhead writes only namespaces lab-<lab> with the labels ${labLabel}: <lab>, pod-security.kubernetes.io/enforce: restricted and enforce-version: ${podSecurityVersion}'`,
      },
    ],
  });
}

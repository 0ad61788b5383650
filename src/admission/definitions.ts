// bulkhead-definitions: deleting a CustomResourceDefinition deletes every object of its kind, the reserved ids among them. Whoever means it says so
// on the definition first, as `kubectl bulkhead uninstall` does when no lab is left.
import { allowDeletionAnnotation, group } from '../api/labels.ts';
import { text } from './cel.ts';
import { policy, rule } from './policy.ts';

export const definitionsPolicy = () =>
  policy({
    name: 'bulkhead-definitions',
    where: 'cluster',
    rules: [rule('apiextensions.k8s.io', '*', ['DELETE'], ['customresourcedefinitions'])],
    conditions: { 'is-ours': `oldObject.spec.group == ${text(group)}` },
    validations: [
      {
        expression: `oldObject.metadata.?annotations.orValue({})[?${text(allowDeletionAnnotation)}].orValue('') == 'true'`,
        message: `'every ' + oldObject.spec.names.kind + ' would be deleted with ' + oldObject.metadata.name + '; take Bulkhead away with kubectl bulkhead uninstall, or annotate the definition with ${allowDeletionAnnotation}=true first'`,
      },
    ],
  });

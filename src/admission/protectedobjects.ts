// bulkhead-protected-objects: whatever carries the label of the operator's own objects in a lab is changed by it alone, and nobody else
// can put the label on anything. Left out are pods (drain and eviction must work), events, and
// what other policies guard whole.
import { group, managedLabel } from '../api/labels.ts';
import { byOperator, byPlatform, text } from './cel.ts';
import { managedKinds } from './managedkinds.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const hasLabel = (object: string) => `(${object} != null && ${text(managedLabel)} in ${object}.metadata.?labels.orValue({}))`;

export const protectedObjectsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-protected-objects',
    where: 'lab',
    // without the scope the rule would also meet cluster-scoped objects, which no namespace selector leaves out
    rules: [{ ...rule('*', '*', ['CREATE', 'UPDATE', 'DELETE'], ['*', '*/status']), scope: 'Namespaced' }],
    excluded: [
      // network plugins write the status of pods under names of their own
      rule('', '*', ['*'], ['pods', 'pods/status', 'events', 'persistentvolumeclaims', 'persistentvolumeclaims/status']),
      rule('events.k8s.io', '*', ['*'], ['events']),
      rule(group, '*', ['*'], ['labpolicies']),
      ...managedKinds,
    ],
    conditions: {
      // What outputs were derived from stays when its instance goes; somebody must be able to say that the data is gone as well.
      'not-a-record-that-the-facility-removes': `!(request.operation == 'DELETE' && request.resource.resource == 'datagrants' && authorizer.group('${group}').resource('datagrants').namespace(request.namespace).check('actfor').allowed())`,
      'not-the-operator': `!(${byOperator(settings)})`,
      'not-the-platform': `!${byPlatform}`,
      'is-labelled': `${hasLabel('object')} || ${hasLabel('oldObject')}`,
    },
    validations: [
      {
        expression: 'false',
        message: `request.resource.resource + ' with the label ${managedLabel} in lab namespace ' + request.namespace + ' are written by Bulkhead alone; change the Lab, the ProcessingInstance or the DataGrant they follow from, or leave the label out'`,
      },
    ],
  });

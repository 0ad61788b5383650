// bulkhead-records: what the walls are computed from is written by the operator alone: LabPolicies, Reservations, and the status of the
// kinds that people write. The garbage collector and the namespace controller may remove a LabPolicy.
import { group } from '../api/labels.ts';
import { byOperator, byPlatform, objectName, subresource, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

export const recordsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-records',
    where: 'cluster',
    rules: [
      rule(group, '*', ['CREATE', 'UPDATE', 'DELETE'], ['labpolicies', 'reservations']),
      rule(group, '*', ['UPDATE'], ['labs/status', 'processinginstances/status', 'datagrants/status']),
    ],
    conditions: {
      'not-the-operator': `!(${byOperator(settings)})`,
      'not-cleaning-up': `!(request.operation != 'CREATE' && request.resource.resource == 'labpolicies' && ${byPlatform})`,
    },
    validations: [
      {
        expression: 'false',
        message: `request.resource.resource + (${subresource} == '' ? '' : '/' + ${subresource}) + ' ' + ${objectName} + ' is written by Bulkhead alone, not by ' + ${user} + '; it follows from the Lab, its instances and grants'`,
      },
    ],
  });

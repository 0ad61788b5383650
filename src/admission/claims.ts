// bulkhead-claims: PersistentVolumeClaims of a lab are made and removed by the operator alone. Their metadata stays open to storage
// controllers, which run under names nobody can list, except for our labels and the owner, which decides on garbage collection.
import { group } from '../api/labels.ts';
import { byOperator, byPlatform, sameLabels, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

export const claimsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-claims',
    where: 'lab',
    // labels can be written through the status as well
    rules: [rule('', 'v1', ['CREATE', 'UPDATE', 'DELETE'], ['persistentvolumeclaims', 'persistentvolumeclaims/status'])],
    conditions: { 'not-the-platform': `!${byPlatform}` },
    validations: [
      {
        expression: `${byOperator(settings)} || (request.operation == 'UPDATE' && object.spec == oldObject.spec && object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences && ${sameLabels(`${group}/`)})`,
        message: `'persistentvolumeclaims in lab namespace ' + request.namespace + ' are written by Bulkhead alone, not by ' + ${user} + '; ask for storage in spec.storage or spec.data of a ProcessingInstance'`,
      },
      {
        expression:
          "request.operation == 'DELETE' || (!has(object.spec.dataSource) && !has(object.spec.dataSourceRef) && !has(object.spec.selector) && object.spec.?volumeMode.orValue('Filesystem') == 'Filesystem')",
        message:
          "'claim ' + object.metadata.name + ': dataSource, dataSourceRef, selector and volumeMode Block could bring in data of others; remove them'",
      },
    ],
  });

// bulkhead-volumes: a PersistentVolume says which directory of the facility a claim leads to. Those of the class bulkhead-static are made by the
// operator alone, and even it can only make one for a lab, below a configured backend, that is never emptied. A claimRef can be
// released and taken again by the volume binder, but never be led to another claim.
import { staticStorageClass } from '../api/names.ts';
import { byOperator, byPlatform, objectName, text, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const isStatic = (object: string) => `${object}.spec.?storageClassName.orValue('') == ${text(staticStorageClass)}`;
const same = (...fields: string[]) => fields.map((field) => `object.spec.?${field} == oldObject.spec.?${field}`).join(' && ');

/** By key, as Helm writes a map: the text of the chart and that of the operator are compared. */
const inOrder = (map: object) => Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

export function volumesPolicy(settings: AdmissionSettings) {
  const operator = byOperator(settings);
  const backends =
    typeof settings.backends === 'string'
      ? settings.backends
      : JSON.stringify(settings.backends.map((backend) => inOrder({ server: '', ...backend })));
  const inside = (path: string) =>
    `${path}.startsWith(b.path + '/') && ${path}.substring(size(b.path)).matches('^(/[A-Za-z0-9][A-Za-z0-9._-]*)+$')`;
  return policy({
    name: 'bulkhead-volumes',
    where: 'cluster',
    rules: [rule('', 'v1', ['CREATE', 'UPDATE', 'DELETE'], ['persistentvolumes'])],
    conditions: {
      concerned: `${operator} || (request.operation != 'CREATE' && ${isStatic('oldObject')}) || (request.operation != 'DELETE' && ${isStatic('object')})`,
    },
    variables: { backends },
    validations: [
      {
        expression: `${operator} || (request.operation == 'UPDATE' && ${same('storageClassName', 'claimRef.?namespace', 'claimRef.?name', 'persistentVolumeReclaimPolicy', 'mountOptions', 'accessModes', 'nodeAffinity')} && (${byPlatform} || ${same('claimRef')})) || (request.operation == 'DELETE' && ${byPlatform})`,
        message: `'PersistentVolume ' + ${objectName} + ' of class ${staticStorageClass} leads to data of a lab and is written by Bulkhead alone, not by ' + ${user} + '; change the Lab or the DataGrant instead'`,
      },
      {
        expression: `!(${operator}) || request.operation != 'CREATE' || (${isStatic('object')} && object.spec.?persistentVolumeReclaimPolicy.orValue('') == 'Retain' && object.spec.?claimRef.?namespace.orValue('').startsWith('lab-') && object.spec.?claimRef.?name.orValue('') != '')`,
        message: `'PersistentVolume ' + object.metadata.name + ': Bulkhead makes only volumes of class ${staticStorageClass} that are retained and bound to a claim of a lab'`,
      },
      {
        expression: `!(${operator}) || request.operation != 'CREATE' || variables.backends.exists(b, (b.type == 'hostPath' && has(object.spec.hostPath) && object.spec.hostPath.?type.orValue('') in ['', 'Directory'] && ${inside('object.spec.hostPath.path')}) || (b.type == 'nfs' && has(object.spec.nfs) && object.spec.nfs.server == b.server && ${inside('object.spec.nfs.path')}))`,
        message:
          "'PersistentVolume ' + object.metadata.name + ' leads outside the storage backends that are configured; it must be an existing directory below one of ' + variables.backends.map(b, string(b.path)).join(', ')",
      },
      {
        expression: `!(${operator}) || request.operation != 'UPDATE' || (${same('storageClassName', 'mountOptions', 'accessModes', 'nodeAffinity', 'claimRef.?namespace', 'claimRef.?name')} && object.spec.?persistentVolumeReclaimPolicy.orValue('') == 'Retain' && (${isStatic('object')} || (${same('claimRef')} && object.spec.?claimRef.?namespace.orValue('').startsWith('lab-'))))`,
        message:
          "'PersistentVolume ' + object.metadata.name + ': Bulkhead may only set persistentVolumeReclaimPolicy to Retain, on volumes of labs'",
      },
      {
        expression: `!(${operator}) || request.operation != 'DELETE' || ${isStatic('oldObject')}`,
        message: `'PersistentVolume ' + ${objectName} + ' was not made by Bulkhead, which deletes only volumes of class ${staticStorageClass}'`,
      },
    ],
  });
}

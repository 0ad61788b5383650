// bulkhead-volumes: a PersistentVolume says which directory of the facility a claim leads to. Those of the class bulkhead-static are made by the
// operator alone, and even it can only make one for a lab, below a configured backend, that is never emptied. A claimRef can be
// released and taken again by the volume binder, but never be led to another claim.
import { staticStorageClass } from '../api/names.ts';
import { attributePrefix, backendsText } from './backends.ts';
import { byOperator, byPlatform, objectName, text, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const isStatic = (object: string) => `${object}.spec.?storageClassName.orValue('') == ${text(staticStorageClass)}`;
const same = (...fields: string[]) => fields.map((field) => `object.spec.?${field} == oldObject.spec.?${field}`).join(' && ');

/** Below the path of the backend `b`, by plain names. */
const inside = (path: string) =>
  `${path}.startsWith(b.path + '/') && ${path}.substring(size(b.path)).matches('^(/[A-Za-z0-9][A-Za-z0-9._-]*)+$')`;
/** Whether the source of a volume lies in the backend `b`; one for each type of backend. */
const sources = [
  `(b.type == 'hostPath' && has(object.spec.hostPath) && object.spec.hostPath.?type.orValue('') in ['', 'Directory'] && ${inside('object.spec.hostPath.path')})`,
  `(b.type == 'nfs' && has(object.spec.nfs) && object.spec.nfs.server == b.server && ${inside('object.spec.nfs.path')})`,
  // The handle names the volume for the kubelet, which mounts one handle once: two volumes with one handle would be one. A driver may do anything
  // with an attribute or a Secret, so there is none but those that are configured.
  `(b.type == 'csi' && has(object.spec.csi) && object.spec.csi.driver == b.driver && object.spec.csi.volumeHandle == object.metadata.name && ${[
    'b.pathAttribute in variables.attributes',
    inside('variables.attributes[b.pathAttribute]'),
    `variables.attributes.all(k, k == b.pathAttribute || ((${text(attributePrefix)} + k) in b && b[${text(attributePrefix)} + k] == variables.attributes[k]))`,
    `variables.attributes.size() == 1 + b.filter(k, k.startsWith(${text(attributePrefix)})).size()`,
    ...['controllerPublish', 'nodeStage', 'nodePublish', 'controllerExpand', 'nodeExpand'].map(
      (step) => `!has(object.spec.csi.${step}SecretRef)`,
    ),
  ].join(' && ')})`,
].join(' || ');
/** Claims of grants are named so by the operator, and those to write through end in -rw; no claim of a root is. */
const claimName = "object.spec.?claimRef.?name.orValue('')";
const forReading = `${claimName}.startsWith('grant-') && !${claimName}.endsWith('-rw')`;
const options = 'object.spec.?mountOptions.orValue([])';

export function volumesPolicy(settings: AdmissionSettings) {
  const operator = byOperator(settings);
  const backends = typeof settings.backends === 'string' ? settings.backends : backendsText(settings.backends);
  return policy({
    name: 'bulkhead-volumes',
    where: 'cluster',
    rules: [rule('', 'v1', ['CREATE', 'UPDATE', 'DELETE'], ['persistentvolumes'])],
    conditions: {
      concerned: `${operator} || (request.operation != 'CREATE' && ${isStatic('oldObject')}) || (request.operation != 'DELETE' && ${isStatic('object')})`,
    },
    variables: { backends, attributes: 'object.spec.?csi.?volumeAttributes.orValue({})' },
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
        expression: `!(${operator}) || request.operation != 'CREATE' || variables.backends.exists(b, ${sources})`,
        message:
          "'PersistentVolume ' + object.metadata.name + ' leads outside the storage backends that are configured; it must be an existing directory below one of ' + variables.backends.map(b, string(b.path)).join(', ')",
      },
      {
        // A directory of the node has no such option: there the mounts of pods alone say so.
        expression: `!(${operator}) || request.operation != 'CREATE' || (${options}.all(o, o == 'ro') && (!(${forReading}) || has(object.spec.hostPath) || (object.spec.?nfs.?readOnly.orValue(object.spec.?csi.?readOnly.orValue(false)) && 'ro' in ${options})))`,
        message:
          "'PersistentVolume ' + object.metadata.name + ': ro is the only mount option, and volumes of grants to read are read-only (readOnly: true and mountOptions: [ro]); the claim of one to write through ends in -rw'",
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

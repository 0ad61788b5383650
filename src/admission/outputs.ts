// bulkhead-outputs: bounds the operator where it writes DataGrants: it records what the outputs of an instance were derived from, which only takes
// access away. With its stolen token nobody gives data of a lab to others, nor takes an input out of a record.
import { group, managedLabel } from '../api/labels.ts';
import { outputsPrefix } from '../api/names.ts';
import { byOperator, objectName, text } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const isManaged = (object: string) => `${object}.metadata.?labels.orValue({})[?${text(managedLabel)}].orValue('') == 'true'`;
const inputs = (object: string) => `${object}.spec.?derivedFrom.orValue([])`;
const gives = ['effect', 'subjects', 'roles', 'permissions', 'grantor', 'notBefore', 'expiresAt'].map(
  (field) => `has(object.spec.${field})`,
);

export const outputsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-outputs',
    where: 'lab',
    rules: [rule(group, '*', ['CREATE', 'UPDATE'], ['datagrants'])],
    conditions: {
      'is-the-operator': byOperator(settings),
      'spec-is-new': "request.operation == 'CREATE' || object.spec != oldObject.spec",
    },
    validations: [
      {
        expression: `object.metadata.name.startsWith(${text(outputsPrefix)}) && ${isManaged('object')} && !(${gives.join(' || ')})`,
        message: `'Bulkhead writes only DataGrants that say what outputs were derived from, which give nothing, not ' + ${objectName}`,
      },
      {
        expression: `request.operation != 'UPDATE' || (${isManaged('oldObject')} && object.spec.volume == oldObject.spec.volume && object.spec.paths == oldObject.spec.paths && ${inputs('oldObject')}.all(i, i in ${inputs('object')}))`,
        message: `'Bulkhead only adds inputs to a DataGrant of its own; ' + ${objectName} + ' would lose one, or is of somebody else'`,
      },
    ],
  });

// bulkhead-grants: grants and instances live in lab namespaces, where the walls are; and giving data away asks for a right of its own, the
// virtual verb "share", because whoever may edit objects of a lab may not therefore give its data to others.
import { group, labLabel } from '../api/labels.ts';
import { text, user } from './cel.ts';
import { policy, rule } from './policy.ts';

export const grantsPolicy = () =>
  policy({
    name: 'bulkhead-grants',
    where: 'cluster',
    rules: [rule(group, '*', ['CREATE', 'UPDATE'], ['datagrants', 'processinginstances'])],
    conditions: { 'spec-is-new': "request.operation == 'CREATE' || dyn(object).spec != dyn(oldObject).spec" },
    validations: [
      {
        expression: `request.operation != 'CREATE' || ${text(labLabel)} in namespaceObject.metadata.?labels.orValue({})`,
        message: "request.resource.resource + ' live in the namespace of a lab; ' + request.namespace + ' is none; use lab-<lab>'",
      },
      {
        expression: `request.resource.resource != 'datagrants' || authorizer.group(${text(group)}).resource('datagrants').namespace(request.namespace).check('share').allowed()`,
        message: `'user ' + ${user} + ' may not share data of ' + request.namespace + '; ask for a role that holds the verb share on datagrants there'`,
      },
    ],
  });

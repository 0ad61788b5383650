// bulkhead-grants: grants and instances live in lab namespaces, where the walls are. Who may write them is said elsewhere.
import { group, labLabel } from '../api/labels.ts';
import { text } from './cel.ts';
import { policy, rule } from './policy.ts';

export const grantsPolicy = () =>
  policy({
    name: 'bulkhead-grants',
    where: 'cluster',
    rules: [rule(group, '*', ['CREATE'], ['datagrants', 'processinginstances'])],
    validations: [
      {
        expression: `${text(labLabel)} in namespaceObject.metadata.?labels.orValue({})`,
        message: "request.resource.resource + ' live in the namespace of a lab; ' + request.namespace + ' is none; use lab-<lab>'",
      },
    ],
  });

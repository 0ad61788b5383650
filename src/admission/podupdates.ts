// bulkhead-pod-updates: what may change on a pod that exists: nothing of its specification, except that the operator sets or lowers
// the deadline. Has no parameter and looks only at changes, so that finalizers can always be removed.
import { instanceLabel, managedLabel, partLabel } from '../api/labels.ts';
import { byOperator, sameLabels } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const keptFields = ['containers', 'initContainers', 'tolerations', 'schedulingGates', 'terminationGracePeriodSeconds'];

export const podUpdatesPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-pod-updates',
    where: 'lab',
    // labels can be written through the status as well
    rules: [rule('', 'v1', ['UPDATE'], ['pods', 'pods/status'])],
    validations: [
      {
        expression: `object.spec == oldObject.spec || (${byOperator(settings)} && has(object.spec.activeDeadlineSeconds) && ${keptFields
          .map((field) => `object.spec.?${field} == oldObject.spec.?${field}`)
          .join(' && ')})`,
        message:
          "'spec of pod ' + object.metadata.name + ' cannot be changed in a lab: it was judged when the pod was made; make a new pod'",
      },
      {
        expression: sameLabels(instanceLabel, partLabel, managedLabel),
        message: `'metadata.labels ${instanceLabel}, ${partLabel} and ${managedLabel} of pod ' + object.metadata.name + ' cannot be changed: they choose who receives connections; make a new pod'`,
      },
    ],
  });

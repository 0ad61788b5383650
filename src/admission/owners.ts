// bulkhead-owners: whoever writes an instance decides what runs on its data, so the one who answers for it is the one who writes it. Otherwise
// an administrator of the lab could start an image of his own in the name of somebody who may read more. Only holders of the virtual verb
// "actfor" (the facility, its GitOps) write in the name of others, or of nobody.
import { group } from '../api/labels.ts';
import { user } from './cel.ts';
import { policy, rule } from './policy.ts';
import { actsForOthers } from './runas.ts';

export const ownersPolicy = () =>
  policy({
    name: 'bulkhead-owners',
    where: 'lab',
    rules: [rule(group, '*', ['CREATE', 'UPDATE'], ['processinginstances'])],
    conditions: { 'spec-is-new': "request.operation == 'CREATE' || object.spec != oldObject.spec" },
    validations: [
      {
        expression: `object.spec.?owner.orValue('') == ${user} || ${actsForOthers}`,
        message: `'spec.owner is ' + object.spec.?owner.orValue('absent') + '; it must be ' + ${user} + ', who writes the instance and answers for what it runs; only holders of the verb actfor on processinginstances may name another, or nobody'`,
      },
    ],
  });

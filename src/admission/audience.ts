// bulkhead-audience: an instance that is for some people of the lab only runs nothing for the others, though they hold the verb "compute": what
// it mounts is what its audience may have. The LabPolicy lists them. Matches CREATE only: a policy with a parameter must not meet updates.
import { byController, byOperator, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import { actsForOthers, isAccountItself, runAsVariables } from './runas.ts';
import type { AdmissionSettings } from './settings.ts';

const isInIt = `${user} in a.users || a.groups.exists(g, g in request.userInfo.?groups.orValue([]))`;

export const audiencePolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-audience',
    where: 'lab',
    perLab: true,
    rules: [rule('', 'v1', ['CREATE'], ['pods']), rule('batch', 'v1', ['CREATE'], ['jobs', 'cronjobs'])],
    conditions: {
      'not-a-controller': `!(${byController('job-controller', 'cronjob-controller', 'statefulset-controller')})`,
      'not-the-operator': `!(${byOperator(settings)})`,
    },
    variables: runAsVariables,
    validations: [
      {
        expression: `params.spec.?audiences.orValue([]).all(a, a.serviceAccount != variables.account || ${isInIt}) || ${isAccountItself} || ${actsForOthers}`,
        message: `'serviceAccountName ' + variables.account + ': user ' + ${user} + ' is not in the audience of this instance; its owner can name you in spec.audience of ProcessingInstance ' + variables.account + ', or run as an instance that is for you'`,
      },
    ],
  });

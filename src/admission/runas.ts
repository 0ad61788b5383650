// bulkhead-run-as: who may run as whom. A pod acts as the instance whose service account it names, so whoever makes a Pod, Job or
// CronJob must hold the virtual verb "compute" on that ProcessingInstance, or be that account. Separate from bulkhead-pods because it asks
// about the requester, and controllers are exempt: what they copy was judged when its author made it.
import { group } from '../api/labels.ts';
import { reservedPrefix } from '../api/names.ts';
import { byController, byOperator, text, user } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

/** The pod template of a Pod, Job or CronJob. dyn: the type checker knows one kind at a time, the expression serves three. */
const template = (object: string) =>
  `(request.kind.kind == 'Pod' ? dyn(${object}) : request.kind.kind == 'Job' ? dyn(${object}).spec.template : dyn(${object}).spec.jobTemplate.spec.template)`;

export const runAsVariables = { account: `string(${template('object')}.spec.?serviceAccountName.orValue('default'))` };
export const isAccountItself = `${user} == 'system:serviceaccount:' + request.namespace + ':' + variables.account`;
const holds = (verb: string, name = '') =>
  `authorizer.group(${text(group)}).resource('processinginstances').namespace(request.namespace)${name}.check('${verb}').allowed()`;
/** Whether the requester may act in the name of any person of the lab. */
export const actsForOthers = holds('actfor');

export const runAsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-run-as',
    where: 'lab',
    rules: [rule('', 'v1', ['CREATE'], ['pods']), rule('batch', 'v1', ['CREATE', 'UPDATE'], ['jobs', 'cronjobs'])],
    conditions: {
      'not-a-controller': `!(${byController('job-controller', 'cronjob-controller', 'statefulset-controller')})`,
      'not-the-operator': `!(${byOperator(settings)})`,
      // a Job whose pods run already must stay editable in all else, above all its finalizers
      'template-is-new': `request.operation == 'CREATE' || ${template('object')} != ${template('oldObject')}`,
    },
    variables: runAsVariables,
    validations: [
      {
        expression: "variables.account != 'default'",
        message:
          "'serviceAccountName is absent or default; set it to the name of a ProcessingInstance of this lab: only instances run in a lab, and touch its data'",
      },
      {
        expression: `!variables.account.startsWith(${text(reservedPrefix)})`,
        message: `'serviceAccountName ' + variables.account + ' is reserved for Bulkhead itself; set it to the name of a ProcessingInstance of this lab'`,
      },
      {
        expression: `${isAccountItself} || ${holds('compute', '.name(variables.account)')}`,
        message: `'serviceAccountName ' + variables.account + ': user ' + ${user} + ' may not run as this instance; ask for a role in the lab that holds the verb compute on processinginstances/' + variables.account`,
      },
      {
        // Whether the requester is in the audience says the LabPolicy, which updates must not need (bulkhead-audience).
        expression: `request.kind.kind != 'CronJob' || request.operation == 'CREATE' || ${actsForOthers}`,
        message: "'spec.jobTemplate of a CronJob cannot be changed in a lab; make a new CronJob and delete this one'",
      },
    ],
  });

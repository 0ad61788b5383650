// Where nothing begins, and for whom: in a suspended lab, and for suspended people, inactive ones and members from the end of their membership on,
// though a role binding of a group still lets these in. Rules of bulkhead-pods and bulkhead-jobs, and bulkhead-barred for whatever else people make.
// They match CREATE only: an object that is being made bears the time of now, which CEL cannot ask for otherwise; and a policy with a
// parameter must not meet updates.
import { group, labLabel, suspendedLabel } from '../api/labels.ts';
import { text, user } from './cel.ts';
import { policy, rule, type Validation } from './policy.ts';

const labels = 'namespaceObject.metadata.?labels.orValue({})';
/** Whether an entry about this person counts: one about somebody whom only the identity provider knows counts in its groups alone. */
const counts = '(!has(b.externalGroups) || b.externalGroups.exists(g, g in request.userInfo.groups))';
const inactive = `params.spec.?periods.orValue([]).filter(p, params.spec.?barred.orValue([]).exists(b, b.user == ${user} && b.?inactiveIn.orValue('') == p.group && ${counts}))`;
const contact = "params.spec.?contact.orValue('an administrator of the facility')";

/** For policies on CREATE with a LabPolicy. */
export const barredValidations: Validation[] = [
  {
    expression: `request.operation != 'CREATE' || ${labels}[?${text(suspendedLabel)}].orValue('') != 'true'`,
    message: `'lab ' + ${labels}[?${text(labLabel)}].orValue('') + ' is suspended: nothing begins in it until spec.suspended of the Lab is false; ask ' + ${contact}`,
  },
  {
    expression: `request.operation != 'CREATE' || params.spec.?barred.orValue([]).all(b, b.user != ${user} || timestamp(object.metadata.creationTimestamp) < timestamp(b.from) || !${counts})`,
    message: `'user ' + ${user} + ' may begin nothing in ' + request.namespace + ': ' + (${inactive}.size() > 0 ? ${inactive}[0].message : 'the membership is suspended or has ended; ask ' + ${contact})`,
  },
];

export const barredPolicy = () =>
  policy({
    name: 'bulkhead-barred',
    where: 'lab',
    perLab: true,
    rules: [rule(group, '*', ['CREATE'], ['processinginstances', 'datagrants']), rule('batch', 'v1', ['CREATE'], ['cronjobs'])],
    validations: barredValidations,
  });

// Who may begin nothing in a lab, though a role binding of a group still lets them in: suspended people, and members from the end of their
// membership on. A rule of bulkhead-pods and bulkhead-jobs, and bulkhead-barred for whatever else people make. It matches CREATE only: an
// object that is being made bears the time of now, which CEL cannot ask for otherwise; and a policy with a parameter must not meet updates.
import { group } from '../api/labels.ts';
import { user } from './cel.ts';
import { policy, rule, type Validation } from './policy.ts';

/** For policies on CREATE with a LabPolicy. */
export const barredValidation: Validation = {
  expression: `request.operation != 'CREATE' || params.spec.?barred.orValue([]).all(b, b.user != ${user} || timestamp(object.metadata.creationTimestamp) < timestamp(b.from))`,
  message: `'user ' + ${user} + ' may begin nothing in ' + request.namespace + ': the membership is suspended or has ended; ask ' + params.spec.?contact.orValue('an administrator of the lab')`,
};

export const barredPolicy = () =>
  policy({
    name: 'bulkhead-barred',
    where: 'lab',
    perLab: true,
    rules: [rule(group, '*', ['CREATE'], ['processinginstances', 'datagrants']), rule('batch', 'v1', ['CREATE'], ['cronjobs'])],
    validations: [barredValidation],
  });

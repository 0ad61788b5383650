// bulkhead-pods: what a pod of a lab may be and mount, decided by its service account and the LabPolicy of the namespace. And
// bulkhead-jobs and bulkhead-cronjobs: the same for the template of a Job, early, so that its author reads why.
// All match CREATE, and of updates only the subresources that change what runs: the LabPolicy may be gone first when a namespace is
// deleted, and a rule on every UPDATE would then stop finalizers from being removed, and the namespace from ever going.
import { barredValidations } from './barred.ts';
import { expiryValidations, labelValidation, type PodPlace, podValidations, podVariables } from './podrules.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const pod: PodPlace = { spec: 'object.spec', labels: 'object.metadata.?labels.orValue({})', field: 'spec' };
const jobTemplate: PodPlace = {
  spec: 'object.spec.template.spec',
  labels: 'object.spec.template.?metadata.?labels.orValue({})',
  field: 'spec.template.spec',
};

const cronJobTemplate: PodPlace = {
  spec: 'object.spec.jobTemplate.spec.template.spec',
  labels: 'object.spec.jobTemplate.spec.template.?metadata.?labels.orValue({})',
  field: 'spec.jobTemplate.spec.template.spec',
};

export const podsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-pods',
    where: 'lab',
    perLab: true,
    rules: [rule('', 'v1', ['CREATE'], ['pods']), rule('', 'v1', ['UPDATE'], ['pods/ephemeralcontainers', 'pods/resize'])],
    variables: podVariables(pod),
    validations: [
      ...barredValidations,
      {
        expression: '!has(object.spec.ephemeralContainers) || object.spec.ephemeralContainers.size() == 0',
        message: "'spec.ephemeralContainers are not allowed in a lab; start a Job as the instance instead'",
      },
      ...podValidations(pod),
      // only where the pod is made: afterwards the requester is another one and says nothing about the labels
      { ...labelValidation(pod, settings), expression: `request.operation != 'CREATE' || ${labelValidation(pod, settings).expression}` },
      ...expiryValidations(pod),
    ],
  });

export const jobsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-jobs',
    where: 'lab',
    perLab: true,
    rules: [rule('batch', 'v1', ['CREATE'], ['jobs'])],
    variables: podVariables(jobTemplate),
    validations: [
      ...barredValidations,
      ...podValidations(jobTemplate),
      labelValidation(jobTemplate, settings),
      ...expiryValidations(jobTemplate),
    ],
  });

/** Without the end of grants, which counts from the making of each pod: the Jobs are judged by it. An update is not matched, and need not be: what
 *  it leads to is judged as a Job and as a pod. */
export const cronJobsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-cronjobs',
    where: 'lab',
    perLab: true,
    rules: [rule('batch', 'v1', ['CREATE'], ['cronjobs'])],
    variables: podVariables(cronJobTemplate),
    validations: [...podValidations(cronJobTemplate), labelValidation(cronJobTemplate, settings)],
  });

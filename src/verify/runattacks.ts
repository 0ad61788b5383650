// Attacks with who runs as whom: whoever makes anything that runs needs the verb "compute" for its account, and Jobs are judged by the
// rules of pods already when they are made.
import type { Attack, Attempt } from './attack.ts';
import { attemptsIn, withLabels, withoutData } from './draft.ts';
import { asksForGranted } from './mountattacks.ts';
import { freed, type Scene } from './scene.ts';

export function runAttacks(scene: Scene): Attack[] {
  const { member, viewer, account, patcher, operator, clusterAdmin } = scene.actors;
  const { pod, job, cronJob } = attemptsIn(scene);
  const { namespace, databaseAccount: serviceAccountName, existing } = scene;
  const database = withoutData({ serviceAccountName });
  const runAs = (name: string, says: string, refused: Attempt, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-run-as',
    says: [says],
    refused,
    admitted,
  });
  const jobIs = (name: string, says: string[], refused: Attempt, admitted = job(member)): Attack => ({
    name,
    wall: 'bulkhead-jobs',
    says,
    refused,
    admitted,
  });
  const patch = (path: string, body: object) => ({ method: 'PATCH' as const, path, body });
  const waiting = `/apis/batch/v1/namespaces/${namespace}/jobs/${existing.job}`;
  const newLabel = { metadata: { labels: { any: 'label' } } };
  const debug = {
    name: 'debug',
    image: 'bulkhead.invalid/debug:1',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  return [
    runAs('a Job runs as an instance without the verb compute', 'may not run as this instance', job(viewer), job(member)),
    runAs('a pod runs as an instance without the verb compute', 'compute on processinginstances', pod(viewer), pod(member)),
    runAs('a CronJob runs as an instance without the verb compute', 'compute on processinginstances', cronJob(viewer), cronJob(member)),
    runAs(
      'one instance starts Jobs as another',
      'compute on processinginstances',
      job(account, withoutData({ serviceAccountName: 'other' })),
      job(freed(scene, scene.people.account)),
    ),
    runAs(
      'a Job names no instance',
      'set it to the name of a ProcessingInstance',
      job(member, withoutData({})),
      job(member, withoutData()),
    ),
    runAs(
      'a pod runs under the default account',
      'only instances run in a lab',
      pod(member, withoutData({ serviceAccountName: 'default' })),
      pod(member, withoutData()),
    ),
    runAs('a Job takes the account of a database', 'is reserved for Bulkhead', job(member, database), job(operator, database)),
    runAs(
      'a Job takes it by the old name of the field',
      'is reserved for Bulkhead',
      job(member, withoutData({ serviceAccount: serviceAccountName })),
      job(member, withoutData({ serviceAccount: scene.instance })),
    ),
    runAs('a CronJob takes the account of a database', 'is reserved for Bulkhead', cronJob(member, database), cronJob(operator, database)),
    runAs(
      'somebody without the verb changes the template of a waiting Job',
      'may not run as this instance',
      { as: patcher, request: patch(waiting, { spec: { template: newLabel } }) },
      { as: patcher, request: patch(waiting, newLabel) },
    ),
    jobIs(
      'a Job mounts data of another account',
      ['spec.template.spec.volumes', 'is not for service account'],
      job(member, ({ own }) => Object.assign(own.volume, { claimName: scene.foreign.claim })),
    ),
    jobIs(
      'a Job has another identity',
      ['spec.template.spec.securityContext', 'kubectl bulkhead run'],
      job(member, ({ security }) => Object.assign(security, { runAsUser: 0 })),
    ),
    jobIs(
      'a Job would outlive a grant',
      ['spec.template.spec.activeDeadlineSeconds is absent'],
      job(member, (draft) => [asksForGranted(draft), delete draft.spec.activeDeadlineSeconds]),
    ),
    jobIs(
      'a Job poses as the component',
      ['spec.template.metadata.labels', 'part must be job'],
      job(member, withLabels({ 'bulkhead.science/part': 'component' })),
      job(member, withLabels({ 'bulkhead.science/part': 'job' })),
    ),
    {
      name: 'the operator runs a pod under the account of a database with other data',
      wall: 'bulkhead-pods',
      says: ['is not for service account'],
      refused: pod(operator, ({ spec }) => Object.assign(spec, { serviceAccountName })),
      admitted: pod(operator, database),
    },
    {
      name: 'somebody joins a running pod with an ephemeral container',
      wall: 'bulkhead-pods',
      says: ['ephemeralContainers are not allowed'],
      refused: {
        as: clusterAdmin,
        request: patch(`/api/v1/namespaces/${namespace}/pods/${existing.pod}/ephemeralcontainers`, {
          spec: { ephemeralContainers: [debug] },
        }),
      },
      admitted: { as: clusterAdmin, request: patch(`/api/v1/namespaces/${namespace}/pods/${existing.pod}`, newLabel) },
    },
    {
      name: 'somebody gives a running pod another image',
      wall: 'bulkhead-pod-updates',
      says: ['make a new pod'],
      refused: {
        as: clusterAdmin,
        request: {
          method: 'PATCH',
          path: `/api/v1/namespaces/${namespace}/pods/${existing.pod}`,
          body: [{ op: 'replace', path: '/spec/containers/0/image', value: 'bulkhead.invalid/other:1' }],
        },
      },
      admitted: {
        as: operator,
        request: patch(`/api/v1/namespaces/${namespace}/pods/${existing.pod}`, { spec: { activeDeadlineSeconds: 1 } }),
      },
    },
    {
      name: 'a running pod becomes the component behind the Service',
      wall: 'bulkhead-pod-updates',
      says: ['cannot be changed'],
      refused: {
        as: member,
        request: patch(`/api/v1/namespaces/${namespace}/pods/${existing.pod}`, {
          metadata: { labels: { 'bulkhead.science/part': 'component' } },
        }),
      },
      admitted: { as: member, request: patch(`/api/v1/namespaces/${namespace}/pods/${existing.pod}`, newLabel) },
    },
  ];
}

// A command as a Job of a member of a lab, exactly as `kubectl bulkhead run` makes it.
import { LabPolicies, ProcessingInstances } from '../../../src/api/kinds.ts';
import { namespaceOf, policyName } from '../../../src/api/names.ts';
import { type Job, Jobs, Pods } from '../../../src/kube/kind.ts';
import { runJob } from '../../../src/processinginstance/run.ts';
import { toolbox } from '../../cluster/images/catalogue.ts';
import { until } from '../../demo/until.ts';
import type { Facility } from '../../e2e/facility.ts';
import { memberOf } from './cast.ts';

export interface Run {
  lab: string;
  instance: string;
  image?: string;
  command: string[];
}
export type JobPodSpec = NonNullable<NonNullable<Job['spec']>['template']['spec']>;

let runs = 0;
/** Starts the Job, and returns its name: nobody has more than the rights of a member of the lab.
 * @param change what the member writes otherwise than the command would */
export async function startJob(
  { site }: Facility,
  { lab, instance, image = toolbox.reference, command }: Run,
  change: (spec: JobPodSpec) => unknown = () => undefined,
): Promise<string> {
  const namespace = namespaceOf(lab);
  const found = await site.client.get(ProcessingInstances, instance, namespace);
  const policy = await site.client.get(LabPolicies, policyName, namespace);
  if (!found || !policy) throw new Error(`${namespace} has no instance ${instance}, or no policy`);
  const name = `${instance}-${process.pid}-${runs++}`;
  const resources = { cpu: '10m', memory: '64Mi' };
  const plan = runJob({ instance: found, policy: policy.spec, name, command, image, resources, deadlineSeconds: 600, now: new Date() });
  if ('refused' in plan) throw new Error(plan.refused);
  change(plan.job.spec!.template.spec!);
  await site.as(memberOf(lab)).create(Jobs, plan.job);
  return name;
}

/** Runs a command as a Job of a member and returns what it printed.
 * @throws Error with what it printed, when it fails */
export async function runAs(facility: Facility, request: Run, change?: (spec: JobPodSpec) => unknown): Promise<string> {
  const name = await startJob(facility, request, change);
  const namespace = namespaceOf(request.lab);
  const { site, cluster } = facility;
  const ended = await until(
    `Job ${name} to end`,
    async () => {
      const status = (await site.client.get(Jobs, name, namespace))?.status;
      return status?.succeeded ? 'succeeded' : status?.failed ? 'failed' : undefined;
    },
    { timeoutMs: 240_000 },
  );
  const output = await cluster.kubectl(['logs', '-n', namespace, `job/${name}`]);
  if (ended === 'failed') throw new Error(`${request.command.slice(0, 2).join(' ')} in ${namespace} failed: ${output}`);
  return output;
}

/** What became of a container: what it printed, or why the kubelet did not start it. */
export interface Fate {
  container: string;
  printed?: string;
  refusal?: string;
}

/** Runs a command in one container per mount of the instance, so that a mount that fails stops nothing else; a mount may have several containers.
 * @param command shell text for the place of the mount */
export async function runApart(
  facility: Facility,
  { lab, instance }: Pick<Run, 'lab' | 'instance'>,
  command: (mountPath: string) => string,
  { chosen, times, patienceMs }: { chosen: (mountPath: string) => boolean; times: number; patienceMs: number },
): Promise<Fate[]> {
  const { site, cluster } = facility;
  const namespace = namespaceOf(lab);
  const name = await startJob(facility, { lab, instance, command: ['true'] }, (spec) => {
    const [only] = spec.containers;
    const mounts = only!.volumeMounts!.filter(({ mountPath, subPath }) => subPath !== undefined && chosen(mountPath)); // parts of data
    spec.containers = mounts.flatMap((mount) =>
      Array.from({ length: times }, (_, index) => ({
        ...only!,
        name: `${mount.mountPath.slice(1)}-${index}`,
        command: ['sh', '-c', command(mount.mountPath)],
        volumeMounts: [mount],
      })),
    );
  });
  const statuses = async () =>
    (await site.client.list(Pods, { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` }))[0]?.status?.containerStatuses;
  const isOver = ({ state }: { state?: { terminated?: object; waiting?: { reason?: string } } }) =>
    state?.terminated !== undefined || state?.waiting?.reason?.endsWith('Error') === true;
  // What the kubelet refuses it tries again: those of a race may still start.
  const all = await until(
    `the containers of ${name}`,
    async () => {
      const found = await statuses();
      return found !== undefined && found.length > 0 && found.every(isOver) && found;
    },
    { timeoutMs: patienceMs },
  ).catch(statuses);
  const fates: Fate[] = [];
  for (const { name: container, state } of all ?? []) {
    if (state?.terminated)
      fates.push({ container, printed: (await cluster.kubectl(['logs', '-n', namespace, `job/${name}`, '-c', container])).trim() });
    else fates.push({ container, refusal: `${state?.waiting?.reason}: ${state?.waiting?.message}` });
  }
  await cluster.kubectl(['delete', 'job', '-n', namespace, name, '--wait=false']);
  return fates;
}

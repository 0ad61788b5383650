// A command as a Job of a member of a lab, exactly as `kubectl bulkhead run` makes it.
import { LabPolicies, type ProcessingInstance, ProcessingInstances } from '../../../src/api/kinds.ts';
import { namespaceOf, policyName } from '../../../src/api/names.ts';
import { Jobs } from '../../../src/kube/kind.ts';
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
  /** Of the data of the instance, only what is mounted at one of these places. */
  mountPaths?: string[];
}

let runs = 0;
/** Name of a new Job of a member: nobody has more than the rights of the lab. */
export async function startJob(
  { site }: Facility,
  { lab, instance, image = toolbox.reference, command, mountPaths }: Run,
): Promise<string> {
  const namespace = namespaceOf(lab);
  const [found, policy] = [
    await site.client.get(ProcessingInstances, instance, namespace),
    await site.client.get(LabPolicies, policyName, namespace),
  ];
  const name = `${instance}-${process.pid}-${runs++}`;
  const plan = runJob({
    instance: onlyMounted(found!, mountPaths),
    policy: policy!.spec,
    name,
    command,
    image,
    resources: { cpu: '10m', memory: '128Mi' },
    deadlineSeconds: 300,
    now: new Date(),
  });
  if ('refused' in plan) throw new Error(plan.refused);
  await site.as(memberOf(lab)).create(Jobs, plan.job);
  return name;
}

const onlyMounted = (instance: ProcessingInstance, mountPaths?: string[]): ProcessingInstance =>
  mountPaths
    ? {
        ...instance,
        spec: { ...instance.spec, data: (instance.spec.data ?? []).filter(({ mountPath }) => mountPaths.includes(mountPath)) },
      }
    : instance;

/** Runs a command as a Job of a member and returns what it printed.
 * @throws Error with what it printed, when it fails */
export async function runAs(facility: Facility, request: Run): Promise<string> {
  const name = await startJob(facility, request);
  const namespace = namespaceOf(request.lab);
  const { site, cluster } = facility;
  const ended = await until(
    `Job ${name} to end`,
    async () => {
      const status = (await site.client.get(Jobs, name, namespace))?.status;
      return status?.succeeded ? 'succeeded' : status?.failed ? 'failed' : undefined;
    },
    { timeoutMs: 120_000 },
  );
  const output = await cluster.kubectl(['logs', '-n', namespace, `job/${name}`]);
  if (ended === 'failed') throw new Error(`${request.command.slice(0, 2).join(' ')} in ${namespace} failed: ${output}`);
  return output;
}

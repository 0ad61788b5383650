// `kubectl bulkhead run`: a command as an instance of the lab, with the identity, mounts and deadline that admission asks for. Creates a Job,
// follows its log and ends with the exit code of the command.
import { Command } from 'commander';
import { LabPolicies, ProcessingInstances } from '../api/kinds.ts';
import { policyName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import { Jobs } from '../kube/kind.ts';
import { runJob } from '../processinginstance/run.ts';
import { type Connection, connect, withConnectionFlags } from './connection.ts';
import { formatDuration } from './duration.ts';
import { CommandFailed } from './error.ts';
import { follow } from './follow.ts';
import { parseFlags, type RunFlags, type RunRequest } from './runflags.ts';

export const runCommand = () =>
  withConnectionFlags(new Command('run'))
    .description(
      'Run a command as an instance of a lab: with its data, under its identity. Prints what the command prints and returns its exit code.',
    )
    .usage('-n NAMESPACE --as-instance NAME [flags] -- COMMAND [args...]')
    .argument('<command...>', 'command and its arguments, after --')
    .requiredOption('--as-instance <name>', 'instance whose service account, data and storage the command has')
    .option('--image <image>', 'container image; needed for a workspace, otherwise that of its component')
    .option('--name <name>', 'name of the Job (default: the instance and five random characters)')
    .option(
      '--deadline <duration>',
      'end the command after this time, for example 90s, 45m, 2h; the end of a right to its data comes first',
    )
    .option('--gpu <count>', 'whole GPUs')
    .option('--cpu <quantity>', 'CPU, for example 2 or 500m')
    .option('--memory <quantity>', 'memory, for example 8Gi')
    .action(async (command: string[], flags: RunFlags) => {
      process.exitCode = await run(command, flags);
    });

/** @returns the exit code of the command */
async function run(command: string[], flags: RunFlags): Promise<number> {
  const request = parseFlags(flags);
  const connection = await connect(flags);
  try {
    return await runOn(connection, command, flags, request);
  } finally {
    await connection.close();
  }
}

async function runOn(connection: Connection, command: string[], flags: RunFlags, request: RunRequest): Promise<number> {
  const { client, namespace } = connection;
  const instance = await client.get(ProcessingInstances, flags.asInstance, namespace);
  if (!instance) throw new CommandFailed(await unknownInstance(connection, flags.asInstance));
  const policy = await client.get(LabPolicies, policyName, namespace);
  if (!policy)
    throw new CommandFailed(
      `error: namespace "${namespace}" has no LabPolicy: it belongs to no lab, or its lab is not ready (kubectl get labs)`,
    );

  const plan = runJob({ ...request, instance, policy: policy.spec, command, now: new Date() });
  if ('refused' in plan) throw new CommandFailed(`error: ${plan.refused}`);
  for (const item of plan.missing)
    say(
      `warning: ${describe(item)} is not mounted: the lab may not use it now; see "kubectl get pi ${instance.metadata.name} -n ${namespace} -o wide"`,
    );
  const job = await client.create(Jobs, plan.job);
  say(`job.batch/${request.name} created`);
  const seconds = job.spec?.template.spec?.activeDeadlineSeconds;
  if (seconds !== undefined && seconds !== request.deadlineSeconds)
    say(
      `it may run for ${formatDuration(seconds)}: some of its data is given until an instant, and Jobs must end before${request.deadlineSeconds ? ', and this is the longest' : ' (--deadline)'}`,
    );
  return follow(connection, job, say);
}

/** Diagnostics go to stderr: stdout belongs to the command. */
const say = (line: string) => process.stderr.write(`${line}\n`);

async function unknownInstance({ client, namespace }: Connection, name: string): Promise<string> {
  const names = (await client.list(ProcessingInstances, { namespace })).map(({ metadata }) => metadata.name);
  const hint =
    names.length > 0
      ? `; this namespace has: ${names.join(', ')}`
      : '; this namespace has none (-n names the namespace of the lab, lab-NAME)';
  return `Error from server (NotFound): processinginstances "${name}" not found in namespace "${namespace}"${hint}`;
}

const describe = ({ from, volume, path, mountPath }: DataMount) =>
  `${mountPath} (${from ? `grant ${from.lab}/${from.grant}` : `volume ${volume}`}${path ? `, path ${path}` : ''})`;

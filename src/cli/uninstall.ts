// `kubectl bulkhead uninstall`: takes Bulkhead and every lab away in the safe order, and never a file. Shows the plan first; each step is seen to be done
// before the next begins, and what was interrupted can be run again.
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { DataGrants, DataRoles, Labs, ProcessingInstances, Reservations } from '../api/kinds.ts';
import { allowDeletionAnnotation, labLabel } from '../api/labels.ts';
import { operatorNamespaceDefault } from '../api/names.ts';
import type { Client } from '../kube/client.ts';
import { CustomResourceDefinitions, type Kind, Leases, Namespaces, PersistentVolumes, RoleBindings } from '../kube/kind.ts';
import type { KubeObject } from '../kube/object.ts';
import { type ConnectionFlags, connect, withClusterFlags } from './connection.ts';
import { parseDuration } from './duration.ts';
import { badFlag, CommandFailed } from './error.ts';
import { inventory } from './inventory.ts';
import { isLed } from './leader.ts';
import { missingRights, type Right } from './rights.ts';
import { describe, type Plan, plan, type Step } from './uninstallplan.ts';
import { clusterKinds, operatorKinds, survey, wallKinds } from './uninstallsurvey.ts';

interface Flags extends ConnectionFlags {
  operatorNamespace: string;
  inventory?: string;
  dryRun?: true;
  yes?: true;
  forgetReservations?: true;
  timeout: string;
}

const pollMs = 500;
const word = 'uninstall';

export const uninstallCommand = () =>
  withClusterFlags(new Command('uninstall'))
    .description(
      'Take Bulkhead and every lab away in the safe order: people first, walls last. Files, and the volumes of applications, are never touched. Shows what goes and what stays, and asks.',
    )
    .option('--as <user>', 'user to impersonate')
    .option('--operator-namespace <namespace>', 'where the operator is installed', operatorNamespaceDefault)
    .option(
      '--inventory <file>',
      'write all labs, grants and instances to a YAML file, with the ids by which a later installation gives them their files back',
    )
    .option('--dry-run', 'only show the plan, and write the inventory')
    .option('--yes', 'do not ask')
    .option('--forget-reservations', 'remove the record of ids and directories that belong to labs, too')
    .option('--timeout <duration>', 'longest time that one step may take', '10m')
    .action(uninstall);

async function uninstall(flags: Flags): Promise<void> {
  const timeoutSeconds = parseDuration(flags.timeout);
  if (timeoutSeconds === undefined) throw badFlag('--timeout', flags.timeout, 'a time such as 90s, 10m or 1h');
  const connection = await connect(flags);
  const { client } = connection;
  try {
    await refuseWithout(client, reading(flags.operatorNamespace));
    const found = await survey(client, flags.operatorNamespace);
    const made = plan(found, { forgetReservations: flags.forgetReservations ?? false });
    process.stdout.write(describe(made));
    if (flags.inventory !== undefined) {
      await writeFile(flags.inventory, inventory(found));
      say(`${flags.inventory} written`);
    }
    if (flags.dryRun || made.steps.length === 0) return;
    if (made.obstacles.length > 0) throw new CommandFailed('error: nothing was taken away; first see to what stands in the way');
    await refuseWithout(client, writing(flags.operatorNamespace));
    await refuseWithoutOperator(client, flags.operatorNamespace, made);
    if (!flags.yes) await confirm();
    await carryOut(client, made, timeoutSeconds * 1000);
    say('Bulkhead is gone; every file is where it was');
  } finally {
    await connection.close();
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

const reading = (namespace: string): Right[] => [
  ...(
    [Labs, ProcessingInstances, DataGrants, DataRoles, Reservations, Namespaces, RoleBindings, PersistentVolumes] as Kind<KubeObject>[]
  ).map((kind): Right => ({ verb: 'list', kind })),
  ...[CustomResourceDefinitions as Kind<KubeObject>, ...clusterKinds, ...wallKinds].map((kind): Right => ({ verb: 'list', kind })),
  ...operatorKinds.map((kind): Right => ({ verb: 'list', kind, namespace })),
];
const writing = (namespace: string): Right[] => [
  { verb: 'get', kind: Leases, namespace },
  { verb: 'patch', kind: CustomResourceDefinitions },
  ...[Labs as Kind<KubeObject>, CustomResourceDefinitions as Kind<KubeObject>, ...clusterKinds, ...wallKinds].map(
    (kind): Right => ({ verb: 'delete', kind }),
  ),
  ...operatorKinds.map((kind): Right => ({ verb: 'delete', kind, namespace })),
];

async function refuseWithout(client: Client, rights: Right[]): Promise<void> {
  const missing = await missingRights(client, rights);
  if (missing.length > 0)
    throw new CommandFailed(
      `error: nothing was taken away: you may not\n${missing.map((right) => `  ${right}`).join('\n')}\nThis is work for an administrator of the cluster.`,
    );
}

/** Labs are taken down by their finalizer: without an operator they would stay half deleted. */
async function refuseWithoutOperator(client: Client, namespace: string, { steps }: Plan): Promise<void> {
  if (!steps.some(({ name }) => name === 'labs') || (await isLed(client, namespace))) return;
  throw new CommandFailed(
    `error: nothing was taken away: there are labs, and no operator in namespace ${namespace} that could take them down. Start it (kubectl scale deployment bulkhead -n ${namespace} --replicas=1), or install the chart again; --operator-namespace names another namespace`,
  );
}

/** @throws CommandFailed unless somebody types the word */
async function confirm(): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandFailed('error: nothing was taken away: there is no terminal to ask at; give --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    if ((await terminal.question(`Type ${word} to go on: `)).trim() !== word) throw new CommandFailed('nothing was taken away');
  } finally {
    terminal.close();
  }
}

async function carryOut(client: Client, { steps, handOver }: Plan, timeoutMs: number): Promise<void> {
  for (const step of steps) {
    if (step.name === 'operator' && handOver)
      throw new CommandFailed(`no lab is left. Not finished: ${handOver}; then run this command again for the rest`);
    say(`${step.title} …`);
    for (const { kind, object } of step.objects) {
      if (step.name === 'definitions')
        await client.patch(kind, object.metadata, {
          type: 'merge',
          body: { metadata: { annotations: { [allowDeletionAnnotation]: 'true' } } },
        });
      if (!object.metadata.deletionTimestamp) await client.delete(kind, object);
    }
    await untilGone(client, step, timeoutMs);
  }
}

/** @throws CommandFailed that names what is left, and why */
async function untilGone(client: Client, step: Step, timeoutMs: number): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (let told = ''; ; await delay(pollMs)) {
    const left = await remaining(client, step);
    if (left.length === 0) return;
    const now = left.join('\n');
    if (Date.now() > end)
      throw new CommandFailed(
        `error: not finished within ${timeoutMs / 1000} s, and what comes later was left alone:\n${now}\nRun this command again when that is gone.`,
      );
    if (now !== told) say(now);
    told = now;
  }
}

type Reporting = KubeObject & { status?: { conditions?: { type: string; status: string; message?: string }[] } };

/** Labs are asked for anew: one that was made meanwhile must go, too, and so must the namespaces, which outlive their Labs for a moment. */
async function remaining(client: Client, { name, objects }: Step): Promise<string[]> {
  const found: { kind: string; object: Reporting }[] =
    name === 'labs'
      ? [
          ...(await client.list(Labs)).map((object) => ({ kind: Labs.kind, object })),
          ...(await client.list(Namespaces, { labelSelector: labLabel })).map((object) => ({
            kind: Namespaces.kind,
            object: object as Reporting,
          })),
        ]
      : (
          await Promise.all(
            objects.map(async ({ kind, object: { metadata } }) => {
              const object = await client.get(kind, metadata.name, metadata.namespace);
              return object?.metadata.uid === metadata.uid ? [{ kind: kind.kind, object }] : [];
            }),
          )
        ).flat();
  return found.map(({ kind, object }) => `  ${kind} ${object.metadata.name}: ${why(object)}`);
}

function why({ metadata, status }: Reporting): string {
  if (!metadata.deletionTimestamp) return 'not deleted: it was made, or made again, meanwhile';
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready?.message ?? conditions.find((condition) => condition.status === 'True')?.message ?? 'going';
}

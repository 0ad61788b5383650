// `kubectl bulkhead plan`: what a change of manifests would do to people and pods, before it is done. For people, and for pipelines that judge pull requests.
import { Command } from 'commander';
import { labOf } from '../api/names.ts';
import { CommandFailed } from './error.ts';
import { mayNotRead } from './facility/cluster.ts';
import { type Found, ManifestError, readManifests } from './facility/manifests.ts';
import type { Facility } from './facility/objects.ts';
import { notes, type SourceFlags, withSource, withSourceFlags } from './facility/source.ts';
import { parseInstant } from './instant.ts';
import { byKey } from './plan/change.ts';
import { type Plan, planOf } from './plan/plan.ts';
import { runningPods } from './plan/pods.ts';
import { planJson, planText } from './plan/text.ts';

interface Flags extends SourceFlags {
  filename: string[];
  namespace?: string;
  delete?: true;
  strict?: true;
  at?: string;
  output: string;
}

const exitCodes = { takesAway: 2, warns: 3 };

export const planCommand = () =>
  withSourceFlags(new Command('plan'))
    .description(
      `Say what manifests would change, without changing anything: who gains and loses what where, which mounts, which pods, what ends by itself. Exit code 0: nothing is taken away; 1: it cannot be planned; ${exitCodes.takesAway}: somebody or something loses; ${exitCodes.warns}: only with --strict: there are warnings.`,
    )
    .requiredOption('-f, --filename <path...>', 'files or folders of manifests; - is standard input')
    .option('-n, --namespace <namespace>', 'for manifests that name none')
    .option('--delete', 'what the manifests name is deleted')
    .option('--strict', 'warnings count')
    .option('--at <time>', 'when it is done: 2026-12-31, 2026-12-31T08:00:00Z, +7d (default: now)')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (flags: Flags) => {
      process.exitCode = await plan(flags);
    });

async function plan(flags: Flags): Promise<number> {
  if (flags.output !== 'text' && flags.output !== 'json')
    throw new CommandFailed(`error: invalid value "${flags.output}" for --output: text or json`);
  const at = parseInstant('--at', flags.at, Date.now());
  const { found } = await read(flags);
  const named = found.flatMap(({ object }) =>
    object.kind === 'Lab' ? object.metadata.name : (labOf(object.metadata.namespace ?? '') ?? []),
  );
  return withSource(flags, [...new Set(named)], async ({ facility, connection }) => {
    requireWholeLabs(facility);
    if (!flags.delete) await read(flags, facility);
    const input = { before: facility, found, deleting: flags.delete ?? false, at };
    const first = planOf({ ...input, pods: [] });
    const labs = [...new Set(first.instances.map(({ instance }) => instance.split('/')[0] ?? ''))];
    const { pods, unread } = connection ? await runningPods(connection.client, labs) : { pods: [], unread: [] };
    const made = pods.length > 0 ? planOf({ ...input, pods }) : first;
    process.stderr.write(notes({ ...facility, unread: [...facility.unread, ...unread.map((lab) => `pods of lab ${lab}`)] }));
    const text = flags.output === 'json' ? planJson(made) : planText(made);
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
    return exitCode(made, flags.strict ?? false);
  });
}

/** A plan compares whole objects, and says what others lose.
 *  @throws CommandFailed when only the exported policy of a lab could be read */
function requireWholeLabs({ policies }: Facility): void {
  const names = policies.map(({ lab }) => lab.name);
  if (names.length > 0) throw mayNotRead(names);
}

/** @param before absent: rules about changes are not judged */
async function read({ filename, namespace }: Flags, before?: Facility): Promise<{ found: Found[] }> {
  if (before && filename.includes('-')) return { found: [] }; // standard input is read once; the API server judges the rest
  try {
    return await readManifests(filename, { namespace, ...(before && { before: byKey(before) }) });
  } catch (error) {
    if (error instanceof ManifestError) throw new CommandFailed(error.message);
    throw error;
  }
}

export const exitCode = ({ takesAway, warnings }: Pick<Plan, 'takesAway' | 'warnings'>, strict: boolean): number =>
  takesAway ? exitCodes.takesAway : strict && warnings.length > 0 ? exitCodes.warns : 0;

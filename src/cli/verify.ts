// `kubectl bulkhead verify`: tries every known attack on the labs of a cluster and says which walls stand. Everything is a dry run under
// impersonated identities: nothing is stored, whatever comes out.
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import type { Lab } from '../api/kinds.ts';
import { operatorNamespaceDefault } from '../api/names.ts';
import { Impersonator } from '../verify/actor.ts';
import { type Format, formats, isClean, type LabReport, type Report, render } from '../verify/report.ts';
import { type Facility, gatherFacility, stage } from '../verify/stage.ts';
import { isGood, tryLab } from '../verify/verdict.ts';
import { type ConnectionFlags, connectTo, loadKubeConfig, withClusterFlags } from './connection.ts';
import { badFlag, CommandFailed } from './error.ts';

interface VerifyFlags extends Pick<ConnectionFlags, 'kubeconfig' | 'context'> {
  lab?: string;
  all?: true;
  output: string;
  report?: string;
  operatorNamespace: string;
}

/** Nothing was found out. */
const cannotRun = 2;

export const verifyCommand = () =>
  withClusterFlags(new Command('verify'))
    .description(
      'Try to break out of labs in every way that is known, without storing anything, and say which walls stand. Exit code 0: every attack that was tried was refused and every allowed twin admitted; 1: not so; 2: it could not be tried.',
    )
    .option('--lab <name>', 'lab to attack (default: the first that is Ready)')
    .option('--all', 'attack every lab that is Ready')
    .option('-o, --output <format>', `format of what is printed: ${formats.join(', ')}; wide: a table with every attack`, 'table')
    .option('--report <file>', 'write the whole report to a file: JSON for a name that ends with .json, else Markdown')
    .option('--operator-namespace <namespace>', 'namespace of the operator', operatorNamespaceDefault)
    .action(async (flags: VerifyFlags) => {
      process.exitCode = await verify(flags).catch((error: unknown) => {
        if (error instanceof CommandFailed) throw new CommandFailed(error.message, cannotRun);
        throw new CommandFailed(`error: ${error instanceof Error ? error.message : error}`, cannotRun);
      });
    });

async function verify(flags: VerifyFlags): Promise<number> {
  const format = formats.find((known) => known === flags.output);
  if (!format) throw badFlag('--output', flags.output, `give one of ${formats.join(', ')}`);
  const config = await loadKubeConfig(flags);
  const connection = connectTo(config);
  const impersonator = new Impersonator(config);
  try {
    await checkRights(impersonator);
    const facility = await gatherFacility(connection.client, flags.operatorNamespace);
    const now = new Date();
    const labs: LabReport[] = [];
    for (const lab of chosenLabs(facility, flags)) {
      const scene = await stage(connection.client, facility, lab, now);
      labs.push({ lab, isolated: isolatedOf(facility.labs, lab), results: await tryLab(impersonator, scene, progress()) });
    }
    const report: Report = {
      date: now.toISOString(),
      bulkhead: manifest.version,
      kubernetes: await versionOf(impersonator),
      context: config.getCurrentContext(),
      server: config.getCurrentCluster()?.server ?? 'unknown',
      labs,
    };
    await publish(report, format, flags.report);
    return isClean(report) ? 0 : 1;
  } finally {
    await Promise.all([impersonator.close(), connection.close()]);
  }
}

async function publish(report: Report, format: Format, file: string | undefined): Promise<void> {
  if (file !== undefined) await writeFile(file, render(report, file.endsWith('.json') ? 'json' : 'markdown', false));
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  await new Promise<void>((resolve) => process.stdout.write(render(report, format, colour), () => resolve()));
}

function chosenLabs({ ready, labs }: Facility, { lab, all }: VerifyFlags): string[] {
  if (lab !== undefined && all) throw new CommandFailed('error: give --lab or --all, not both');
  if (lab !== undefined && !labs.some(({ metadata }) => metadata.name === lab))
    throw badFlag('--lab', lab, `there is no such lab; Ready are: ${ready.join(', ') || 'none'}`);
  const chosen = lab !== undefined ? [lab] : all ? ready : ready.slice(0, 1);
  if (chosen.length === 0) throw new CommandFailed('error: no lab is Ready, so there is nothing to attack (kubectl get labs)');
  return chosen;
}

/** What the attacks need of whoever starts them. The walls must not be mistaken for a missing right. */
const neededRights = ['users', 'groups', 'serviceaccounts'].map((resource) => ({ verb: 'impersonate', resource }));

async function checkRights(impersonator: Impersonator): Promise<void> {
  const missing: string[] = [];
  for (const resourceAttributes of neededRights) {
    const { status, message, body } = await impersonator.send(
      {},
      {
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      },
      { dryRun: false },
    );
    if (status >= 300) throw new CommandFailed(`error: the API server does not say what you may do: ${status} ${message}`);
    if (!(body as { status: { allowed: boolean } }).status.allowed)
      missing.push(`${resourceAttributes.verb} ${resourceAttributes.resource}`);
  }
  if (missing.length > 0)
    throw new CommandFailed(
      `error: you may not ${missing.join(', ')}: attacks are tried under the names of others; use an account that may, such as one bound to cluster-admin`,
    );
}

async function versionOf(impersonator: Impersonator): Promise<string> {
  const { body } = await impersonator.send({}, { method: 'GET', path: '/version' }, { dryRun: false });
  return (body as { gitVersion?: string } | undefined)?.gitVersion ?? 'unknown';
}

function isolatedOf(labs: Lab[], name: string): LabReport['isolated'] {
  const conditions = labs.find(({ metadata }) => metadata.name === name)?.status?.conditions;
  const { status = 'Unknown', reason = '', message = 'the Lab does not say' } = conditions?.find(({ type }) => type === 'Isolated') ?? {};
  return { status, reason, message };
}

/** One sign for each attack on a terminal: a verification takes some seconds. */
function progress() {
  const shown = process.stderr.isTTY === true;
  let count = 0;
  return (result: Parameters<typeof isGood>[0]) => {
    count += 1;
    if (shown) process.stderr.write(isGood(result) ? `\r${count} attacks ` : `\r${count} attacks, ${result.id} ${result.verdict}\n`);
  };
}

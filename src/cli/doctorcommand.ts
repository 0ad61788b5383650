// `kubectl bulkhead doctor`: whether an installation can keep its promises, and what to do where it cannot. Writes nothing.
import { Command } from 'commander';
import { operatorNamespaceDefault } from '../api/names.ts';
import { type ConnectionFlags, connect, withClusterFlags } from './connection.ts';
import { type Check, checks, isHealthy } from './doctor/checks.ts';
import { survey } from './doctor/survey.ts';
import { CommandFailed } from './error.ts';
import { table } from './table.ts';

interface Flags extends Pick<ConnectionFlags, 'kubeconfig' | 'context'> {
  operatorNamespace: string;
  output: string;
}

/** Nothing was found out. */
const cannotRun = 2;

export const doctorCommand = () =>
  withClusterFlags(new Command('doctor'))
    .description(
      'Check an installation: versions, definitions, admission policies, operator, configuration, storage, ports, nodes, labs. Exit code 0: nothing is wrong (there may be warnings); 1: something is; 2: it could not be checked.',
    )
    .option('--operator-namespace <namespace>', 'namespace of the operator', operatorNamespaceDefault)
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (flags: Flags) => {
      process.exitCode = await doctor(flags).catch((error: unknown) => {
        throw error instanceof CommandFailed
          ? new CommandFailed(error.message, cannotRun)
          : new CommandFailed(`error: ${error instanceof Error ? error.message : error}`, cannotRun);
      });
    });

async function doctor({ operatorNamespace, output, ...where }: Flags): Promise<number> {
  if (output !== 'text' && output !== 'json') throw new CommandFailed(`error: invalid value "${output}" for --output: text or json`);
  const connection = await connect(where);
  try {
    const found = checks(await survey(connection.client, operatorNamespace));
    process.stdout.write(output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : checksText(found));
    return isHealthy(found) ? 0 : 1;
  } finally {
    await connection.close();
  }
}

export function checksText(found: Check[]): string {
  const lines = table(
    ['CHECK', '', 'FOUND'],
    found.map(({ name, verdict, found }) => [name, verdict.toUpperCase(), found]),
  );
  const remedies = found
    .filter(({ verdict, remedy }) => verdict !== 'ok' && remedy !== undefined)
    .map(({ name, remedy }) => `${name}: ${remedy}\n`);
  return remedies.length === 0 ? lines : `${lines}\nWhat to do:\n${remedies.map((line) => `  ${line}`).join('')}`;
}

// kubectl plugin: `kubectl bulkhead …` runs this file when it is on PATH as kubectl-bulkhead. Each command has a file; here they are joined
// and errors are printed as kubectl prints its own.
import { Command } from 'commander';
import { ApiError, ConnectionError } from '../kube/errors.ts';
import { canICommand } from './cani.ts';
import { doctorCommand } from './doctorcommand.ts';
import { CommandFailed } from './error.ts';
import { explainCommand } from './explainplace.ts';
import { matrixCommand } from './matrixcommand.ts';
import { planCommand } from './plancommand.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './statuscommand.ts';
import { uninstallCommand } from './uninstall.ts';
import { verifyCommand } from './verify.ts';
import { whoCanCommand } from './whocan.ts';

const program = new Command('kubectl bulkhead')
  .description('Work in a lab that Bulkhead walls off, and see who may do what in it.')
  .addCommand(canICommand())
  .addCommand(doctorCommand())
  .addCommand(explainCommand())
  .addCommand(matrixCommand())
  .addCommand(planCommand())
  .addCommand(runCommand())
  .addCommand(statusCommand())
  .addCommand(uninstallCommand())
  .addCommand(verifyCommand())
  .addCommand(whoCanCommand())
  .showHelpAfterError('Run with --help for usage.');

try {
  await program.parseAsync();
} catch (error) {
  console.error(words(error));
  process.exitCode = error instanceof CommandFailed ? error.exitCode : 1;
}

function words(error: unknown): string {
  // The message begins with the request, which the user did not write.
  if (error instanceof ApiError) return `Error from server (${error.reason}): ${error.message.replace(/^[A-Z]+ \S+: /, '')}`;
  if (error instanceof ConnectionError) return `error: the API server does not answer: ${error.message}`;
  if (error instanceof CommandFailed) return error.message;
  return `error: ${error instanceof Error ? error.message : error}`;
}

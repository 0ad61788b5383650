// Child processes of the harness.
import { spawn } from 'node:child_process';

const terminatedExitCode = 143;

/** Runs a program with our own input and output. Resolves with its exit code; a signal counts as 1, a program that does not exist is an error.
 *  SIGTERM ends the program first and this process after it, so that neither is left alone; Ctrl-C reaches both by itself. */
export function runToEnd(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const end = () => {
      child.removeAllListeners('exit').on('exit', () => process.exit(terminatedExitCode));
      child.kill('SIGTERM');
    };
    process.once('SIGTERM', end);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.removeListener('SIGTERM', end);
      resolve(code ?? 1);
    });
  });
}

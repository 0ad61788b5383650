// Child processes of the harness.
import { spawn } from 'node:child_process';

/** Runs a program with our own input and output. Resolves with its exit code; a signal counts as 1, a program that does not exist is an error. */
export function runToEnd(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

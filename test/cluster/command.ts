// Runs programs of the machine and returns what they print; a failure carries the program's own words.
import { spawn } from 'node:child_process';

/** A program that could not be started or ended with another exit code than 0. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  readonly output: string;
  constructor(command: string, exitCode: number, stdout: string, stderr: string) {
    super(`${command} ended with exit code ${exitCode}: ${(stderr || stdout).trim().slice(-2_000)}`);
    this.exitCode = exitCode;
    this.output = stdout + stderr;
  }
}

export interface CommandOptions {
  cwd?: string;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  /** Written to standard input, which is empty otherwise. */
  input?: string | Uint8Array;
}

/** Standard output of a program.
 * @throws CommandError */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // a program that ends without reading its input is no failure of ours
  child.stdin.end(options.input ?? '');
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
  const output = Buffer.concat(stdout).toString();
  if (exitCode !== 0)
    throw new CommandError([command, ...args].join(' ').slice(0, 200), exitCode, output, Buffer.concat(stderr).toString());
  return output;
}

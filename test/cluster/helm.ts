// Helm: the one on PATH, else built from its Go module.
import path from 'node:path';
import { run } from './command.ts';
import { provide } from './programs.ts';

/** @returns the program, to be run */
export async function provideHelm(): Promise<string> {
  const onPath = await run('helm', ['version', '--template', '{{.Version}}']).catch(() => undefined);
  return onPath === undefined ? path.join(await provide(['helm']), 'helm') : 'helm';
}

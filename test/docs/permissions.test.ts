// The commands that docs/permissions.md shows print what it shows: they are run as they stand there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandError, run } from '../cluster/command.ts';
import { projectDirectory } from '../cluster/directories.ts';

const page = readFileSync(join(projectDirectory, 'docs/permissions.md'), 'utf8');
const shown = [...page.matchAll(/^```console\n\$ kubectl bulkhead ([^\n]+)\n(.*?)^```$/gms)].map(([, command = '', output = '']) => ({
  command,
  output,
}));

/** Words, and what stands in double quotes as one. */
const words = (command: string): string[] => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

test('there is something to compare', () => {
  expect(shown.length).toBeGreaterThan(8);
});

test.for(shown.map(({ command, output }) => [command, output] as const))('$0', { timeout: 60_000 }, async ([command, output]) => {
  const printed = await run(join(projectDirectory, 'bin/kubectl-bulkhead'), words(command), { cwd: projectDirectory }).catch(
    (error: unknown) => {
      if (error instanceof CommandError) return error.output; // "no" and "something is lost" are exit codes
      throw error;
    },
  );
  expect(printed).toBe(output);
});

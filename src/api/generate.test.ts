// What is checked in must be what the schemas say: CRDs, chart, values schema and reference pages.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('every generated file matches src/; if not: npm run generate', () => {
  const { stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'generate.ts'), '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
});

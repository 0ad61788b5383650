// Keeps docs/requirements.md true: every numbered requirement has one row, and a row names a test that bears its number, or says why there is none.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const last = { CS: 22, CM: 33, GX: 33, CE: 32 };
const numbers = Object.entries(last).flatMap(([source, count]) => Array.from({ length: count }, (_, index) => `${source}-${index + 1}`));

interface Row {
  number: string;
  words: string;
  kept: string;
  how: string;
  test: string;
}

const rows = readFileSync(join(root, 'docs/requirements.md'), 'utf8')
  .split('\n')
  .flatMap((line): Row[] => {
    const [, number = '', words = '', kept = '', how = '', test = ''] = line.split('|').map((cell) => cell.trim());
    return /^(CS|CM|GX|CE)-\d+$/.test(number) ? [{ number, words, kept, how, test: test.replaceAll('`', '') }] : [];
  });

/** Numbers in the names of tests of a file: in quotes, and in no comment. */
function numbersIn(file: string): Set<string> {
  const code = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const texts = code.match(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g) ?? [];
  return new Set(texts.flatMap((text) => text.match(/\b(?:CS|CM|GX|CE)-\d+\b/g) ?? []));
}
const files = globSync('{src,test}/**/*.test.ts', { cwd: root }).filter((file) => !file.endsWith('requirements/page.test.ts'));
const tested = new Map(files.map((file) => [file, numbersIn(file)]));

/** Who keeps it. Only where the platform does not, a row may do without a test. */
const keepers = ['Platform', 'Model', 'Exported', 'Advisory'];

test('every requirement has one row, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(numbers);
});

test.for(rows.map((row) => [row.number, row] as const))(
  '%s is kept by somebody, and a test shows it or a reason says why none does',
  ([number, row]) => {
    expect(row.words.length, 'in own words').toBeGreaterThan(10);
    expect(keepers, 'who keeps it').toContain(row.kept);
    if (row.test !== '–') {
      expect([...tested.keys()], 'a test file that exists').toContain(row.test);
      expect([...(tested.get(row.test) ?? [])], `a test in ${row.test} that bears the number`).toContain(number);
    } else {
      expect(['Exported', 'Advisory'], 'what the platform or the model keeps has a test').toContain(row.kept);
      expect(row.how.length, 'the reason').toBeGreaterThan(20);
    }
  },
);

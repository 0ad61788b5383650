// The rows of attacks on a node as files, for auditors: JSON for programs, Markdown for people, beside the logs of the cluster.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stateDirectory } from '../../cluster/directories.ts';
import { say } from '../../cluster/progress.ts';
import type { Row } from './nodeattack.ts';

export async function writeRows(name: string, rows: Row[]): Promise<void> {
  const directory = stateDirectory('attacks-on-the-node');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  await writeFile(`${file}.json`, `${JSON.stringify(rows, undefined, 2)}\n`);
  await writeFile(`${file}.md`, markdown(rows));
  say(`${rows.filter(({ stands }) => stands).length} of ${rows.length} attacks as expected: ${file}.md`);
}

const cell = (text: string) => text.replaceAll('|', '\\|').slice(0, 120);
const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |\n`;

function markdown(rows: Row[]): string {
  const head = ['id', 'category', 'attack', 'expected', 'observed', 'its twin observed', 'result'];
  const result = ({ stands, residual }: Row) => (stands ? (residual ? 'known, no wall' : 'stands') : 'NOT AS EXPECTED');
  const body = rows.map((row, index) =>
    line([`N${index + 1}`, row.category, `${row.name} (${row.tried})`, row.expected, row.observed, row.twin.observed, result(row)]),
  );
  return [line(head), line(head.map(() => '---')), ...body].join('');
}

// A matrix as a table on a terminal, as CSV, as JSON. Pure.
import { inLetters, legend } from '../facility/letters.ts';
import type { Mount } from '../facility/mounts.ts';
import { instantText } from '../instant.ts';
import { printable, table } from '../table.ts';
import type { GrantLine, InstanceLine, Matrix, Row } from './matrix.ts';

/** Places are columns, and named below: paths are longer than letters. */
export function matrixTable({ lab, displayName, at, places, rows, grants, instances }: Matrix): string {
  const heading = (index: number) => `P${index + 1}`;
  const people = rows.map((row) => [row.name, ...row.cells.map(inLetters), noteText(row)]);
  const parts = [
    `Lab ${lab}${displayName === lab ? '' : ` (${printable(displayName)})`}, ${instantText(at)}\n`,
    table(['PEOPLE', ...places.map((_, index) => heading(index)), 'NOTE'], people),
    places.map(({ name, kind }, index) => `${heading(index)}  ${name}${kind === 'Root' ? '  (the whole root)' : ''}\n`).join(''),
    `${legend}\n`,
    grants.length === 0
      ? ''
      : table(['GRANT', 'PATHS', 'WHAT', 'STATE', 'UNTIL', 'ANSWERS', 'REASON'], grants.map(grantRow)) + grants.map(faultText).join(''),
    instances.length === 0 ? '' : table(['INSTANCE', 'AUDIENCE', 'OWNER', 'MOUNT', 'DATA'], instances.flatMap(instanceRows)),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const faultText = ({ name, fault }: GrantLine): string => (fault === undefined ? '' : `${name} ${printable(fault)}\n`);

const instanceRows = ({ lab, name, audience, owner, mounts }: InstanceLine): string[][] =>
  mounts.length === 0
    ? [[`${lab}/${name}`, audience, owner, '-', '-']]
    : mounts.map((mount) => [`${lab}/${name}`, audience, owner, mount.mountPath, mountText(mount)]);

export const noteText = ({ isAdmin, out, note }: Row): string =>
  [...(isAdmin ? ['facility administrator'] : []), ...(out !== undefined ? [`OUT: ${out}`] : []), ...(note ? [note] : [])].join('; ');

const grantRow = ({ name, paths, what, state, until, answers, reason, fault }: GrantLine): string[] => [
  name,
  paths.join(', '),
  what,
  fault === undefined ? state : 'Not accepted',
  until === undefined ? 'no end' : instantText(until),
  answers,
  reason,
];

export function mountText(mount: Mount): string {
  const what = `${mount.source}, ${mount.mode}`;
  if (!mount.mounted) return `${what}: ${refusalText(mount)}`;
  return `${what}${mount.until === undefined ? '' : `, until ${instantText(mount.until)}`}`;
}

/** Nobody has refused what could not be found out. */
export const refusalText = ({ reason, message }: Extract<Mount, { mounted: false }>): string =>
  reason === 'NotRead' ? message : `refused (${reason}): ${message}`;

/** One line for each person and place. Text that a spreadsheet would run as a formula is quoted away. */
export function matrixCsv({ lab, places, rows }: Matrix): string {
  const lines = rows.flatMap((row) =>
    row.cells.map((cell, index) => [lab, row.name, row.kind, places[index]?.name ?? '', cell.join(' '), noteText(row)]),
  );
  return [['lab', 'who', 'kind', 'place', 'verbs', 'note'], ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

export function csvField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export const matrixJson = ({ at, ...rest }: Matrix): string =>
  `${JSON.stringify({ version: 1, at: instantText(at), ...rest }, (key, value: unknown) => ((key === 'until' || key === 'from') && typeof value === 'number' ? instantText(value) : value), 2)}\n`;

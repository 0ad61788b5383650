// What a verification found, for a terminal, for auditors and for programs. Holds names, verdicts and words of the API server; never what was read.
import { countOf, isGood, type Result, type Verdict, verdicts } from './verdict.ts';

export interface LabReport {
  lab: string;
  /** Condition Isolated of the Lab, as the operator sees its walls. */
  isolated: { status: string; reason: string; message: string };
  results: Result[];
}

export interface Report {
  date: string;
  bulkhead: string;
  kubernetes: string;
  context: string;
  server: string;
  labs: LabReport[];
}

/** Whether everything that was tried was refused, every twin admitted, and the operator sees no broken wall. */
export const isClean = ({ labs }: Report): boolean =>
  labs.every(({ results, isolated }) => results.every(isGood) && isolated.status !== 'False') &&
  labs.some(({ results }) => results.some(wasTried));
const wasTried = ({ verdict }: Result) => verdict !== 'NotTried';

export const formats = ['table', 'wide', 'markdown', 'json'] as const;
export type Format = (typeof formats)[number];

/** @param colour whether a terminal reads a table */
export function render(report: Report, format: Format, colour: boolean): string {
  if (format === 'json')
    return `${JSON.stringify({ ...report, clean: isClean(report), labs: report.labs.map(withCounts) }, undefined, 2)}\n`;
  return format === 'markdown' ? markdown(report) : table(report, { all: format === 'wide', colour });
}

const withCounts = ({ results, ...lab }: LabReport) => ({ ...lab, counts: countOf(results), results });

const columns: Record<Verdict, string> = {
  Refused: 'REFUSED',
  RefusedByAnother: 'BY ANOTHER',
  Admitted: 'ADMITTED',
  TwinRefused: 'TWIN REFUSED',
  Unclear: 'UNCLEAR',
  NotTried: 'NOT TRIED',
};
const shown = Object.keys(columns) as Verdict[];

function byWall(results: Result[]): [wall: string, results: Result[]][] {
  const walls = Object.groupBy(results, ({ wall }) => wall);
  return Object.entries(walls)
    .map(([wall, group]): [string, Result[]] => [wall, group ?? []])
    .sort(([a], [b]) => a.localeCompare(b));
}

/** Rows of words, filled up to columns. */
function aligned(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

function table(report: Report, { all, colour }: { all: boolean; colour: boolean }): string {
  const paint = (code: number, line: string) => (colour ? `\u001b[${code}m${line}\u001b[0m` : line);
  const verdictOf = (good: boolean, line: string) => paint(good ? 32 : 31, `${good ? '✓' : '✗'} ${line}`);
  const lines = [about(report).join(', '), ''];
  for (const { lab, isolated, results } of report.labs) {
    const isolation = `Isolated is ${isolated.status}: ${[isolated.reason, isolated.message].filter(Boolean).join(', ')}`;
    lines.push(`Lab ${lab}`, isolated.status === 'Unknown' ? `? ${isolation}` : verdictOf(isolated.status === 'True', isolation), '');
    const walls = byWall(results);
    const rows = aligned([
      ['WALL', 'ATTACKS', ...shown.map((verdict) => columns[verdict])],
      ...[...walls, ['all', results] as const].map(([wall, group]) => {
        const counts = countOf(group);
        return [wall, String(group.length), ...shown.map((verdict) => String(counts[verdict]))];
      }),
    ]);
    lines.push(`  ${rows[0]}`);
    for (const [index, group] of [...walls.map(([, group]) => group), results].entries())
      lines.push(verdictOf(group.every(isGood), rows[index + 1]!));
    const told = results.filter((result) => all || !isGood(result));
    if (told.length > 0) lines.push('');
    for (const result of told) {
      lines.push(verdictOf(isGood(result), `${result.id}  ${columns[result.verdict]}  ${result.wall}: ${result.attack}`));
      if (!isGood(result)) lines.push(...saidOf(result).map((line) => `    ${line}`));
    }
    lines.push(...notTried(results), '');
  }
  const good = isClean(report);
  lines.push(
    verdictOf(
      good,
      good ? 'every attack that was tried was refused, and every twin admitted' : 'not every wall stands: see the rows that begin with ✗',
    ),
  );
  return `${lines.join('\n')}\n`;
}

const saidOf = ({ verdict, said }: Result): string[] => [
  verdicts[verdict],
  ...(said ? [`the attack: ${said.attack}`, `its twin: ${said.twin}`] : []),
];

function notTried(results: Result[]): string[] {
  const groups = Object.entries(
    Object.groupBy(
      results.filter((result) => !wasTried(result)),
      ({ why }) => why!,
    ),
  );
  if (groups.length === 0) return [];
  const count = results.filter((result) => !wasTried(result)).length;
  return [
    '',
    `Not tried: ${count} of ${results.length} attacks`,
    ...groups.map(([why, group = []]) => `  ${why}: ${group.length} (${ids(group)})`),
  ];
}
const ids = (group: Result[]) =>
  group
    .slice(0, 4)
    .map(({ id }) => id)
    .join(', ') + (group.length > 4 ? ', …' : '');

const about = ({ date, bulkhead, kubernetes, context, server }: Report) => [
  `Bulkhead ${bulkhead}`,
  `Kubernetes ${kubernetes}`,
  `context ${context}`,
  server,
  date,
];

/** Text that stands in a cell: the words of the API server hold names that tenants chose. */
const cell = (text: string) =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/[\r\n]+/g, ' ');
const row = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
const head = (...titles: string[]) => [row(titles), `|${titles.map(() => '---').join('|')}|`];

function markdown(report: Report): string {
  const { date, bulkhead, kubernetes, context, server, labs } = report;
  const lines = [
    '# Verification of the walls',
    '',
    ...head('what', 'value'),
    ...Object.entries({
      result: isClean(report) ? 'passed' : '**failed**',
      date,
      Bulkhead: bulkhead,
      Kubernetes: kubernetes,
      context,
      server,
    }).map(row),
    '',
    'Each attack was sent as a dry run beside a twin that differs only in the attack; nothing was stored.',
    ...Object.entries(verdicts).map(([verdict, meaning]) => `- ${verdict}: ${meaning}`),
  ];
  for (const { lab, isolated, results } of labs) {
    lines.push('', `## Lab ${lab}`, '', `Isolated: ${isolated.status} ${isolated.reason} ${cell(isolated.message)}`.trimEnd(), '');
    lines.push(...head('wall', 'attacks', ...shown));
    for (const [wall, group] of [...byWall(results), ['all', results] as const])
      lines.push(row([wall, String(group.length), ...shown.map((verdict) => String(countOf(group)[verdict]))]));
    lines.push('', ...head('id', 'category', 'attack', 'wall', 'verdict', 'refused by', 'the API server said'));
    for (const { id, table: category, attack, wall, verdict, refusedBy, said, why } of results)
      lines.push(
        row([
          id,
          category,
          attack,
          wall,
          verdict,
          refusedBy ?? '',
          why ?? (verdict === 'TwinRefused' ? `twin: ${said!.twin}` : said!.attack),
        ]),
      );
  }
  return `${lines.join('\n')}\n`;
}

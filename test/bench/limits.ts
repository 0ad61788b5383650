// Compares figures with limits.yaml, where the limit of each stands beside the value that was observed when it was set.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const Limit = z
  .strictObject({
    atMost: z.number().optional().describe('The figure must not be above this.'),
    atLeast: z.number().optional().describe('The figure must not be below this.'),
    observed: z.number().describe('What was measured when the limit was set.'),
    unit: z.string(),
    means: z.string(),
  })
  .refine(({ atMost, atLeast }) => atMost === undefined || atLeast === undefined, 'give atMost or atLeast, or neither to report only');
export type Limit = z.output<typeof Limit>;
const Limits = z.record(z.string(), Limit);
export type Limits = z.output<typeof Limits>;

export const readLimits = (): Limits => Limits.parse(parse(readFileSync(join(import.meta.dirname, 'limits.yaml'), 'utf8')));

export interface Row {
  name: string;
  value: number;
  limit: Limit;
  broken: boolean;
}

/** One row for each figure, in the order of the limits.
 * @throws Error for a figure without a limit, or a limit without a figure: one of them is misspelt */
export function compare(figures: Record<string, number>, limits: Limits): Row[] {
  const strangers = [
    ...Object.keys(figures).filter((name) => !limits[name]),
    ...Object.keys(limits).filter((name) => figures[name] === undefined),
  ];
  if (strangers.length > 0) throw new Error(`figures and limits.yaml differ in: ${strangers.join(', ')}`);
  return Object.entries(limits).map(([name, limit]) => {
    const value = figures[name]!;
    return {
      name,
      value,
      limit,
      broken: value > (limit.atMost ?? Number.POSITIVE_INFINITY) || value < (limit.atLeast ?? Number.NEGATIVE_INFINITY),
    };
  });
}

const round = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toFixed(2)).toString());

/** A table for a terminal. */
export function table(rows: Row[]): string {
  const cells = rows.map(({ name, value, limit: { atMost, atLeast, observed, unit }, broken }) => [
    broken ? '✗' : '✓',
    name,
    `${round(value)} ${unit}`,
    atMost !== undefined ? `≤ ${atMost}` : atLeast !== undefined ? `≥ ${atLeast}` : '',
    `${observed}`,
  ]);
  const lines = [['', 'figure', 'measured', 'limit', 'when the limit was set'], ...cells];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

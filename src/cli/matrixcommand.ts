// `kubectl bulkhead matrix`: people against places of one lab, with its grants and instances, as a table, CSV, JSON or a page to print.
import { Command } from 'commander';
import { badFlag, CommandFailed } from './error.ts';
import { labNames, labView } from './facility/labview.ts';
import { notes, type SourceFlags, withSource, withSourceFlags } from './facility/source.ts';
import { parseInstant } from './instant.ts';
import { matrixHtml } from './matrix/html.ts';
import { type Matrix, matrixOf } from './matrix/matrix.ts';
import { matrixCsv, matrixJson, matrixTable } from './matrix/text.ts';

interface Flags extends SourceFlags {
  at?: string;
  output: string;
}

const renderers: Record<string, (matrix: Matrix) => string> = { table: matrixTable, csv: matrixCsv, json: matrixJson, html: matrixHtml };
const formats = Object.keys(renderers).join(', ');

export const matrixCommand = () =>
  withSourceFlags(new Command('matrix'))
    .description(
      'Show who may do what where in a lab: people against places, its grants with their ends and reasons, its instances with what they mount.',
    )
    .argument('<lab>', 'name of the lab')
    .option('--at <time>', 'when: 2026-12-31, 2026-12-31T08:00:00Z, +7d (default: now)')
    .option('-o, --output <format>', `${formats}; html is one page that loads nothing, for people`, 'table')
    .action(async (lab: string, flags: Flags) => {
      const render = renderers[flags.output];
      if (!render) throw badFlag('--output', flags.output, `give one of ${formats}`);
      const at = parseInstant('--at', flags.at, Date.now());
      await withSource(flags, [lab], async ({ facility }) => {
        if (!labView(facility, lab))
          throw new CommandFailed(`error: there is no lab "${lab}"; there are: ${labNames(facility).join(', ') || 'none'}`);
        process.stderr.write(notes(facility));
        const text = render(matrixOf(facility, lab, at));
        await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
      });
    });

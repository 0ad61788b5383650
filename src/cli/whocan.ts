// `kubectl bulkhead who-can`: everybody who may do something at a place, each with the rule that lets them.
import { Command } from 'commander';
import { ruleText } from '../access/explain.ts';
import type { Place } from '../access/facts.ts';
import { type Holder, whoCan } from '../access/who.ts';
import { permissionPattern, platformVerbs } from '../api/datarole.ts';
import { CommandFailed } from './error.ts';
import type { Facility } from './facility/objects.ts';
import { notes, type SourceFlags, withSource, withSourceFlags } from './facility/source.ts';
import { parseInstant } from './instant.ts';
import { parsePlace, placeHelp, requirePlace } from './place.ts';
import { table } from './table.ts';

interface Flags extends SourceFlags {
  at?: string;
  output: string;
}

export const whoCanCommand = () =>
  withSourceFlags(new Command('who-can'))
    .description(`List who may do something at a place, and by which rule. PLACE is ${placeHelp}.`)
    .argument('<verb>', `${platformVerbs.join(', ')}, or app:resource.verb`)
    .argument('<place>', placeHelp)
    .option('--at <time>', 'when: 2026-12-31, 2026-12-31T08:00:00Z, +7d (default: now)')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (verb: string, text: string, flags: Flags) => {
      if (flags.output !== 'text' && flags.output !== 'json')
        throw new CommandFailed(`error: invalid value "${flags.output}" for --output: text or json`);
      if (!permissionPattern.test(verb))
        throw new CommandFailed(`error: "${verb}" is no verb; there are ${platformVerbs.join(', ')}, and app:resource.verb`);
      const place = parsePlace(text);
      const at = parseInstant('--at', flags.at, Date.now());
      await withSource(flags, [place.lab], async ({ facility }) => {
        const holders = holdersOf(facility, place, verb, at);
        process.stderr.write(notes(facility));
        process.stdout.write(flags.output === 'json' ? `${JSON.stringify(holders.map(record), null, 2)}\n` : holdersText(holders));
      });
    });

export function holdersOf(facility: Facility, place: Place, verb: string, at: number): Holder[] {
  requirePlace(facility, place);
  return whoCan(facility.model, place, verb, at);
}

const record = ({ kind, name, rule }: Holder) => ({
  kind,
  ...(kind !== 'Authenticated' && kind !== 'Everyone' && { name }),
  rule,
  why: ruleText(rule),
});

export function holdersText(holders: Holder[]): string {
  if (holders.length === 0) return 'nobody\n';
  return table(
    ['WHO', 'KIND', 'WHY'],
    holders.map(({ kind, name, rule }) => [name, kind, ruleText(rule)]),
  );
}

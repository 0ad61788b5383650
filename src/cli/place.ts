// Places as people write them on a command line: LAB:VOLUME/PATH, LAB:VOLUME for a whole root.

import type { Place } from '../access/facts.ts';
import { segments } from '../access/read.ts';
import { relativePathRule } from '../api/schema.ts';
import { CommandFailed } from './error.ts';
import { holds } from './facility/cel.ts';
import { labNames, labView } from './facility/labview.ts';
import type { Facility } from './facility/objects.ts';

export const placeHelp = 'LAB:VOLUME/PATH, or LAB:VOLUME for the whole storage root';

/** @throws CommandFailed when the text is no place */
export function parsePlace(text: string): Place {
  const match = /^([a-z0-9][-a-z0-9]*):([a-z0-9][-a-z0-9]*)(?:\/(.*))?$/s.exec(text.replace(/\/$/, ''));
  if (!match) throw new CommandFailed(`error: "${text}" is no place; write ${placeHelp}, for example smith:projects/p1`);
  const [, lab = '', volume = '', path = ''] = match;
  const [rule, message] = relativePathRule;
  if (path !== '' && holds(rule, { self: path }) !== true) throw new CommandFailed(`error: the path "${path}" ${message}`);
  return { lab, volume, path: segments(path) };
}

/** A wrong name must not read as "nobody may".
 *  @throws CommandFailed when the lab is known and has no such root, or there is no such lab */
export function requirePlace(facility: Facility, { lab: name, volume }: Place): void {
  const roots = labView(facility, name)?.volumes;
  if (!roots) throw new CommandFailed(`error: there is no lab "${name}"; there are: ${names(labNames(facility))}`);
  if (!roots.includes(volume)) throw new CommandFailed(`error: lab "${name}" has no storage root "${volume}"; it has: ${names(roots)}`);
}

const names = (all: string[]): string => {
  const sorted = all.toSorted();
  return sorted.length === 0 ? 'none' : `${sorted.slice(0, 20).join(', ')}${sorted.length > 20 ? ` and ${sorted.length - 20} more` : ''}`;
};

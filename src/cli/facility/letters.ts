// Verbs as letters, so that a table of people and places fits on a page. Pure.
import { can } from '../../access/can.ts';
import type { Person, Place } from '../../access/facts.ts';
import type { AccessModel } from '../../access/model.ts';
import type { PlatformVerb } from '../../api/datarole.ts';

export const letters = {
  read: 'r',
  export: 'x',
  fork: 'f',
  write: 'w',
  import: 'i',
  compute: 'c',
  delete: 'd',
  share: 's',
  shareExternal: 'S',
  token: 't',
  administer: 'a',
} as const satisfies Record<PlatformVerb, string>;

export const verbs = Object.keys(letters) as PlatformVerb[];

export const held = (model: AccessModel, person: Person, place: Place, at: number): PlatformVerb[] =>
  verbs.filter((verb) => can(model, { person, place, verb, at }).allowed);

export const inLetters = (held: readonly PlatformVerb[]): string => held.map((verb) => letters[verb]).join('') || '-';

export const legend = verbs.map((verb) => `${letters[verb]} ${verb}`).join(', ');

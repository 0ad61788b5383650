// Who gains and who loses which verbs where, between two states of a facility. Pure.
import { can } from '../../access/can.ts';
import { placeText, ruleText } from '../../access/explain.ts';
import type { Place } from '../../access/facts.ts';
import { isStandardRole } from '../../access/role.ts';
import { platformVerbs } from '../../api/datarole.ts';
import type { Facility, Objects } from '../facility/objects.ts';
import { nameText, peopleConcernedBy, peopleOf, type Somebody } from '../facility/people.ts';
import { placesIn } from '../facility/places.ts';
import type { Change } from './change.ts';

export interface RightsChange {
  who: string;
  place: string;
  gained: string[];
  lost: string[];
  /** The rule that decides the first of them afterwards. */
  why: string;
}

/** One for the highest place at which it is so: below it the same holds unless something else is said. */
export function rightsChanges(before: Facility, after: Facility, labs: string[], verbs: string[], at: number): RightsChange[] {
  return labs.flatMap((lab) => {
    const places = union(before, after, lab);
    const people = new Map(
      [before, after].flatMap(({ model }) => peopleConcernedBy(model, lab)).map((one) => [`${one.kind} ${one.name}`, one]),
    );
    const rows = [...people.values()].map((somebody) => ({
      somebody,
      changes: topmost(places, (place) => difference(before, after, somebody, place, verbs, at)),
    }));
    const ofLab = new Map(rows.flatMap(({ somebody, changes }) => (somebody.kind === 'Lab' ? [[somebody.name, signs(changes)]] : [])));
    return rows
      .filter(({ somebody: { through }, changes }) => through === undefined || (ofLab.get(through) ?? '[]') !== signs(changes))
      .flatMap(({ somebody, changes }) =>
        changes.map(({ place, ...change }) => ({ who: whoText(somebody, before, after), place: placeText(place), ...change })),
      );
  });
}

type Difference = Omit<RightsChange, 'who' | 'place'>;
type Placed = Difference & { place: Place };

function whoText(somebody: Somebody, before: Facility, after: Facility): string {
  if (somebody.kind !== 'Lab') return nameText(somebody);
  const people = new Set([before, after].flatMap(({ model }) => peopleOf(model, somebody.name)));
  return `${nameText(somebody)} (${people.size === 1 ? '1 person' : `${people.size} people`})`;
}

const signs = (changes: Placed[]): string => JSON.stringify(changes.map(({ place, gained, lost }) => [place, gained, lost]));

function union(before: Facility, after: Facility, lab: string): Place[] {
  const all = new Map([before, after].flatMap((facility) => placesIn(facility, lab)).map(({ place }) => [placeText(place), place]));
  return [...all.values()].toSorted((a, b) => (placeText(a) < placeText(b) ? -1 : 1));
}

function difference(before: Facility, after: Facility, { person }: Somebody, place: Place, verbs: string[], at: number): Difference {
  const [gained, lost]: [string[], string[]] = [[], []];
  let why = '';
  for (const verb of verbs) {
    const was = can(before.model, { person, place, verb, at }).allowed;
    const { allowed, rule } = can(after.model, { person, place, verb, at });
    if (was === allowed) continue;
    (allowed ? gained : lost).push(verb);
    why ||= ruleText(rule);
  }
  return { gained, lost, why };
}

/** Without those that only repeat what the nearest place above says. */
function topmost(places: Place[], differenceAt: (place: Place) => Difference): Placed[] {
  const seen: Placed[] = [];
  const shown: Placed[] = [];
  for (const place of places) {
    const here = { place, ...differenceAt(place) };
    const above = seen.findLast((other) => isAbove(other.place, place));
    seen.push(here);
    const changes = here.gained.length + here.lost.length > 0;
    if (changes && !(above && sameVerbs(above, here))) shown.push(here);
  }
  return shown;
}

const sameVerbs = (a: Difference, b: Difference): boolean => `${a.gained} ${a.lost}` === `${b.gained} ${b.lost}`;
const isAbove = (upper: Place, lower: Place): boolean =>
  upper.volume === lower.volume &&
  upper.path.length < lower.path.length &&
  upper.path.every((segment, index) => segment === lower.path[index]);

/** Verbs that are worth comparing: those of the platform, and those of applications that the changed objects speak of themselves. */
export function verbsIn(changes: Change[], ...states: Objects[]): string[] {
  const keys = new Set(changes.map(({ key }) => key));
  const said = states.flatMap(({ roles, grants, labs }) => {
    const named = new Set([
      ...grants
        .filter(({ metadata }) => keys.has(`DataGrant ${metadata.namespace}/${metadata.name}`))
        .flatMap(({ spec }) => spec.roles ?? []),
      ...labs
        .filter(({ metadata }) => keys.has(`Lab ${metadata.name}`))
        .flatMap(({ spec }) => [...(spec.members ?? []), ...(spec.groups ?? [])].flatMap((holder) => holder.roles ?? [])),
    ]);
    return [
      ...grants
        .filter(({ metadata }) => keys.has(`DataGrant ${metadata.namespace}/${metadata.name}`))
        .flatMap(({ spec }) => spec.permissions ?? []),
      ...roles
        .filter(({ metadata: { name } }) => !isStandardRole(name) && (named.has(name) || keys.has(`DataRole ${name}`)))
        .flatMap(({ spec }) => spec.permissions),
    ];
  });
  return [...new Set([...platformVerbs, ...said.toSorted()])];
}

// Places of a lab about which there is something to say: its roots, what grants speak of, personal directories. Pure.
import type { Place } from '../../access/facts.ts';
import { segments } from '../../access/read.ts';
import { directoryOf } from '../../access/standing.ts';
import type { Lab } from '../../api/kinds.ts';
import type { Facility } from './objects.ts';

export type PlaceKind = 'Root' | 'Personal' | 'Granted';

export interface Spot {
  place: Place;
  kind: PlaceKind;
}

/** Sorted by root and path, each once. */
export function placesIn({ model, labs }: Facility, labName: string): Spot[] {
  const lab = labs.find(({ metadata }) => metadata.name === labName);
  if (!lab) return [];
  const spots = new Map<string, Spot>();
  const add = (kind: PlaceKind, place: Place) => spots.set([place.volume, ...place.path].join('/'), { place, kind });
  const roots = (lab.spec.storage ?? []).map(({ name }) => name);
  for (const { volume, paths } of model.grantsOf(labName))
    if (roots.includes(volume)) for (const path of paths) add('Granted', { lab: labName, volume, path });
  for (const volume of roots) for (const path of personalDirectories(lab)) add('Personal', { lab: labName, volume, path });
  for (const volume of roots) add('Root', { lab: labName, volume, path: [] });
  return [...spots].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, spot]) => spot);
}

const personalDirectories = ({ spec: { userRoot, members = [] } }: Lab): string[][] =>
  userRoot === undefined
    ? []
    : members.flatMap(({ user, directory }) => {
        const name = directoryOf({ user, roles: [], ...(directory !== undefined && { directory }) });
        return name === undefined ? [] : [[...segments(userRoot), name]];
      });

// Places of a lab about which there is something to say: its roots, what grants speak of, personal directories. Pure.
import type { Place } from '../../access/facts.ts';
import { segments } from '../../access/read.ts';
import { directoryOf, type LabIndex } from '../../access/standing.ts';
import { labView } from './labview.ts';
import type { Facility } from './objects.ts';

export type PlaceKind = 'Root' | 'Personal' | 'Granted';

export interface Spot {
  place: Place;
  kind: PlaceKind;
}

/** Sorted by root and path, each once. */
export function placesIn(facility: Facility, labName: string): Spot[] {
  const { model } = facility;
  const roots = labView(facility, labName)?.volumes ?? [];
  const spots = new Map<string, Spot>();
  const add = (kind: PlaceKind, place: Place) => spots.set([place.volume, ...place.path].join('/'), { place, kind });
  for (const { volume, paths } of model.grantsOf(labName))
    if (roots.includes(volume)) for (const path of paths) add('Granted', { lab: labName, volume, path });
  for (const volume of roots) for (const path of personalDirectories(model.lab(labName))) add('Personal', { lab: labName, volume, path });
  for (const volume of roots) add('Root', { lab: labName, volume, path: [] });
  return [...spots].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, spot]) => spot);
}

function personalDirectories(lab: LabIndex | undefined): string[][] {
  const { userRoot, members = [] } = lab?.facts ?? {};
  if (userRoot === undefined) return [];
  return members.flatMap((member) => {
    const name = directoryOf(member);
    return name === undefined ? [] : [[...segments(userRoot), name]];
  });
}

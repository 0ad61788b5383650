// Who may ask what. Pure. A gateway of the facility asks about everything; an instance of a lab about people of its lab and data that it could
// mount, so that whoever runs code in it learns nothing about others.
import type { Place } from '../access/facts.ts';
import type { AccessModel } from '../access/model.ts';
import { standingOf } from '../access/standing.ts';
import { hereOf, othersOf, personOf, type ReviewSpec } from './question.ts';

/** Who asks, as the API server has authenticated it. */
export type Caller = { kind: 'Gateway'; name: string } | { kind: 'Instance'; name: string; lab: string; instance: string };

/** Data of other labs that an instance names: a grant's paths. */
export interface NamedPart {
  lab: string;
  volume: string;
  path: string[];
}

/** @param partsOf what an instance asks for through grants
 * @returns why not, in words for whoever runs the caller; undefined: it may */
export function outOfScope(
  model: AccessModel,
  caller: Caller,
  spec: ReviewSpec,
  partsOf: (lab: string, instance: string) => NamedPart[],
  at: number,
): string | undefined {
  if (caller.kind === 'Gateway') return undefined;
  const lab = model.lab(caller.lab);
  // An account tells nothing about people of other labs, so that nobody can be searched for through it.
  if (spec.user !== undefined && (!lab || standingOf(lab, personOf(spec), at).is === 'none'))
    return `an instance of lab ${caller.lab} may ask about people of that lab only; "${spec.user}" is none of them with the groups given`;
  const parts = partsOf(caller.lab, caller.instance);
  const isOwn = (place: Place) => place.lab === caller.lab || parts.some((part) => isInside(place, part));
  const foreign = [hereOf(spec), ...Object.values(othersOf(spec)).flat()].find((place) => !isOwn(place));
  if (!foreign) return undefined;
  const where = `${foreign.lab}:${[foreign.volume, ...foreign.path].join('/')}`;
  return `an instance may ask about data of its lab, and of paths in its spec.data; ${where} is neither`;
}

const isInside = ({ lab, volume, path }: Place, part: NamedPart): boolean =>
  lab === part.lab && volume === part.volume && part.path.every((segment, index) => segment === path[index]);

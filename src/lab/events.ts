// Events of a Lab about its walls: one when a wall breaks, one when all stand again. What was repaired within one pass is told as well,
// because the condition never showed it.
import type { Lab } from '../api/kinds.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Report } from './status.ts';
import { inWords } from './walls.ts';

/** @param before the lab as it was before this pass wrote its status */
export function announce(kube: Kube, before: Stored<Lab>, { walls, repaired = [] }: Report): void {
  const was = before.status?.conditions?.find(({ type }) => type === 'Isolated');
  const warn = (note: string) => kube.event(before, { type: 'Warning', reason: 'WallBroken', action: 'CheckWalls', note });
  if (repaired.length > 0) warn(`${inWords(repaired)}; made again`);
  if (!walls) return;
  const broken = walls.filter(({ stands }) => !stands);
  const now = inWords(broken);
  if (broken.length > 0 && (was?.status === 'True' || (was?.status === 'False' && was.message !== now))) warn(now);
  if (broken.length === 0 && was?.status === 'False') {
    kube.event(before, { type: 'Normal', reason: 'WallsStand', action: 'CheckWalls', note: 'every wall stands' });
  }
}

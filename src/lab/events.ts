// Events of a Lab: one when a wall breaks, one when all stand again; one for each person who becomes inactive, or is no longer. What was repaired
// within one pass is told as well, because the condition never showed it.
import type { Lab } from '../api/kinds.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { inactiveStatus, type Report } from './status.ts';
import { inWords } from './walls.ts';

/** @param before the lab as it was before this pass wrote its status */
export function announce(kube: Kube, before: Stored<Lab>, { walls, repaired = [], inactive }: Report): void {
  for (const { is, person } of turns(before.status?.inactive ?? [], inactiveStatus(inactive))) {
    const note = is
      ? `${person.user} is inactive since ${person.since}: not seen for longer than the period of group ${person.group} allows; set reactivatedAt of the member`
      : `${person.user} is no longer inactive in group ${person.group}`;
    const reason = is ? 'Deactivated' : 'Reactivated';
    kube.event(before, { type: 'Normal', reason, action: 'CheckActivity', note });
  }
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

type InactiveStatus = NonNullable<NonNullable<Lab['status']>['inactive']>;

/** Who has become inactive, and who is no longer. */
function turns(before: InactiveStatus, after: InactiveStatus): { is: boolean; person: InactiveStatus[number] }[] {
  const among = (people: InactiveStatus) => new Set(people.map(({ user, group }) => `${group} ${user}`));
  const [was, is] = [among(before), among(after)];
  return [
    ...after.filter(({ user, group }) => !was.has(`${group} ${user}`)).map((person) => ({ is: true, person })),
    ...before.filter(({ user, group }) => !is.has(`${group} ${user}`)).map((person) => ({ is: false, person })),
  ];
}

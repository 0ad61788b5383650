// A plan in words, for a terminal and for the comment that a pipeline writes under a pull request. Pure.
import { mountText } from '../matrix/text.ts';
import { table } from '../table.ts';
import type { InstanceChange } from './mounts.ts';
import type { Plan } from './plan.ts';

export function planText({ changes, rights, instances, ahead, warnings, takesAway }: Plan): string {
  const losing = rights.filter(({ lost }) => lost.length > 0);
  const gaining = rights.filter(({ gained }) => gained.length > 0);
  const parts = [
    section(
      'Objects',
      changes.map(({ what, key, at }) => [doing[what], key, at]),
    ),
    section(
      'People gain',
      gaining.map(({ who, place, gained, why }) => [who, place, verbList(gained), why]),
    ),
    section(
      'People lose',
      losing.map(({ who, place, lost, why }) => [who, place, verbList(lost), why]),
    ),
    section('Instances', instances.flatMap(instanceRows)),
    section(
      'Ahead, with no further change',
      ahead.map(({ at, what, sooner }) => [at, sooner ? `${what} (sooner than before)` : what]),
    ),
    section(
      'Warnings',
      warnings.map(({ type, about, message }) => [type, about, message]),
    ),
    `${takesAway ? 'This takes something away.' : 'Nobody and nothing loses anything.'}\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const doing = { create: '+', change: '~', delete: '-', same: '=', absent: '(not there)' } as const;

function section(title: string, rows: string[][]): string {
  if (rows.length === 0) return '';
  const widest = Math.max(...rows.map((row) => row.length));
  const lines = table(Array(widest).fill(''), rows)
    .split('\n')
    .slice(1)
    .map((line) => (line === '' ? '' : `  ${line}`));
  return `${title}:\n${lines.join('\n')}`;
}

const shownVerbs = 12;
const verbList = (verbs: string[]): string =>
  verbs.length <= shownVerbs ? verbs.join(', ') : `${verbs.slice(0, shownVerbs).join(', ')} and ${verbs.length - shownVerbs} more`;

function instanceRows({ instance, gained, lost, changed, usersGained, usersLost, pods, ended }: InstanceChange): string[][] {
  return [
    ...gained.map((mount) => ['gains', `${mount.mountPath}: ${mountText(mount)}`]),
    ...lost.map(({ mount, why }) => ['loses', `${mount.mountPath}: ${mount.source}, ${mount.mode}: ${why}`]),
    ...changed.map(({ from, to }) => ['changes', `${to.mountPath}: ${mountText(from)} -> ${mountText(to)}`]),
    ...(usersGained.length > 0 ? [['used by', usersGained.join(', ')]] : []),
    ...(usersLost.length > 0 ? [['not by', usersLost.join(', ')]] : []),
    ...(pods === undefined ? [] : [['pods', pods]]),
    ...(ended.length > 0 ? [['now', ended.join(', ')]] : []),
  ].map((row) => [instance, ...row]);
}

export const planJson = (plan: Plan): string => `${JSON.stringify({ version: 1, ...plan }, null, 2)}\n`;

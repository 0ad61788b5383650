// What a Lab says about itself: one verdict in words, and what stands already.
import type { Inactive } from '../access/inactive.ts';
import type { Lab } from '../api/kinds.ts';
import type { LabReason, LabStatus } from '../api/lab.ts';
import { accessPolicyName, namespaceOf } from '../api/names.ts';
import { conditions, type Finding, isTrue } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';
import type { Identity } from '../reservation/identity.ts';
import { inWords, type Wall } from './walls.ts';

export interface Verdict {
  state: 'Ready' | 'Resting' | 'Reconciling' | 'Stalled';
  reason: LabReason;
  message: string;
}

export interface Report {
  verdict: Verdict;
  /** Absent: the lab has none yet. */
  identity?: Identity | undefined;
  /** Whether identity and every storage root of the spec belong to this lab alone. */
  reserved: boolean;
  /** Whether people are let in, or would be if there were any. */
  guarded: boolean;
  /** Every wall as it was seen last; absent: nobody has looked, because something else comes first. */
  walls?: Wall[] | undefined;
  /** Walls that somebody had broken and that this pass has made again. */
  repaired?: Wall[] | undefined;
  /** metadata.uid of the namespace; absent: there is none yet, or it is not known in this pass. */
  namespaceUID?: string | undefined;
  /** Whether applications can read who may do what; absent: not decided yet. */
  exported?: boolean | undefined;
  /** Whoever was not seen for too long. */
  inactive: Inactive[];
}

/** As many as a status holds; the API server bars as many. */
const mostInactive = 2000;

export function statusOf(lab: Stored<Lab>, report: Report, now: Date): LabStatus {
  const { verdict, identity, reserved, guarded, inactive, namespaceUID = lab.status?.namespaceUID } = report;
  const findings: Finding[] = [
    identity && reserved
      ? {
          type: 'Reserved',
          status: 'True',
          reason: 'Reserved',
          message: `uid ${identity.uid}, gid ${identity.gid} and every storage root belong to this lab alone`,
        }
      : { type: 'Reserved', status: 'False', reason: verdict.reason, message: verdict.message },
    guarded
      ? { type: 'Guarded', status: 'True', reason: 'Guarded', message: 'the API server refuses pods that break the rules of this lab' }
      : { type: 'Guarded', status: 'False', reason: verdict.reason, message: verdict.message },
    isolated(report),
    exportedFinding(report),
  ];
  return {
    observedGeneration: lab.metadata.generation ?? 0,
    conditions: conditions(lab, verdict, now, findings),
    ...(identity && { namespace: namespaceOf(lab.metadata.name), uid: identity.uid, gid: identity.gid }),
    ...(namespaceUID !== undefined && { namespaceUID }),
    ...(inactive.length > 0 && { inactive: inactiveStatus(inactive) }),
  };
}

export const inactiveStatus = (inactive: Inactive[]): NonNullable<LabStatus['inactive']> =>
  inactive.slice(0, mostInactive).map(({ user, period, since, externalGroups }) => ({
    ...{ user, group: period.group, since: new Date(since).toISOString() },
    ...(externalGroups.length > 0 && { externalGroups }),
  }));

/** A lab that was deleted only because its kind was. */
export const held = (report: Report): Report => ({
  ...report,
  verdict: {
    state: 'Stalled',
    reason: 'DefinitionDeleted',
    message:
      'the CustomResourceDefinition of Labs was deleted, and every Lab with it, so nothing is taken down; to keep the lab, save it with its ids (kubectl bulkhead uninstall --dry-run --inventory FILE), take its finalizer off, install the chart again and apply the file',
  },
});

function exportedFinding({ exported, verdict }: Report): Finding {
  const type = 'Exported';
  if (exported === undefined) return { type, status: 'Unknown', reason: verdict.reason, message: `not decided yet: ${verdict.message}` };
  return exported
    ? { type, status: 'True', reason: 'Exported', message: `ConfigMap ${accessPolicyName} tells applications of the lab who may do what` }
    : {
        ...{ type, status: 'False', reason: 'PolicyTooLarge' },
        message: `ConfigMap ${accessPolicyName} would exceed 1 MiB, so it names nobody; applications must ask the review endpoint, or the lab must have fewer people and grants`,
      };
}

function isolated({ walls, verdict }: Report): Finding {
  const type = 'Isolated';
  if (!walls) return { type, status: 'Unknown', reason: verdict.reason, message: `nobody has looked at the walls: ${verdict.message}` };
  const broken = walls.filter(({ stands }) => !stands);
  if (broken.length > 0) return { type, status: 'False', reason: 'WallBroken', message: inWords(broken) };
  return { type, status: 'True', reason: 'WallsStand', message: `${walls.length} walls stand: ${kindsOf(walls).join(', ')}` };
}

/** Kinds of what was looked at, each once: names change with every instance. */
const kindsOf = (walls: Wall[]): string[] => [...new Set(walls.map(({ name }) => name.split(' ')[0] ?? name))];

/** The conditions that say what stands, as they are: for a pass that failed before it could look again. */
export const standing = ({ status }: Lab): Finding[] =>
  (status?.conditions ?? []).flatMap(({ type, status, reason, message }) =>
    ['Reserved', 'Guarded', 'Isolated', 'Exported'].includes(type) ? [{ type, status, reason, message }] : [],
  );

/** A lab that is being taken down keeps its identity to the end: processes of it may still run. */
export function terminating(lab: Stored<Lab>, message: string): Report {
  const { uid, gid } = lab.status ?? {};
  return {
    verdict: { state: 'Reconciling', reason: 'Terminating', message },
    ...(uid !== undefined && gid !== undefined && { identity: { uid, gid } }),
    reserved: isTrue(lab, 'Reserved'),
    guarded: isTrue(lab, 'Guarded'),
    inactive: [],
  };
}

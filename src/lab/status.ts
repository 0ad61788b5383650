// What a Lab says about itself: one verdict in words, and what stands already.
import type { Lab } from '../api/kinds.ts';
import type { LabReason, LabStatus } from '../api/lab.ts';
import { namespaceOf } from '../api/names.ts';
import { conditions, type Finding, isTrue } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';
import type { Identity } from '../reservation/identity.ts';

export interface Verdict {
  state: 'Ready' | 'Reconciling' | 'Stalled';
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
}

export function statusOf(lab: Stored<Lab>, { verdict, identity, reserved, guarded }: Report, now: Date): LabStatus {
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
  ];
  return {
    observedGeneration: lab.metadata.generation ?? 0,
    conditions: conditions(lab, verdict, now, findings),
    ...(identity && { namespace: namespaceOf(lab.metadata.name), uid: identity.uid, gid: identity.gid }),
  };
}

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

/** A lab that is being taken down keeps its identity to the end: processes of it may still run. */
export function terminating(lab: Stored<Lab>, message: string): Report {
  const { uid, gid } = lab.status ?? {};
  return {
    verdict: { state: 'Reconciling', reason: 'Terminating', message },
    ...(uid !== undefined && gid !== undefined && { identity: { uid, gid } }),
    reserved: isTrue(lab, 'Reserved'),
    guarded: isTrue(lab, 'Guarded'),
  };
}

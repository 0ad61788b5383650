// What a DataGrant says about itself: the first cause that a user must know, in words, and for whom the paths are available.
import type { DataGrantReason, DataGrantStatus } from '../api/datagrant.ts';
import type { DataGrant } from '../api/kinds.ts';
import { conditions, type Verdict as Summary } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';
import type { Consumer, Step } from './consumer.ts';
import type { Verdict } from './decide.ts';

export interface Report {
  verdict: Verdict;
  /** Labs from which the data is being taken away. */
  removals: { consumer: Consumer; step: Step }[];
  served: Consumer[];
  /** Objects of somebody else under names that the grant needs, in words. */
  taken: string[];
  /** What entitled labs still wait for, in words. */
  waiting: string[];
  /** Subjects that do not exist. */
  missing: string[];
  ownerIsSubject: boolean;
}

type Said = Summary & { reason: DataGrantReason };

export function statusOf(grant: Stored<DataGrant>, report: Report, now: Date): DataGrantStatus {
  const consumers = report.served.map(({ share, claimName }) => ({ lab: share.consumer, claim: claimName }));
  return {
    observedGeneration: grant.metadata.generation ?? 0,
    conditions: conditions(grant, summarise(report), now),
    ...(consumers.length > 0 && { consumers }),
  };
}

/** Taking away stands before all else: what is still readable matters more than what is not readable yet. */
function summarise({ verdict, removals, served, taken, waiting, missing, ownerIsSubject }: Report): Said {
  if (removals.length > 0) return revoking(removals);
  if (verdict.type === 'ended')
    return { state: verdict.reason === 'Expired' ? 'Stalled' : 'Reconciling', reason: verdict.reason, message: verdict.message };
  if (verdict.type === 'cannot')
    return { state: verdict.reason === 'LabNotReady' ? 'Reconciling' : 'Stalled', reason: verdict.reason, message: verdict.message };
  if (taken.length > 0) return { state: 'Stalled', reason: 'ObjectTaken', message: taken.join('; ') };
  if (ownerIsSubject)
    return { state: 'Stalled', reason: 'SubjectIsOwner', message: 'spec.subjects names the lab that owns the data; remove it' };
  if (missing.length > 0)
    return { state: 'Stalled', reason: 'SubjectNotFound', message: `spec.subjects names labs that do not exist: ${missing.join(', ')}` };
  if (waiting.length > 0) return { state: 'Reconciling', reason: 'Progressing', message: waiting.join('; ') };
  return { state: 'Ready', reason: 'Active', message: `available to ${served.map(({ share }) => share.consumer).join(', ')}` };
}

function revoking(removals: Report['removals']): Said {
  const unconfirmed = removals.some(({ consumer: { expulsion } }) => expulsion?.found === 'pods' && expulsion.late);
  return {
    state: 'Reconciling',
    reason: unconfirmed ? 'RevocationUnconfirmed' : 'Revoking',
    message: removals.map(({ consumer, step }) => progress(consumer, step)).join('; '),
  };
}

function progress({ share, expulsion }: Consumer, step: Step): string {
  if (step.do === 'wait') return step.for;
  if (step.do !== 'expel') return `access of lab ${share.consumer} has ended; its claim and volume are being removed`;
  if (expulsion?.found === 'pods') return `pods of lab ${share.consumer} are being ended: ${expulsion.pods.join(', ')}`;
  return `access of lab ${share.consumer} is being ended`;
}

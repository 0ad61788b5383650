// What a DataGrant says about itself. Accepted: whether it may be given at all. Active: whether it counts now. Enforced: whether what can be mounted is
// what it says. Ready: the first cause of all that a user must know.
import type { DataGrantReason, DataGrantStatus } from '../api/datagrant.ts';
import type { DataGrant } from '../api/kinds.ts';
import { conditions, type Finding, type Verdict as Summary } from '../kube/conditions.ts';
import type { Stored } from '../kube/object.ts';
import type { Assessment } from './assess.ts';
import type { Consumer, Step } from './consumer.ts';
import { grantorMessage, isOnlyDeciding, type Verdict } from './judge.ts';
import type { Revocation } from './revocation.ts';
import { nextTransition, phaseOf } from './timeline.ts';

export interface Report {
  verdict: Verdict;
  assessment: Assessment;
  /** Labs from which the data is being taken away. */
  removals: { consumer: Consumer; step: Step }[];
  served: Consumer[];
  /** Objects of somebody else under names that the grant needs, in words. */
  taken: string[];
  /** What entitled labs still wait for, in words. */
  waiting: string[];
  revocations: Revocation[];
}

type Said<T> = T & { reason: DataGrantReason };
const finding = (type: string, status: Finding['status'], reason: DataGrantReason, message: string): Said<Finding> => ({
  type,
  status,
  reason,
  message,
});

export function statusOf(grant: Stored<DataGrant>, report: Report, now: Date): DataGrantStatus {
  const { assessment, served, revocations } = report;
  const findings = [accepted(grant, report), active(grant, report, now), enforced(report)];
  const consumers = served.map(({ share, claimName }) => ({ lab: share.consumer, mode: share.mode, claim: claimName }));
  const transition = grant.metadata.deletionTimestamp === undefined ? nextTransition(grant.spec, now) : undefined;
  return {
    observedGeneration: grant.metadata.generation ?? 0,
    conditions: conditions(grant, summarise(grant, report), now, findings),
    ...(consumers.length > 0 && { consumers }),
    ...(transition && { nextTransition: transition }),
    ...(assessment.enforcement && { enforcement: assessment.enforcement }),
    ...(assessment.warnings.length > 0 && { warnings: assessment.warnings }),
    ...(revocations.length > 0 && { revocations }),
  };
}

function accepted({ spec: { grantor } }: DataGrant, { verdict, assessment: { unshareable } }: Report): Said<Finding> {
  if (verdict.type === 'cannot') return finding('Accepted', 'False', verdict.reason, verdict.message);
  if (unshareable !== undefined) return finding('Accepted', 'False', 'GrantorMayNotShare', grantorMessage(grantor, unshareable));
  return finding('Accepted', 'True', 'Accepted', grantor === undefined ? 'the facility answers for it' : `${grantor} may share every path`);
}

/** What only takes away counts whether it is accepted or not. */
function active(grant: DataGrant, { verdict, assessment }: Report, now: Date): Said<Finding> {
  const phase = phaseOf(grant.spec, now);
  const { notBefore, expiresAt } = grant.spec;
  if (grant.metadata.deletionTimestamp) return finding('Active', 'False', 'Revoking', 'the grant is being deleted');
  if (phase === 'Expired') return finding('Active', 'False', phase, `ended at ${expiresAt}`);
  if (phase === 'NotYetActive') return finding('Active', 'False', phase, `begins at ${notBefore}`);
  if (verdict.type === 'cannot' || (assessment.unshareable !== undefined && !isOnlyDeciding(grant)))
    return finding('Active', 'False', 'NotAccepted', 'it gives nothing; the condition Accepted says why');
  return phase === 'Expiring'
    ? finding('Active', 'True', phase, `ends at ${expiresAt}`)
    : finding('Active', 'True', phase, expiresAt === undefined ? 'without end' : `until ${expiresAt}`);
}

function enforced({ verdict, removals, taken, waiting, revocations }: Report): Said<Finding> {
  if (removals.length > 0) {
    const { reason, message } = revoking(removals);
    return finding('Enforced', 'False', reason, message);
  }
  switch (verdict.type) {
    case 'decides':
      return finding('Enforced', 'True', 'Deciding', 'instances mount what everybody in their audience may have then');
    case 'ended':
      return revocations.length > 0 || verdict.reason === 'Expired'
        ? finding('Enforced', 'True', 'Revoked', 'nobody can mount the paths through it')
        : finding('Enforced', 'True', verdict.reason, 'nobody can mount the paths through it');
    case 'cannot':
      return finding('Enforced', 'False', verdict.reason, verdict.message);
    case 'gives':
      if (taken.length > 0) return finding('Enforced', 'False', 'ObjectTaken', taken.join('; '));
      return waiting.length > 0
        ? finding('Enforced', 'False', 'Progressing', waiting.join('; '))
        : finding('Enforced', 'True', 'Enforced', 'other labs mount it through their claims, and nothing else');
  }
}

/** Taking away stands before all else: what is still readable matters more than what is not readable yet. */
function summarise(grant: DataGrant, { verdict, assessment, removals, served, taken, waiting }: Report): Said<Summary> {
  if (removals.length > 0) return { state: 'Reconciling', ...revoking(removals) };
  if (verdict.type === 'ended' || verdict.type === 'cannot') return { state: states[verdict.reason] ?? 'Stalled', ...verdict };
  const { unshareable, missing } = assessment;
  if (unshareable !== undefined)
    return {
      state: 'Stalled',
      reason: 'GrantorMayNotShare',
      message: `${grantorMessage(grant.spec.grantor, unshareable)}; what it takes away is taken away all the same`,
    };
  if (taken.length > 0) return { state: 'Stalled', reason: 'ObjectTaken', message: taken.join('; ') };
  if (missing) return { state: 'Stalled', ...missing };
  if (waiting.length > 0) return { state: 'Reconciling', reason: 'Progressing', message: waiting.join('; ') };
  if (verdict.type === 'decides') return { state: 'Ready', reason: 'Active', message: 'counts in every decision about the paths' };
  const labs = served.map(({ share }) => `${share.consumer}${share.mode === 'ReadWrite' ? ' for writing' : ''}`).sort();
  return { state: 'Ready', reason: 'Active', message: labs.length > 0 ? `available to ${labs.join(', ')}` : 'no other lab asks for it' };
}

/** What comes by itself, and what rests on purpose; with anything else somebody must act. */
const states: Partial<Record<DataGrantReason, Summary['state']>> = {
  Revoking: 'Reconciling',
  LabNotReady: 'Reconciling',
  NotYetActive: 'Resting',
  Expired: 'Resting',
};

function revoking(removals: Report['removals']): { reason: DataGrantReason; message: string } {
  const unconfirmed = removals.some(({ consumer: { expulsion } }) => expulsion?.found === 'pods' && expulsion.late);
  return {
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

// Decides what one DataGrant gives at one moment, to whom, and what is to be taken away. Pure: no cluster, no clock, no log.
import { earliest } from '../access/earliest.ts';
import { isSubject } from '../access/grant.ts';
import type { DataGrantStatus } from '../api/datagrant.ts';
import type { DataGrant } from '../api/kinds.ts';
import type { Assessment } from './assess.ts';
import { type Consumer, give, hasWalls, isServed, type Step, takeAway } from './consumer.ts';
import { type GrantInput, judge, type Verdict } from './judge.ts';
import { revocationsOf } from './revocation.ts';
import { type Report, statusOf } from './status.ts';
import { nextTransition } from './timeline.ts';

export interface DataGrantInput extends Omit<GrantInput, 'unshareable'> {
  assessment: Assessment;
  /** Labs that may use the paths, and every lab that still has a volume or a claim of this grant: one for each mode. */
  consumers: Consumer[];
}

export interface Plan {
  status: DataGrantStatus;
  /** Whether the grant must stay until this operator has cleaned up. */
  holds: boolean;
  steps: { consumer: Consumer; step: Step }[];
  /** When to look again without any event; our own status is none. */
  nextCheck: Date | undefined;
}

/** Nobody tells when an object without our label is gone. */
const lookAgainMs = 30_000;

export function decide(input: DataGrantInput): Plan {
  const { grant, assessment, consumers, now } = input;
  const verdict = judge({ ...input, unshareable: assessment.unshareable });
  const entitled = consumers.filter((consumer) => isEntitled(input, verdict, consumer));
  const leaving = consumers.filter((consumer) => !entitled.includes(consumer));
  // Unless the status has said so, nothing is taken away: after a crash the grant still tells what is going on.
  const persisted = isRevoking(grant);
  const removals = leaving
    .flatMap((consumer) => ({ consumer, step: takeAway(consumer) }))
    .flatMap(({ consumer, step }) => (step ? { consumer, step } : []));
  const gifts =
    verdict.type === 'gives'
      ? recipients(input, verdict).map((consumer) => ({ consumer, step: give(consumer, verdict.root, verdict.backend) }))
      : [];
  const taken = gifts.flatMap(({ consumer, step }) => (step.do === 'leave' ? [{ consumer, because: step.because }] : []));
  const served = entitled.filter((consumer) => isServed(consumer) && !taken.some((other) => other.consumer === consumer));
  const report: Report = {
    verdict,
    assessment,
    removals,
    served,
    taken: taken.map(({ because }) => because),
    waiting: [
      ...entitled.filter((consumer) => !hasWalls(consumer)).map(({ share }) => `lab ${share.consumer} has no namespace or LabPolicy yet`),
      ...gifts
        .filter(({ consumer }) => !isServed(consumer))
        .map(({ consumer, step }) => (step.do === 'wait' ? step.for : `volume of lab ${consumer.share.consumer} is being bound`)),
    ],
    revocations: revocationsOf(
      grant.status?.revocations,
      removals.map(({ consumer }) => consumer),
      entitled,
      now,
    ),
  };
  const transition = nextTransition(grant.spec, now);
  return {
    status: statusOf(grant, report, now),
    holds: gifts.length > 0 || consumers.some(({ volume, claim }) => volume || claim),
    steps: [...gifts, ...(persisted ? removals : [])],
    nextCheck:
      removals.length > 0 && !persisted
        ? now
        : earliest([
            transition && new Date(transition.at),
            assessment.changesAt,
            taken.length > 0 ? new Date(now.getTime() + lookAgainMs) : undefined,
          ]),
  };
}

/** Labs that get a volume and a claim now, or have them. */
export const recipients = (input: DataGrantInput, verdict = judge({ ...input, unshareable: input.assessment.unshareable })): Consumer[] =>
  verdict.type === 'gives' ? input.consumers.filter((consumer) => isEntitled(input, verdict, consumer) && hasWalls(consumer)) : [];

/** Whether a lab keeps what it has, or comes to have it: it is named as a whole, or one of its instances asks and may. A lab whose walls are missing
 *  for a moment does, and so it does while the owner cannot give. */
const isEntitled = ({ grant, ownerLab }: DataGrantInput, { type }: Verdict, { share, lab, asked }: Consumer): boolean =>
  (type === 'gives' || type === 'cannot') &&
  share.consumer !== ownerLab &&
  (asked || (share.mode === 'ReadOnly' && isSubject(grant, share.consumer))) &&
  lab !== undefined &&
  !lab.metadata.deletionTimestamp;

const isRevoking = ({ status }: DataGrant) =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && (reason === 'Revoking' || reason === 'RevocationUnconfirmed')) ??
  false;

// Decides what one DataGrant gives at one moment, to whom, and what is to be taken away. Pure: no cluster, no clock, no log.
import { earliest } from '../access/earliest.ts';
import { isActive, isSubject, nextChange, subjectLabs } from '../access/grant.ts';
import type { DataGrantReason, DataGrantStatus } from '../api/datagrant.ts';
import type { DataGrant, Lab } from '../api/kinds.ts';
import type { StorageRoot } from '../api/storageroot.ts';
import type { Backend } from '../config.ts';
import type { Stored } from '../kube/object.ts';
import { type Consumer, give, hasWalls, isServed, type Step, takeAway } from './consumer.ts';
import { type Deadline, deadlineOf } from './deadline.ts';
import { type Report, statusOf } from './status.ts';

export interface DataGrantInput {
  grant: Stored<DataGrant>;
  /** Name of the lab to which the namespace of the grant belongs. */
  ownerLab: string | undefined;
  owner: Stored<Lab> | undefined;
  backends: Backend[];
  /** The subjects, and every lab that still has a volume or a claim of this grant. */
  consumers: Consumer[];
  now: Date;
}

export interface Plan {
  status: DataGrantStatus;
  /** Whether the grant must stay until this operator has cleaned up. */
  holds: boolean;
  steps: { consumer: Consumer; step: Step }[];
  deadlines: Deadline[];
  /** When to look again without any event; our own status is none. */
  nextCheck: Date | undefined;
}

export type Verdict =
  | { type: 'gives'; root: StorageRoot; backend: Backend }
  | { type: 'ended'; reason: DataGrantReason; message: string }
  | { type: 'cannot'; reason: DataGrantReason; message: string };

/** What the grant as a whole gives, whoever reads. An end stands before everything else: it must complete in any state. */
function judge({ grant, ownerLab, owner, backends, now }: DataGrantInput): Verdict {
  const { volume, expiresAt } = grant.spec;
  if (grant.metadata.deletionTimestamp) return { type: 'ended', reason: 'Revoking', message: 'the grant is being deleted' };
  if (!isActive(grant, now))
    return { type: 'ended', reason: 'Expired', message: `ended at ${expiresAt}; set a later spec.expiresAt or delete the grant` };
  const cannot = (reason: DataGrantReason, message: string): Verdict => ({ type: 'cannot', reason, message });
  if (ownerLab === undefined)
    return cannot(
      'NotInLab',
      `namespace "${grant.metadata.namespace}" belongs to no lab; make the grant in the namespace of the lab that owns the data`,
    );
  if (!owner || owner.metadata.deletionTimestamp) return cannot('LabNotReady', `lab "${ownerLab}" does not exist or is being deleted`);
  if (owner.status?.uid === undefined || owner.status.gid === undefined)
    return cannot('LabNotReady', `lab "${ownerLab}" has no identity yet; see its conditions`);
  const roots = owner.spec.storage ?? [];
  const root = roots.find(({ name }) => name === volume);
  if (!root)
    return cannot('VolumeNotFound', `spec.volume "${volume}" is unknown; lab "${ownerLab}" has ${listOf(roots.map(({ name }) => name))}`);
  const backend = backends.find(({ name }) => name === root.backend);
  if (!backend)
    return cannot(
      'BackendUnknown',
      `backend "${root.backend}" of volume "${volume}" is not in the facility configuration, which has ${listOf(backends.map(({ name }) => name))}`,
    );
  return { type: 'gives', root, backend };
}

/** Nobody tells when an object without our label is gone. */
const lookAgainMs = 30_000;

export function decide(input: DataGrantInput): Plan {
  const { grant, ownerLab, consumers, now } = input;
  const verdict = judge(input);
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
  const report: Report = {
    verdict,
    removals,
    served: entitled.filter((consumer) => isServed(consumer) && !taken.some((other) => other.consumer === consumer)),
    taken: taken.map(({ because }) => because),
    waiting: [
      ...entitled.filter((consumer) => !hasWalls(consumer)).map(({ share }) => `lab ${share.consumer} has no namespace or LabPolicy yet`),
      ...gifts
        .filter(({ consumer }) => !isServed(consumer))
        .map(({ consumer, step }) => (step.do === 'wait' ? step.for : `volume of lab ${consumer.share.consumer} is being bound`)),
    ],
    missing: subjectLabs(grant).filter((name) => name !== ownerLab && !consumers.some(({ share, lab }) => share.consumer === name && lab)),
    ownerIsSubject: ownerLab !== undefined && isSubject(grant, ownerLab),
  };
  const { expiresAt } = grant.spec;
  return {
    status: statusOf(grant, report, now),
    holds: gifts.length > 0 || consumers.some(({ volume, claim }) => volume || claim),
    steps: [...gifts, ...(persisted ? removals : [])],
    deadlines: expiresAt ? entitled.flatMap(({ pods }) => pods.flatMap((pod) => deadlineOf(pod, new Date(expiresAt)) ?? [])) : [],
    nextCheck:
      removals.length > 0 && !persisted
        ? now
        : earliest([nextChange(grant, now), taken.length > 0 ? new Date(now.getTime() + lookAgainMs) : undefined]),
  };
}

/** Labs that get a volume and a claim now, or have them. */
export const recipients = (input: DataGrantInput, verdict: Verdict = judge(input)): Consumer[] =>
  verdict.type === 'gives' ? input.consumers.filter((consumer) => isEntitled(input, verdict, consumer) && hasWalls(consumer)) : [];

/** Whether a lab keeps what it has. A lab whose walls are missing for a moment does, and so it does while the owner cannot give. */
const isEntitled = ({ grant, ownerLab }: DataGrantInput, verdict: Verdict, { share, lab }: Consumer) =>
  verdict.type !== 'ended' &&
  share.consumer !== ownerLab &&
  isSubject(grant, share.consumer) &&
  lab !== undefined &&
  !lab.metadata.deletionTimestamp;

const isRevoking = ({ status }: DataGrant) =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && (reason === 'Revoking' || reason === 'RevocationUnconfirmed')) ??
  false;

const listOf = (names: string[]) => (names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none');

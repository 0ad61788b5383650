// Conditions as kstatus, Argo CD, Flux, Helm and `kubectl wait` read them. Pure. One verdict gives Ready and, unless all is well, the one of
// Reconciling (it will come by itself) and Stalled (somebody must act) that explains it; never both.
import type { KubeObject } from './object.ts';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  observedGeneration?: number | undefined;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** What a controller says about one condition; the time and the generation are added here. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export interface Verdict {
  /** Resting: not ready on purpose; nothing is under way and nobody has to act. */
  state: 'Ready' | 'Resting' | 'Reconciling' | 'Stalled';
  reason: string;
  message: string;
}

type Conditioned = KubeObject & { status?: { conditions?: Condition[] | undefined } | undefined };

/** The conditions of one pass: always the full set, since an applied status loses what is left out.
 * @param findings further conditions, one for each cause, in the order in which people should read them */
export function conditions(object: Conditioned, verdict: Verdict, now: Date, findings: Finding[] = []): Condition[] {
  const { state, reason, message } = verdict;
  const summary: Finding[] = [{ type: 'Ready', status: state === 'Ready' ? 'True' : 'False', reason, message }];
  if (state === 'Reconciling' || state === 'Stalled') summary.push({ type: state, status: 'True', reason, message });
  return [...summary, ...findings].map((finding) => ({
    ...finding,
    observedGeneration: object.metadata.generation ?? 0,
    lastTransitionTime: transitionTime(object.status?.conditions, finding, now),
  }));
}

/** A transition is a change of status; a new reason or message is none. */
function transitionTime(before: Condition[] = [], { type, status }: Finding, now: Date): string {
  const same = before.find((condition) => condition.type === type && condition.status === status);
  return same?.lastTransitionTime ?? `${now.toISOString().slice(0, 19)}Z`;
}

/** Whether a condition of the object is True. */
export const isTrue = (object: Conditioned, type: string): boolean =>
  (object.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

// Ends what runs in a suspended lab, and lets it begin again. The label of the namespace is the state: admission lets nothing begin while it
// says "true", and as long as it is there Jobs may wait to be resumed.
//   (none) -> "true": Jobs suspended, bare pods deleted -> "resuming": pods may start, Jobs resumed -> (none)
// What instances run is ended and begun by their own controller.
import type { Lab } from '../api/kinds.ts';
import { suspendedAnnotation, suspendedLabel } from '../api/labels.ts';
import { type Job, Jobs, type Namespace, Namespaces, type Pod, Pods } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Verdict } from './status.ts';

/** How long an API server may take until it knows the label: an empty list before that proves nothing. */
const labelMs = 2000;

/** @param running pods that have yet to end */
export function suspensionVerdict({ status }: Lab, running: string[], now: Date): Verdict {
  const before = (status?.conditions ?? []).find(({ type, reason }) => type === 'Ready' && reason === 'Suspended');
  if (running.length === 0 && before && now.getTime() - Date.parse(before.lastTransitionTime) >= labelMs)
    return {
      state: 'Resting',
      reason: 'Suspended',
      message: 'spec.suspended is true: nothing runs and nobody has rights; nothing is lost',
    };
  const few = running.slice(0, 5).join(', ');
  const what = running.length > 5 ? `${few} and ${running.length - 5} more pods` : few;
  return { state: 'Reconciling', reason: 'Suspended', message: `spec.suspended is true: waiting for ${what || 'the last pods'} to end` };
}

/** Ends what runs; returns the names of pods that have yet to end. By live reads: Jobs and pods of people are not in the cache. */
export async function suspendWork(kube: Kube, namespace: string): Promise<string[]> {
  for (const job of (await kube.readAll(Jobs, { namespace })).filter(isToSuspend)) {
    await kube.mergePatch(Jobs, job, suspension(job, true));
  }
  const running = (await kube.readAll(Pods, { namespace })).filter(isRunning);
  for (const pod of running.filter(isBare)) await kube.delete(Pods, pod);
  return running.map(({ metadata }) => metadata.name).sort();
}

/** Exactly those Jobs begin again that the suspension has stopped. Sends nothing for a lab that was not suspended. */
export async function resumeWork(kube: Kube, namespace: Stored<Namespace>): Promise<void> {
  if (namespace.metadata.labels?.[suspendedLabel] === undefined) return;
  const { name } = namespace.metadata;
  const label = (value: string | null) => kube.mergePatch(Namespaces, namespace, { metadata: { labels: { [suspendedLabel]: value } } });
  await label('resuming');
  for (const job of (await kube.readAll(Jobs, { namespace: name })).filter(isToResume)) {
    await kube.mergePatch(Jobs, job, suspension(job, false));
  }
  await label(null);
}

/** On the state that was seen: between the two a Job may have been suspended or resumed by somebody else. */
const suspension = ({ metadata: { resourceVersion } }: Stored<Job>, suspend: boolean) => ({
  metadata: { resourceVersion, annotations: { [suspendedAnnotation]: suspend ? 'true' : null } },
  spec: { suspend },
});

export const isToSuspend = ({ metadata, spec, status }: Job): boolean =>
  metadata.deletionTimestamp === undefined &&
  !spec?.suspend &&
  !(status?.conditions ?? []).some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

/** Whoever makes a Job may write the annotation; then this Job begins, which its maker could have had without. */
export const isToResume = ({ metadata, spec }: Job): boolean =>
  metadata.annotations?.[suspendedAnnotation] !== undefined && metadata.deletionTimestamp === undefined && spec?.suspend === true;

const isRunning = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
/** Nobody makes it again, and nobody else ends it. */
const isBare = ({ metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined && !(metadata.ownerReferences ?? []).some(({ controller }) => controller);

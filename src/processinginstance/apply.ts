// Carries out the plan for one instance. Every pod that has yet to be made is tried first (dry run), because a workload that the walls
// refuse would sit silently without a pod: the words of the API server belong into the status of the instance.
import { fieldManager } from '../api/labels.ts';
import { ApiError, isNamespaceTerminating, ReconcileError } from '../kube/errors.ts';
import { Jobs, PersistentVolumeClaims, PersistentVolumes, type Pod, Pods, Secrets, StatefulSets } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import { isMadeBy } from '../kube/object.ts';
import { decide, type Facts, type Plan } from './decide.ts';
import type { Wanted } from './intent.ts';

/** Makes what stands before any pod, and finds out which pods the API server lets in. */
export async function prepare(kube: Kube, facts: Omit<Facts, 'answers'>): Promise<Plan> {
  const answers = new Map<string, string | undefined>();
  let plan = decide({ ...facts, answers });
  for (const wanted of plan.foundation) await refuseForeign(kube, wanted);
  // Before the claims: they record that it was done.
  for (const name of plan.retain) {
    await kube.mergePatch(PersistentVolumes, { metadata: { name } }, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
  }
  for (const wanted of plan.foundation) await applyChild(kube, wanted);
  while (plan.probe) {
    answers.set(plan.probe.name, await refusalOf(kube, plan.probe.pod));
    plan = decide({ ...facts, answers });
  }
  return plan;
}

export async function carryOut(kube: Kube, { workloads, unwanted }: Plan): Promise<void> {
  for (const step of workloads) {
    // The template of a Job is immutable, and its name says what it does: there is nothing to change in one that exists.
    if (step.part !== 'directories') await applyChild(kube, { kind: StatefulSets, object: step.object });
    else if (!kube.cache.get(Jobs, step.name, step.object.metadata.namespace))
      await orRefused({ kind: Jobs, object: step.object }, kube.create(Jobs, step.object));
  }
  for (const { kind, object } of unwanted) await kube.delete(kind, object, { propagation: 'Background' });
}

/** A claim leads to a volume, and so to data. The walls let only the operator and the controllers of Kubernetes make one in a lab; one that was
 *  there before the walls, or came through a controller, is not ours. No request once our claim exists.
 *  @throws ReconcileError when the claim was made by somebody else */
async function refuseForeign(kube: Kube, { kind, object: { metadata } }: Wanted): Promise<void> {
  if (kind.kind !== PersistentVolumeClaims.kind) return;
  const { name, namespace } = metadata;
  const live = kube.cache.get(kind, name, namespace) ?? (await kube.read(kind, name, namespace));
  if (!live || isMadeBy(fieldManager, live)) return;
  throw new ReconcileError(
    'ObjectTaken',
    `PersistentVolumeClaim "${name}" was not made by Bulkhead; look at what it is for, then delete it, or name the instance differently`,
  );
}

const applyChild = (kube: Kube, wanted: Wanted): Promise<void> => orRefused(wanted, kube.apply(wanted.kind, wanted.object));

/** @throws ReconcileError with the words of the server when it refuses the object, for example because the quota of the lab is used up */
async function orRefused({ kind, object }: Wanted, written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // never a value of a Secret; a quota speaks of numbers only
    const words = kind.kind === Secrets.kind && !isQuota(error) ? 'the API server refuses it' : wordsOf(error);
    throw new ReconcileError('ObjectRefused', `${kind.kind} "${object.metadata.name}": ${words}`, { cause: error });
  }
}

async function refusalOf(kube: Kube, pod: Pod): Promise<string | undefined> {
  try {
    await kube.create(Pods, pod, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return wordsOf(error);
  }
}

/** The server has understood and says no; not a race, and not the end of the namespace. */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && [400, 403, 422].includes(error.code) && !isNamespaceTerminating(error);

const isQuota = ({ message }: ApiError) => message.includes('exceeded quota');

/** Without the request: that is our own business. */
const wordsOf = ({ message }: ApiError) => message.replace(/^[A-Z]+ \S+: /, '');

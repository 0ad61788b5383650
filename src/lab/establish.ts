// Makes everything of a lab, or repairs it. The order is safety: people who lost a role go out before anything else; reservations come
// before what uses them; guards stand, and are seen to refuse, before anybody comes in.
import { earliest } from '../access/earliest.ts';
import { membership } from '../access/membership.ts';
import { rolesWith } from '../access/role.ts';
import { DataRoles, type Lab, Labs } from '../api/kinds.ts';
import type { LabReason } from '../api/lab.ts';
import { finalizer, labLabel, restoredAnnotation } from '../api/labels.ts';
import { limitsName, namespaceOf } from '../api/names.ts';
import { isTrue } from '../kube/conditions.ts';
import { isForbidden } from '../kube/errors.ts';
import {
  type Namespace,
  Namespaces,
  type PersistentVolume,
  PersistentVolumeClaims,
  PersistentVolumes,
  ResourceQuotas,
  RoleBindings,
} from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { isCounted } from './countable.ts';
import { decide, type Plan, unboundClaims } from './decide.ts';
import { gather, type LabSettings } from './gather.ts';
import { namespace as namespaceFor } from './objects/namespace.ts';
import { operatorRoleBinding } from './objects/rolebinding.ts';
import { people, unknownRole } from './people.ts';
import { type Answer, probe } from './probe.ts';
import { reserve } from './reserve.ts';
import type { Report } from './status.ts';

export interface Outcome {
  report: Report;
  requeueAt?: Date | undefined;
}

const soonMs = 200;
const patientMs = 30_000;
/** Finalizer of Kubernetes that keeps a deleted volume for as long as a claim is bound to it. */
const volumeProtection = 'kubernetes.io/pv-protection';
/** How long the API server may take until it knows a new role binding. */
const rightsMs = 15_000;

export async function establish(kube: Kube, found: Stored<Lab>, settings: LabSettings, clock: () => Date): Promise<Outcome> {
  const name = namespaceOf(found.metadata.name);
  const roles = rolesWith(kube.cache.list(DataRoles));
  const { standings, unknownRoles, nextChange } = membership(found.spec, roles, clock());
  const { remove, reduce, admit } = people(found, standings, kube.cache.list(RoleBindings, name));
  for (const binding of remove) await kube.delete(RoleBindings, binding);
  for (const binding of reduce) await kube.apply(RoleBindings, binding);

  const { lab, identity, refusal } = await reserve(kube, await kube.addFinalizer(Labs, found, finalizer), settings);
  const so = { identity, reserved: refusal === undefined, guarded: isTrue(found, 'Guarded') };
  const later = (ms: number) => new Date(clock().getTime() + ms);
  const stalled = (reason: LabReason, message: string): Outcome => ({
    report: { ...so, verdict: { state: 'Stalled', reason, message } },
    requeueAt: earliest([later(patientMs), nextChange]),
  });
  const progressing = (message: string, requeueAt?: Date, reason: LabReason = 'Progressing'): Outcome => ({
    report: { ...so, verdict: { state: 'Reconciling', reason, message } },
    requeueAt: earliest([requeueAt, nextChange]),
  });
  if (!identity) return stalled(refusal?.reason ?? 'IdentityExhausted', refusal?.message ?? '');

  const namespace = await ensureNamespace(kube, lab);
  if (!namespace)
    return stalled('NamespaceTaken', `namespace ${name} exists and was not made for this lab; delete it, or name the lab differently`);
  if (namespace.metadata.deletionTimestamp) return progressing(`namespace ${name} is being deleted; it is made again when it is gone`);

  const entry = await kube.apply(RoleBindings, operatorRoleBinding(lab, settings.operatorNamespace));
  const plan = decide(gather(kube.cache, lab, identity, settings, clock()));
  await release(kube, plan.release);
  if (plan.release.length > 0) return progressing('a volume that was deleted is made again');
  const isNew = clock().getTime() - Date.parse(entry.metadata.creationTimestamp) < rightsMs;
  let answer: Answer;
  try {
    await raise(kube, plan);
    answer = admit.length > 0 ? await probe(kube, lab, identity) : { walls: 'stand' };
  } catch (error) {
    if (!isForbidden(error) || !isNew) throw error;
    return progressing('waiting for the rights of the operator in the new namespace', later(soonMs));
  }
  if (answer.walls === 'unclear')
    return progressing(`whether the walls stand is not known yet: ${answer.message}`, later(isNew ? soonMs : patientMs));
  so.guarded = answer.walls === 'stand';
  if (!so.guarded)
    return progressing(
      'the API server admits a pod that breaks the rules; install the admission policies of the chart',
      later(patientMs),
      'GuardMissing',
    );
  for (const binding of admit) await kube.apply(RoleBindings, binding);

  const cause = refusal ?? unknownRole(unknownRoles, roles);
  if (cause) return stalled(cause.reason, cause.message);
  const unbound = unboundClaims(lab, kube.cache.list(PersistentVolumeClaims, name));
  if (unbound.length > 0) return progressing(`waiting for claims to be bound: ${unbound.join(', ')}`, plan.nextCheck);
  const quota = kube.cache.get(ResourceQuotas, limitsName, name);
  if (!quota || !isCounted(quota)) return progressing('waiting until Kubernetes has counted what the quota limits', plan.nextCheck);
  return {
    report: { ...so, verdict: { state: 'Ready', reason: 'Ready', message: `namespace ${name} is ready` } },
    requeueAt: earliest([plan.nextCheck, nextChange]),
  };
}

/** Creates the namespace, or repairs the labels of our own. Undefined: one of that name was made by somebody else, and is never adopted. */
async function ensureNamespace(kube: Kube, lab: Stored<Lab>): Promise<Stored<Namespace> | undefined> {
  const wanted = namespaceFor(lab);
  const { name, labels } = wanted.metadata;
  const existing = kube.cache.get(Namespaces, name) ?? (await kube.create(Namespaces, wanted)) ?? (await kube.read(Namespaces, name));
  if (existing?.metadata.labels?.[labLabel] !== lab.metadata.name) return undefined;
  if (existing.metadata.deletionTimestamp) return existing;
  const isRight = Object.entries(labels ?? {}).every(([label, value]) => existing.metadata.labels?.[label] === value);
  return isRight ? existing : kube.apply(Namespaces, { ...wanted, metadata: { ...wanted.metadata, uid: existing.metadata.uid } });
}

/** Lets go of volumes that somebody has deleted. They are gone a moment later, and then made again for the claim that was bound to them. */
async function release(kube: Kube, volumes: Stored<PersistentVolume>[]): Promise<void> {
  for (const volume of volumes) {
    const { resourceVersion, finalizers = [] } = volume.metadata;
    const others = finalizers.filter((name) => name !== volumeProtection);
    await kube.mergePatch(PersistentVolumes, volume, { metadata: { resourceVersion, finalizers: others } });
  }
}

async function raise(kube: Kube, { restore, guards, unbind }: Plan): Promise<void> {
  for (const { volume, claim } of restore) {
    const made = await kube.create(PersistentVolumes, volume);
    const annotations = { [restoredAnnotation]: made?.metadata.uid };
    if (made) await kube.mergePatch(PersistentVolumeClaims, claim, { metadata: { annotations } });
  }
  // Before the new claim is made: the volume binder looks at a claim once, and then only every 15 s.
  for (const volume of unbind) {
    const { resourceVersion } = volume.metadata;
    await kube.mergePatch(PersistentVolumes, volume, {
      metadata: { resourceVersion },
      spec: { claimRef: { uid: null, resourceVersion: null } },
    });
  }
  for (const { kind, object } of guards) await kube.apply(kind, object);
}

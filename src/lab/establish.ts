// Makes everything of a lab, or repairs it. The order is safety: people who lost a role go out before anything else; reservations come
// before what uses them; guards stand, are read back through the watch, and are seen to refuse, before anybody comes in.
import { earliest } from '../access/earliest.ts';
import { holdersIn } from '../access/holders.ts';
import { inactiveIn } from '../access/inactive.ts';
import type { AccessModel } from '../access/model.ts';
import { rolesWith } from '../access/role.ts';
import type { AdmissionObject } from '../admission/installed.ts';
import { DataRoles, type Lab, Labs } from '../api/kinds.ts';
import type { LabReason } from '../api/lab.ts';
import { adoptAnnotation, fieldManager, finalizer, restoredAnnotation } from '../api/labels.ts';
import { limitsName, namespaceOf } from '../api/names.ts';
import { isTrue } from '../kube/conditions.ts';
import { ApiError, isForbidden, ReconcileError } from '../kube/errors.ts';
import {
  ClusterRoles,
  type Namespace,
  Namespaces,
  NetworkPolicies,
  type PersistentVolume,
  PersistentVolumeClaims,
  PersistentVolumes,
  ResourceQuotas,
  type RoleBinding,
  RoleBindings,
} from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { isCounted } from './countable.ts';
import { decide, type Plan, unboundClaims, type Wanted, wanted } from './decide.ts';
import { foreignVolume } from './foreign.ts';
import { gather, gatherPeople, gatherWalls, type LabSettings, liveOf } from './gather.ts';
import { isMadeFor, namespace as namespaceFor } from './objects/namespace.ts';
import { operatorRoleBinding } from './objects/rolebinding.ts';
import { people, unknownRole } from './people.ts';
import { type Answer, probe } from './probe.ts';
import type { Probes } from './probes.ts';
import { reserve } from './reserve.ts';
import { sealOf } from './seal.ts';
import type { Report } from './status.ts';
import { resumeWork, suspendWork, suspensionVerdict } from './suspension.ts';
import { addedTo, inWords, tampered, type Wall, walls } from './walls.ts';

export interface Outcome {
  report: Report;
  requeueAt?: Date | undefined;
}

export interface Site {
  kube: Kube;
  /** Who may do what; as new as the cache. */
  access: AccessModel;
  settings: LabSettings;
  clock: () => Date;
  /** What the chart installs. */
  admission: AdmissionObject[];
  probes: Probes;
}

const soonMs = 200;
const settlingMs = 5000;
const patientMs = 30_000;
/** How soon to look again whether what runs in a suspended lab has ended. */
const endingMs = 1000;
/** Finalizer of Kubernetes that keeps a deleted volume for as long as a claim is bound to it. */
const volumeProtection = 'kubernetes.io/pv-protection';
/** How long the API server may take until it knows a new role binding. */
const rightsMs = 15_000;

export async function establish({ kube, access, settings, clock, admission, probes }: Site, found: Stored<Lab>): Promise<Outcome> {
  const name = namespaceOf(found.metadata.name);
  const roles = rolesWith(kube.cache.list(DataRoles));
  const { rights, nextChange: nextRights } = holdersIn(access, found.metadata.name, clock().getTime());
  const { people: inactive, nextChange: nextInactive } = inactiveIn(access, found.metadata.name, clock().getTime());
  const nextChange = earliest([nextRights, nextInactive]);
  const { remove, reduce, keep, admit, editor } = people(found, rights, gatherPeople(kube.cache, found));
  for (const { kind, object } of remove) await kube.delete(kind, object);
  for (const { kind, object } of [...reduce, ...keep]) await kube.apply(kind, object);

  const { lab, identity, refusal } = await reserve(kube, await kube.addFinalizer(Labs, found, finalizer), settings);
  const so: Omit<Report, 'verdict'> = { identity, reserved: refusal === undefined, guarded: isTrue(found, 'Guarded'), inactive };
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

  const seal = sealOf(settings.facilityKey, lab.metadata.name, identity);
  const namespace = await ensureNamespace(kube, lab, seal);
  if ('foreign' in namespace) return stalled('NamespaceTaken', namespace.foreign);
  so.namespaceUID = namespace.metadata.uid;
  if (namespace.metadata.deletionTimestamp) return progressing(`namespace ${name} is being deleted; it is made again when it is gone`);

  const entrance = operatorRoleBinding(lab, settings.operatorNamespace);
  const plan = decide(gather(kube.cache, access, lab, { identity, config: settings, now: clock() }));
  so.exported = plan.isExported;
  const guards = [wanted(RoleBindings, entrance), ...plan.guards];
  const look = (probed: Answer | undefined): Wall[] =>
    walls({ ...gatherWalls(kube.cache, { namespace: namespaceFor(lab, seal), guards, leaving: plan.remove, admission }), probed });
  const asked = probes.of(lab.metadata.name, clock());
  so.walls = look(asked.answer);
  for (const policy of plan.remove) await kube.delete(NetworkPolicies, policy);
  if (plan.remove.length > 0) return progressing('a network policy that the egress list needs no more is being removed');
  so.repaired = isTrue(found, 'Isolated') ? guards.flatMap((guard) => spoiled(kube, guard)) : [];

  const planted = await foreignVolume(kube, plan.guards, fieldManager);
  if (planted) return stalled('ObjectTaken', planted);
  const entry = await admitOperator(kube, entrance);
  await release(kube, plan.release);
  if (plan.release.length > 0) return progressing('a volume that was deleted is made again');
  const isNew = clock().getTime() - Date.parse(entry.metadata.creationTimestamp) < rightsMs;
  let answer: Answer | undefined;
  let running: string[] | undefined;
  try {
    await raise(kube, plan);
    if (lab.spec.suspended) running = await suspendWork(kube, name);
    else await resumeWork(kube, namespace);
    if (admit.length > 0 || clock() >= asked.next || !so.guarded) answer = await probe(kube, lab, identity);
  } catch (error) {
    if (error instanceof ReconcileError && error.reason === 'ObjectTaken') return stalled(error.reason, error.message);
    if (!isForbidden(error) || !isNew) throw error;
    return progressing('waiting for the rights of the operator in the new namespace', later(soonMs));
  }
  if (answer) probes.record(lab.metadata.name, answer, clock());
  const { answer: probed, next } = probes.of(lab.metadata.name, clock());
  so.walls = look(probed);
  // Nobody comes in, so nothing more has to be proven; the walls are in the report.
  if (running) {
    const verdict = suspensionVerdict(found, running, clock());
    const again = verdict.state === 'Resting' ? undefined : later(endingMs);
    return { report: { ...so, verdict }, requeueAt: earliest([plan.nextCheck, nextChange, next, again]) };
  }
  const unclear = answer?.walls === 'unclear' ? answer.message : undefined;
  if (unclear !== undefined && (admit.length > 0 || !so.guarded))
    return progressing(`whether the walls stand is not known yet: ${unclear}`, later(isNew ? soonMs : patientMs));
  so.guarded = probed?.walls !== 'missing';
  const message = 'the API server admits a pod that breaks the rules; install the admission policies of the chart';
  const broken = so.walls.filter(({ stands }) => !stands);
  // The probe alone fails: the API server has not taken in yet what the watch has shown.
  if (!so.guarded) return progressing(message, later(broken.length > 1 ? patientMs : settlingMs), 'GuardMissing');
  // Nobody comes in while a wall is down; nobody is sent away for it either: a new version of the chart comes before its operator.
  if (broken.length > 0) return stalled('WallBroken', inWords(broken));
  const unseen = guards.filter(({ kind, object: { metadata } }) => !kube.cache.isSeen(kind, metadata.name, metadata.namespace));
  if (admit.length > 0 && unseen.length > 0)
    return progressing(
      `reading back ${unseen.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(', ')}`,
      later(soonMs / 4),
    );
  if (editor) await kube.apply(ClusterRoles, editor);
  for (const { kind, object } of admit) await kube.apply(kind, object);

  const cause = refusal ?? plan.refusal ?? unknownRole(found.spec, roles);
  if (cause) return stalled(cause.reason, cause.message);
  const requeueAt = earliest([plan.nextCheck, nextChange, next]);
  const unbound = unboundClaims(lab, kube.cache.list(PersistentVolumeClaims, name));
  if (unbound.length > 0) return progressing(`waiting for claims to be bound: ${unbound.join(', ')}`, requeueAt);
  const quota = kube.cache.get(ResourceQuotas, limitsName, name);
  if (!quota || !isCounted(quota)) return progressing('waiting until Kubernetes has counted what the quota limits', requeueAt);
  return { report: { ...so, verdict: { state: 'Ready', reason: 'Ready', message: `namespace ${name} is ready` } }, requeueAt };
}

/** Creates the namespace, or repairs the labels of our own. One that was not made for this lab is never adopted. */
async function ensureNamespace(kube: Kube, lab: Stored<Lab>, seal: string): Promise<Stored<Namespace> | { foreign: string }> {
  const wanted = namespaceFor(lab, seal);
  const { name, labels } = wanted.metadata;
  const existing = kube.cache.get(Namespaces, name) ?? (await kube.create(Namespaces, wanted)) ?? (await kube.read(Namespaces, name));
  if (!existing || !isMadeFor(lab, seal, existing))
    return {
      foreign: `namespace ${name} exists and was not made for this lab; delete it, or name the lab differently, or, if you answer for what is in it, set the annotation ${adoptAnnotation}: ${existing?.metadata.uid ?? '<its uid>'} on the Lab`,
    };
  if (existing.metadata.deletionTimestamp) return existing;
  const isRight = Object.entries(labels ?? {}).every(([label, value]) => existing.metadata.labels?.[label] === value);
  return isRight ? existing : kube.apply(Namespaces, { ...wanted, metadata: { ...wanted.metadata, uid: existing.metadata.uid } });
}

/** What somebody has done to a guard that stood. */
function spoiled(kube: Kube, guard: Wanted): Wall[] {
  const message = tampered({ wanted: guard.object, live: liveOf(kube.cache, guard) }, fieldManager);
  return message ? [{ name: `${guard.object.kind} ${guard.object.metadata.name}`, stands: false, message }] : [];
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
    if (await isClaimed(kube, volume)) continue;
    const { resourceVersion } = volume.metadata;
    await kube.mergePatch(PersistentVolumes, volume, {
      metadata: { resourceVersion },
      spec: { claimRef: { uid: null, resourceVersion: null } },
    });
  }
  for (const guard of guards) {
    const { kind, object } = guard;
    const live = liveOf(kube.cache, guard);
    // An apply leaves alone what somebody else has added.
    const surplus = live && addedTo(object, live);
    if (surplus) await kube.mergePatch(kind, live, surplus);
    await kube.apply(kind, object).catch((error) => explained(kube, guard, error));
  }
}

/** The cache shows only claims with our label; one that has lost it is still there, and would lose its volume as well. */
async function isClaimed(kube: Kube, { spec }: PersistentVolume): Promise<boolean> {
  const { name = '', namespace, uid } = spec?.claimRef ?? {};
  return (await kube.read(PersistentVolumeClaims, name, namespace))?.metadata.uid === uid;
}

/** A field that cannot be changed any more is another one in an object that somebody else has made. */
async function explained(kube: Kube, { kind, object: { metadata } }: Wanted, error: unknown): Promise<never> {
  const isInvalid = error instanceof ApiError && error.code === 422;
  if (!isInvalid || !(await kube.read(kind, metadata.name, metadata.namespace))) throw error;
  const what = `${kind.kind} ${metadata.name}`;
  throw new ReconcileError(
    'ObjectTaken',
    `${what} was made by somebody else and cannot be made what the lab needs; delete it (${error.message})`,
  );
}

/** The role of a binding cannot be changed: one that binds us to another role is replaced. */
async function admitOperator(kube: Kube, wanted: RoleBinding): Promise<Stored<RoleBinding>> {
  const existing = kube.cache.get(RoleBindings, wanted.metadata.name, wanted.metadata.namespace);
  if (existing && existing.roleRef.name !== wanted.roleRef.name) await kube.delete(RoleBindings, existing);
  return kube.apply(RoleBindings, wanted);
}

// Makes everything of a lab, or repairs it. The order is safety: people who lost a role go out before anything else; reservations come
// before what uses them; guards stand, are read back through the watch, and are seen to refuse, before anybody comes in.

import { earliest } from '../access/earliest.ts';
import { holdersIn } from '../access/holders.ts';
import { inactiveIn } from '../access/inactive.ts';
import type { AccessModel } from '../access/model.ts';
import { rolesWith } from '../access/role.ts';
import type { AdmissionObject } from '../admission/installed.ts';
import { DataRoles, type Lab, Labs } from '../api/kinds.ts';
import { fieldManager, finalizer } from '../api/labels.ts';
import { limitsName } from '../api/names.ts';
import { isTrue } from '../kube/conditions.ts';
import { isForbidden, ReconcileError } from '../kube/errors.ts';
import { ClusterRoles, type Namespace, NetworkPolicies, PersistentVolumeClaims, ResourceQuotas, RoleBindings } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Identity } from '../reservation/identity.ts';
import { isCounted } from './countable.ts';
import { decide, unboundClaims, type Wanted, wanted } from './decide.ts';
import { ensureNamespace } from './ensurenamespace.ts';
import { foreignVolume } from './foreign.ts';
import { gather, gatherPeople, gatherWalls, type LabSettings } from './gather.ts';
import { admitOperator, raise, release, spoiled } from './guards.ts';
import { namespace as namespaceFor } from './objects/namespace.ts';
import { operatorRoleBinding } from './objects/rolebinding.ts';
import { type Outcome, Pass } from './pass.ts';
import { type People, people, unknownRole } from './people.ts';
import { type Answer, probe } from './probe.ts';
import type { Probes } from './probes.ts';
import { type Refusal, reserve } from './reserve.ts';
import { sealOf } from './seal.ts';
import { resumeWork, suspendWork, suspensionVerdict } from './suspension.ts';
import { inWords, type Wall, walls } from './walls.ts';

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
/** How long the API server may take until it knows a new role binding. */
const rightsMs = 15_000;

/** A lab that has its identity and its namespace. */
interface Housed {
  lab: Stored<Lab>;
  identity: Identity;
  seal: string;
  namespace: Stored<Namespace>;
  /** What else the lab cannot have. */
  refusal: Refusal | undefined;
}

/** One whose guards are up. */
interface Enclosed extends Housed {
  guards: Wanted[];
  /** What of the spec cannot be done. */
  refused: Refusal | undefined;
  /** When time alone changes what the guards say. */
  nextCheck: Date | undefined;
  /** The API server may not know the rights of the operator yet. */
  isNew: boolean;
  /** What it said in this pass when it was asked to admit what it must refuse; absent: it was not asked. */
  answer: Answer | undefined;
  /** Pods that still run; absent: the lab is not suspended. */
  running: string[] | undefined;
}

export async function establish(site: Site, found: Stored<Lab>): Promise<Outcome> {
  const { kube, access, clock } = site;
  const now = clock().getTime();
  const { rights, nextChange: nextRights } = holdersIn(access, found.metadata.name, now);
  const { people: inactive, nextChange: nextInactive } = inactiveIn(access, found.metadata.name, now);
  const pass = new Pass({ guarded: isTrue(found, 'Guarded'), inactive }, earliest([nextRights, nextInactive]), clock);
  const crowd = people(found, rights, gatherPeople(kube.cache, found));
  for (const { kind, object } of crowd.remove) await kube.delete(kind, object);
  for (const { kind, object } of [...crowd.reduce, ...crowd.keep]) await kube.apply(kind, object);

  const housed = await house(site, pass, found);
  if ('report' in housed) return housed;
  const enclosed = await enclose(site, pass, found, housed, crowd.admit.length > 0);
  if ('report' in enclosed) return enclosed;
  return letIn(site, pass, found, enclosed, crowd);
}

async function house({ kube, settings }: Site, pass: Pass, found: Stored<Lab>): Promise<Housed | Outcome> {
  const { lab, identity, refusal } = await reserve(kube, await kube.addFinalizer(Labs, found, finalizer), settings);
  pass.so.identity = identity;
  pass.so.reserved = refusal === undefined;
  if (!identity) return pass.stalled(refusal?.reason ?? 'IdentityExhausted', refusal?.message ?? '');
  const seal = sealOf(settings.facilityKey, lab.metadata.name, identity);
  const namespace = await ensureNamespace(kube, lab, seal);
  if ('foreign' in namespace) return pass.stalled('NamespaceTaken', namespace.foreign);
  const { name, uid, deletionTimestamp } = namespace.metadata;
  pass.so.namespaceUID = uid;
  if (deletionTimestamp) return pass.progressing(`namespace ${name} is being deleted; it is made again when it is gone`);
  return { lab, identity, seal, namespace, refusal };
}

/** @param isAwaited whether somebody is to come in, so that the guards must be seen to refuse */
async function enclose(site: Site, pass: Pass, found: Stored<Lab>, housed: Housed, isAwaited: boolean): Promise<Enclosed | Outcome> {
  const { kube, access, settings, clock, admission, probes } = site;
  const { lab, identity, seal, namespace } = housed;
  const entrance = operatorRoleBinding(lab, settings.operatorNamespace);
  const plan = decide(gather(kube.cache, access, lab, { identity, config: settings, now: clock() }));
  pass.so.exported = plan.isExported;
  const guards = [wanted(RoleBindings, entrance), ...plan.guards];
  const look = (probed: Answer | undefined): Wall[] =>
    walls({ ...gatherWalls(kube.cache, { namespace: namespaceFor(lab, seal), guards, leaving: plan.remove, admission }), probed });
  const asked = probes.of(lab.metadata.name, clock());
  pass.so.walls = look(asked.answer);
  for (const policy of plan.remove) await kube.delete(NetworkPolicies, policy);
  if (plan.remove.length > 0) return pass.progressing('a network policy that the egress list needs no more is being removed');
  pass.so.repaired = isTrue(found, 'Isolated') ? guards.flatMap((guard) => spoiled(kube, guard)) : [];

  const planted = await foreignVolume(kube, plan.guards, fieldManager);
  if (planted) return pass.stalled('ObjectTaken', planted);
  const entry = await admitOperator(kube, entrance);
  await release(kube, plan.release);
  if (plan.release.length > 0) return pass.progressing('a volume that was deleted is made again');
  const isNew = clock().getTime() - Date.parse(entry.metadata.creationTimestamp) < rightsMs;
  let answer: Answer | undefined;
  let running: string[] | undefined;
  try {
    await raise(kube, plan);
    if (lab.spec.suspended) running = await suspendWork(kube, namespace.metadata.name);
    else await resumeWork(kube, namespace);
    if (isAwaited || clock() >= asked.next || !pass.so.guarded) answer = await probe(kube, lab, identity);
  } catch (error) {
    if (error instanceof ReconcileError && error.reason === 'ObjectTaken') return pass.stalled(error.reason, error.message);
    if (!isForbidden(error) || !isNew) throw error;
    return pass.progressing('waiting for the rights of the operator in the new namespace', soonMs);
  }
  if (answer) probes.record(lab.metadata.name, answer, clock());
  pass.so.walls = look(probes.of(lab.metadata.name, clock()).answer);
  return { ...housed, guards, refused: plan.refusal, nextCheck: plan.nextCheck, isNew, answer, running };
}

async function letIn(site: Site, pass: Pass, found: Stored<Lab>, enclosed: Enclosed, { admit, editor }: People): Promise<Outcome> {
  const { kube, clock, probes } = site;
  const { lab, namespace, guards, answer, running, isNew } = enclosed;
  const { name } = namespace.metadata;
  const probed = probes.of(lab.metadata.name, clock());
  const nextLook = earliest([enclosed.nextCheck, probed.next]);
  // Nobody comes in, so nothing more has to be proven; the walls are in the report.
  if (running) {
    const verdict = suspensionVerdict(found, running, clock());
    return pass.ended(verdict, nextLook, verdict.state === 'Resting' ? undefined : endingMs);
  }
  const unclear = answer?.walls === 'unclear' ? answer.message : undefined;
  if (unclear !== undefined && (admit.length > 0 || !pass.so.guarded))
    return pass.progressing(`whether the walls stand is not known yet: ${unclear}`, isNew ? soonMs : patientMs);
  pass.so.guarded = probed.answer?.walls !== 'missing';
  const broken = (pass.so.walls ?? []).filter(({ stands }) => !stands);
  if (!pass.so.guarded) {
    const message = 'the API server admits a pod that breaks the rules; install the admission policies of the chart';
    // The probe alone fails: the API server has not taken in yet what the watch has shown.
    return pass.progressing(message, broken.length > 1 ? patientMs : settlingMs, 'GuardMissing');
  }
  // Nobody comes in while a wall is down; nobody is sent away for it either: a new version of the chart comes before its operator.
  if (broken.length > 0) return pass.stalled('WallBroken', inWords(broken));
  const unseen = guards.filter(({ kind, object: { metadata } }) => !kube.cache.isSeen(kind, metadata.name, metadata.namespace));
  if (admit.length > 0 && unseen.length > 0)
    return pass.progressing(`reading back ${unseen.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(', ')}`, soonMs / 4);
  if (editor) await kube.apply(ClusterRoles, editor);
  for (const { kind, object } of admit) await kube.apply(kind, object);

  const cause = enclosed.refusal ?? enclosed.refused ?? unknownRole(found.spec, rolesWith(kube.cache.list(DataRoles)));
  if (cause) return pass.stalled(cause.reason, cause.message);
  const unbound = unboundClaims(lab, kube.cache.list(PersistentVolumeClaims, name));
  const quota = kube.cache.get(ResourceQuotas, limitsName, name);
  const message =
    unbound.length > 0
      ? `waiting for claims to be bound: ${unbound.join(', ')}`
      : !quota || !isCounted(quota)
        ? 'waiting until Kubernetes has counted what the quota limits'
        : undefined;
  return pass.ended(
    message === undefined
      ? { state: 'Ready', reason: 'Ready', message: `namespace ${name} is ready` }
      : { state: 'Reconciling', reason: 'Progressing', message },
    nextLook,
  );
}

// Puts up the guards of a lab and keeps them as they are: what somebody has added is taken away, what somebody has deleted is made again.
import { fieldManager, restoredAnnotation } from '../api/labels.ts';
import { ApiError, ReconcileError } from '../kube/errors.ts';
import { type PersistentVolume, PersistentVolumeClaims, PersistentVolumes, type RoleBinding, RoleBindings } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Plan, Wanted } from './decide.ts';
import { liveOf } from './gather.ts';
import { addedTo, tampered, type Wall } from './walls.ts';

/** Finalizer of Kubernetes that keeps a deleted volume for as long as a claim is bound to it. */
const volumeProtection = 'kubernetes.io/pv-protection';

/** What somebody has done to a guard that stood. */
export function spoiled(kube: Kube, guard: Wanted): Wall[] {
  const message = tampered({ wanted: guard.object, live: liveOf(kube.cache, guard) }, fieldManager);
  return message ? [{ name: `${guard.object.kind} ${guard.object.metadata.name}`, stands: false, message }] : [];
}

/** Lets go of volumes that somebody has deleted. They are gone a moment later, and then made again for the claim that was bound to them. */
export async function release(kube: Kube, volumes: Stored<PersistentVolume>[]): Promise<void> {
  for (const volume of volumes) {
    const { resourceVersion, finalizers = [] } = volume.metadata;
    const others = finalizers.filter((name) => name !== volumeProtection);
    await kube.mergePatch(PersistentVolumes, volume, { metadata: { resourceVersion, finalizers: others } });
  }
}

export async function raise(kube: Kube, { restore, guards, unbind }: Plan): Promise<void> {
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
export async function admitOperator(kube: Kube, wanted: RoleBinding): Promise<Stored<RoleBinding>> {
  const existing = kube.cache.get(RoleBindings, wanted.metadata.name, wanted.metadata.namespace);
  if (existing && existing.roleRef.name !== wanted.roleRef.name) await kube.delete(RoleBindings, existing);
  return kube.apply(RoleBindings, wanted);
}

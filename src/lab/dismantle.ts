// Takes a lab down in the reverse order of its making: people -> what they made -> what runs -> namespace -> volumes -> finalizer. One step per
// pass, the next only when the last was seen to be done. Reservations of ids and of the roots that went with them stay for ever, and no file is touched.
import { DataGrants, type Lab, LabPolicies, Labs, ProcessingInstances } from '../api/kinds.ts';
import { finalizer, labLabel } from '../api/labels.ts';
import { editorName, namespaceOf, operatorBinding, policyName, rootVolumeName, staticStorageClass } from '../api/names.ts';
import {
  ClusterRoleBindings,
  ClusterRoles,
  Jobs,
  type Kind,
  Namespaces,
  PersistentVolumes,
  Pods,
  RoleBindings,
  StatefulSets,
} from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { releaseUnusedRoots } from '../reservation/storageroot.ts';
import { isMadeFor } from './objects/namespace.ts';
import { holderOf } from './reserve.ts';
import { sealOf } from './seal.ts';

/** What is still there, in words; undefined when the lab is gone. */
export async function dismantle(kube: Kube, lab: Stored<Lab>, facilityKey: Buffer): Promise<string | undefined> {
  const { name } = lab.metadata;
  if (!lab.metadata.finalizers?.includes(finalizer)) return undefined;
  const namespace = await kube.read(Namespaces, namespaceOf(name));
  await removeEditors(kube, name);
  // A namespace that was not made for this lab (NamespaceTaken) is none of ours.
  if (namespace && isMadeFor(lab, sealFor(lab, facilityKey), namespace)) {
    await removePeople(kube, namespace.metadata.name);
    // While the namespace stands the operator still has its rights in it, so their finalizers can do their work.
    const remaining = [
      ...(await remove(kube, DataGrants, namespace.metadata.name)),
      ...(await remove(kube, ProcessingInstances, namespace.metadata.name)),
    ];
    if (remaining.length > 0) return `waiting for ${remaining.join(', ')} to go`;
    if (!namespace.metadata.deletionTimestamp) {
      const running = await endWork(kube, namespace.metadata.name);
      if (running.length > 0) return `waiting for ${running.join(', ')} to end`;
      await kube.delete(Namespaces, namespace);
    }
    if (await kube.read(Namespaces, namespace.metadata.name)) return `waiting for namespace ${namespace.metadata.name} to go`;
  }
  const names = (lab.spec.storage ?? []).map((root) => rootVolumeName(name, root.name));
  const left = await removeVolumes(kube, names);
  if (left.length > 0) return `waiting for ${left.map((volume) => `volume ${volume}`).join(', ')} to go; the data stays`;
  await releaseUnusedRoots(kube, holderOf(lab));
  await kube.removeFinalizer(Labs, lab, finalizer);
  return undefined;
}

/** A lab without an identity never had a namespace. */
function sealFor({ metadata, status: { uid, gid } = {} }: Stored<Lab>, facilityKey: Buffer): string | undefined {
  return uid === undefined || gid === undefined ? undefined : sealOf(facilityKey, metadata.name, { uid, gid });
}

/** By live reads, as below. Administrators cannot keep or change a Lab that goes. */
async function removeEditors(kube: Kube, lab: string): Promise<void> {
  for (const kind of [ClusterRoleBindings, ClusterRoles] as Kind<KubeObject>[]) {
    const object = await kube.read(kind, editorName(lab));
    if (object?.metadata.labels?.[labLabel] === lab) await kube.delete(kind, object);
  }
}

/** Every binding but our own, whoever made it. By a live read: one that was made a moment ago may be missing in the cache. */
async function removePeople(kube: Kube, namespace: string): Promise<void> {
  const bindings = await kube.readAll(RoleBindings, { namespace });
  for (const binding of bindings) if (binding.metadata.name !== operatorBinding.name) await kube.delete(RoleBindings, binding);
}

/** Ends what runs while the walls around it stand: Kubernetes would take away the network policies of a namespace before its pods
 *  (CVE-2024-7598). Without the LabPolicy every new pod is refused, so there is an end to it, whatever else still makes pods. */
async function endWork(kube: Kube, namespace: string): Promise<string[]> {
  const policy = await kube.read(LabPolicies, policyName, namespace);
  if (policy) await kube.delete(LabPolicies, policy);
  return [
    ...(await remove(kube, Jobs, namespace)),
    ...(await remove(kube, StatefulSets, namespace)),
    ...(await remove(kube, Pods, namespace)),
  ];
}

/** The volumes of the lab itself; others that carry its label are none of ours, or belong to a grant. */
async function removeVolumes(kube: Kube, names: string[]): Promise<string[]> {
  const left: string[] = [];
  for (const name of names) {
    const volume = await kube.read(PersistentVolumes, name);
    if (!volume || volume.spec?.storageClassName !== staticStorageClass) continue;
    if (!volume.metadata.deletionTimestamp) await kube.delete(PersistentVolumes, volume);
    if (await kube.read(PersistentVolumes, name)) left.push(name);
  }
  return left;
}

/** Deletes all objects of a kind; returns those that are still there, in words. */
async function remove<T extends KubeObject>(kube: Kube, kind: Kind<T>, namespace: string): Promise<string[]> {
  const objects = await kube.readAll(kind, { namespace });
  for (const object of objects) if (!object.metadata.deletionTimestamp) await kube.delete(kind, object);
  return (objects.length > 0 ? await kube.readAll(kind, { namespace }) : []).map(({ metadata }) => `${kind.kind} ${metadata.name}`);
}

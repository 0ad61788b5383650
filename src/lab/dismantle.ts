// Takes a lab down in the reverse order of its making: people -> what they made -> namespace -> volumes -> finalizer. One step per
// pass, the next only when the last was seen to be done. Reservations of ids and of the roots that went with them stay for ever, and no file is touched.
import { DataGrants, type Lab, Labs, ProcessingInstances } from '../api/kinds.ts';
import { finalizer, grantLabel, labLabel } from '../api/labels.ts';
import { editorName, namespaceOf, peopleBindings } from '../api/names.ts';
import { ClusterRoleBindings, ClusterRoles, type Kind, Namespaces, PersistentVolumes, RoleBindings } from '../kube/kind.ts';
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
    if (!namespace.metadata.deletionTimestamp) await kube.delete(Namespaces, namespace);
    if (await kube.read(Namespaces, namespace.metadata.name)) return `waiting for namespace ${namespace.metadata.name} to go`;
  }
  const volumes = await kube.readAll(PersistentVolumes, { labelSelector: `${labLabel}=${name},!${grantLabel}` });
  for (const volume of volumes) if (!volume.metadata.deletionTimestamp) await kube.delete(PersistentVolumes, volume);
  const left = volumes.length > 0 ? await kube.readAll(PersistentVolumes, { labelSelector: `${labLabel}=${name},!${grantLabel}` }) : [];
  if (left.length > 0) return `waiting for ${left.map(({ metadata }) => `volume ${metadata.name}`).join(', ')} to go; the data stays`;
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

/** By live reads: a binding that was made a moment ago may be missing in the cache. */
async function removePeople(kube: Kube, namespace: string): Promise<void> {
  for (const { name } of Object.values(peopleBindings)) {
    const binding = await kube.read(RoleBindings, name, namespace);
    if (binding) await kube.delete(RoleBindings, binding);
  }
}

/** Deletes all objects of a kind; returns those that are still there, in words. */
async function remove<T extends KubeObject>(kube: Kube, kind: Kind<T>, namespace: string): Promise<string[]> {
  const objects = await kube.readAll(kind, { namespace });
  for (const object of objects) if (!object.metadata.deletionTimestamp) await kube.delete(kind, object);
  return (objects.length > 0 ? await kube.readAll(kind, { namespace }) : []).map(({ metadata }) => `${kind.kind} ${metadata.name}`);
}

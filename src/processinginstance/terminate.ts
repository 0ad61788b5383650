// The end of an instance. Nothing new may start, then everything that runs goes, then what it held of the facility is given back, and
// only then the object itself goes. Its volumes stay. Reads the server, not the cache: a port that is given back too early would be
// taken by another instance while this one still listens on it. Works in a namespace that is being deleted: it creates nothing.
import { type ProcessingInstance, ProcessingInstances } from '../api/kinds.ts';
import { finalizer, instanceLabel } from '../api/labels.ts';
import { databaseName, serviceAccountName, serviceName, workloadName } from '../api/names.ts';
import { conditions } from '../kube/conditions.ts';
import { isForbidden } from '../kube/errors.ts';
import { Jobs, type Kind, Pods, ServiceAccounts, Services, StatefulSets } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { releaseReservations } from '../reservation/claim.ts';
import { holderOf } from './claims.ts';

/** How often to look whether the last pod has gone. */
const lookAgainMs = 2000;

/** @returns when to look again; undefined when the instance is gone */
export async function terminate(kube: Kube, instance: Stored<ProcessingInstance>, now: Date): Promise<Date | undefined> {
  if (!instance.metadata.finalizers?.includes(finalizer)) return undefined;
  const remaining = await removeWorkload(kube, instance);
  if (remaining.length > 0) {
    const message = `waiting until ${remaining.join(', ')} are gone; state and database volumes stay`;
    await kube.applyStatus(ProcessingInstances, instance, {
      ...instance.status,
      observedGeneration: instance.metadata.generation ?? 0,
      conditions: conditions(instance, { state: 'Reconciling', reason: 'Terminating', message }, now),
    });
    return new Date(now.getTime() + lookAgainMs);
  }
  await releaseReservations(kube, holderOf(instance));
  await kube.removeFinalizer(ProcessingInstances, instance, finalizer);
  return undefined;
}

/** In a namespace that is being deleted our rights may be gone before its objects are: then its controller removes them. */
function leaveToNamespace(error: unknown): void {
  if (!isForbidden(error)) throw error;
}

/** @returns what still exists, in words */
async function removeWorkload(kube: Kube, { metadata: { name, namespace = '' } }: ProcessingInstance): Promise<string[]> {
  const remaining: string[] = [];
  const remove = async <T extends KubeObject>(kind: Kind<T>, found: Stored<T> | undefined) => {
    if (!found) return;
    remaining.push(`${kind.kind} "${found.metadata.name}"`);
    if (!found.metadata.deletionTimestamp) await kube.delete(kind, found, { propagation: 'Background' }).catch(leaveToNamespace);
  };
  const [databaseAccount, workload] = [databaseName(name), workloadName(name)];
  // Accounts first: without them no controller makes a pod again.
  for (const account of [serviceAccountName(name), databaseAccount])
    await remove(ServiceAccounts, await kube.read(ServiceAccounts, account, namespace));
  for (const set of [workload, databaseName(name)]) await remove(StatefulSets, await kube.read(StatefulSets, set, namespace));
  for (const service of [serviceName(name), databaseName(name)]) await remove(Services, await kube.read(Services, service, namespace));
  const labelSelector = `${instanceLabel}=${name}`;
  for (const job of await kube.readAll(Jobs, { namespace, labelSelector })) await remove(Jobs, job);
  for (const pod of await kube.readAll(Pods, { namespace, labelSelector })) await remove(Pods, pod);
  return remaining;
}

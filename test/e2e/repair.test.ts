// Whatever the operator made and somebody with its rights deletes comes back within seconds; and when nothing changes, nothing is written.
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataGrants, LabPolicies, Labs, ProcessingInstances, type Reservation, Reservations } from '../../src/api/kinds.ts';
import { managedLabel, managedSelector } from '../../src/api/labels.ts';
import { operatorNamespaceDefault, operatorUser } from '../../src/api/names.ts';
import type { Kind } from '../../src/kube/kind.ts';
import {
  Jobs,
  LimitRanges,
  NetworkPolicies,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  ResourceQuotas,
  RoleBindings,
  Secrets,
  ServiceAccounts,
  Services,
  StatefulSets,
} from '../../src/kube/kind.ts';
import { type KubeObject, keyOf, type Stored } from '../../src/kube/object.ts';
import { waitUntilReady } from '../demo/ready.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';

/** All kinds of its children but Namespace: what is in a namespace that is deleted, people's objects included, is nobody's to bring back, and the
 * policies refuse its deletion. */
const kinds: Kind<KubeObject>[] = [
  ...[LabPolicies, ResourceQuotas, LimitRanges, NetworkPolicies, RoleBindings, ServiceAccounts, Services, Secrets, StatefulSets],
  ...[Jobs, Pods, PersistentVolumeClaims, PersistentVolumes, Reservations],
];
const quiet = { became: () => undefined, waiting: () => undefined };

let facility: Facility;
beforeAll(async () => {
  facility = await standingFacility();
  // Jobs of people that earlier tests left hold claims; those of the operator are its own.
  for (const namespace of ['lab-smith', 'lab-jones'])
    await facility.cluster.kubectl(['delete', 'jobs', '--namespace', namespace, '--selector', `${managedLabel}!=true`, '--wait']);
});
afterAll(() => facility?.close());

test.for(kinds.map((kind) => [kind.plural, kind] as const))('makes every one of its %s again within seconds', async ([, kind]) => {
  const operator = facility.site.as(operatorUser(operatorNamespaceDefault)); // the policies refuse everybody else
  const objects = await facility.site.client.list(kind, { labelSelector: managedSelector });
  expect(objects.length).toBeGreaterThan(0);
  for (const object of objects) {
    if (await cannotComeBack(kind, object)) continue;
    await operator.delete(kind, object);
    await until(`${kind.kind} ${keyOf(object)} to be made again`, () => isAnother(kind, object), { timeoutMs: 15_000 });
  }
  await everythingReady();
});

const isAnother = async <T extends KubeObject>(kind: Kind<T>, { metadata }: Stored<T>) => {
  const found = await facility.site.client.get(kind, metadata.name, metadata.namespace);
  return found !== undefined && found.metadata.uid !== metadata.uid && found.metadata.deletionTimestamp === undefined;
};

/** Those that nobody could make again: ids and roots stay reserved when their lab is gone, and the reservation is all that knows of it.
 * Kubernetes itself keeps a claim while any pod names it, an ended one included, and a volume while it is bound. */
async function cannotComeBack(kind: Kind<KubeObject>, object: KubeObject & { status?: { phase?: string } }): Promise<boolean> {
  if (kind.plural === Pods.plural) return object.status?.phase !== 'Running';
  if (kind.plural === Reservations.plural) return isOrphan(object as Reservation);
  if (kind.plural === PersistentVolumes.plural) return object.status?.phase === 'Bound';
  if (kind.plural !== PersistentVolumeClaims.plural) return false;
  const pods = await facility.site.client.list(Pods, { namespace: object.metadata.namespace });
  return pods.some(({ spec }) => spec?.volumes?.some(({ persistentVolumeClaim: source }) => source?.claimName === object.metadata.name));
}

/** Whether nobody holds it any more; the directory above a storage root has no holder of its own, only those of the roots below. */
async function isOrphan({ spec: { holder, resource } }: Reservation): Promise<boolean> {
  const { client } = facility.site;
  if (!holder) {
    const below = (await client.list(Reservations)).filter(({ spec }) => spec.holder && spec.resource.startsWith(`${resource}/`));
    return (await Promise.all(below.map(isOrphan))).every(Boolean);
  }
  const found = await client.get<KubeObject>(holder.kind === 'Lab' ? Labs : ProcessingInstances, holder.name, holder.namespace);
  return found?.metadata.uid !== holder.uid;
}

async function everythingReady(): Promise<void> {
  const { client } = facility.site;
  const awaited = await Promise.all(
    [Labs, ProcessingInstances, DataGrants].map(async (kind) =>
      (await client.list<KubeObject>(kind)).map(({ metadata: { name, namespace } }) => ({ kind, name, namespace })),
    ),
  );
  await waitUntilReady(facility.site, awaited.flat(), quiet, 90_000);
}

interface AuditEvent {
  verb: string;
  requestURI: string;
  user: { username: string };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}
const isWrite = ({ verb }: AuditEvent) => ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb);
/** What a node and its parts do by themselves, whatever runs on them. */
const isHeartbeat = ({ objectRef }: AuditEvent) =>
  objectRef?.resource === 'leases' || (objectRef?.resource === 'nodes' && objectRef.subresource === 'status');
/** Questions that are written as objects but stored nowhere; tokens of pods. */
const isQuestion = ({ objectRef, requestURI }: AuditEvent) =>
  objectRef?.resource?.endsWith('reviews') || objectRef?.subresource === 'token' || requestURI.includes('dryRun=All');

test('writes nothing for a minute when nothing changes, except Leases', { timeout: 400_000 }, async ({ skip }) => {
  const { auditLog } = facility.cluster;
  if (!auditLog) return skip('this cluster has no audit log that we can read');
  await everythingReady();
  const written = async (seconds: number) => {
    const file = await open(auditLog);
    try {
      const { size } = await file.stat();
      await delay(seconds * 1000);
      const { size: end } = await file.stat();
      const { buffer } = await file.read({ buffer: Buffer.alloc(end - size), position: size });
      const events = buffer
        .toString()
        .split('\n')
        .filter((line) => line.endsWith('}') && line.startsWith('{'))
        .map((line) => JSON.parse(line) as AuditEvent);
      return events.filter((event) => isWrite(event) && !isHeartbeat(event) && !isQuestion(event)).map(describeWrite);
    } finally {
      await file.close();
    }
  };
  await until('the echo of earlier tests to end', async () => (await written(10)).length === 0, { timeoutMs: 240_000 });
  expect(await written(60)).toEqual([]);
});

const describeWrite = ({ verb, requestURI, user }: AuditEvent) => `${user.username}: ${verb} ${requestURI}`;

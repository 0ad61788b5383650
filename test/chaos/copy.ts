// One copy of the operator as far as reservations go: a process with its own caches that does what it is told, and may be killed meanwhile.
// It does not lead and asks nobody: all copies act at once on the same objects.
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from '@prometheus-io/client';
import { type Lab, Labs, type ProcessingInstance, ProcessingInstances, Reservations } from '../../src/api/kinds.ts';
import { finalizer } from '../../src/api/labels.ts';
import { createKube } from '../../src/kube/connect.ts';
import { informer } from '../../src/kube/kube.ts';
import { createLogger } from '../../src/kube/log.ts';
import type { Stored } from '../../src/kube/object.ts';
import { type Holder, releaseReservations, reservationInformer } from '../../src/reservation/claim.ts';
import { reservationController } from '../../src/reservation/controller.ts';
import { claimIdentity, heldIdentity } from '../../src/reservation/identity.ts';
import { claimLicense } from '../../src/reservation/license.ts';
import { claimPorts } from '../../src/reservation/ports.ts';
import { claimStorageRoot, releaseUnusedRoots } from '../../src/reservation/storageroot.ts';
import type { Thing } from './history.ts';
import { hurry, type Reply, range, type Task } from './task.ts';

const kubeConfig = new KubeConfig();
kubeConfig.loadFromString(process.argv[2] ?? '');
const kube = createKube({
  kubeConfig,
  fieldManager: 'bulkhead',
  informers: [reservationInformer, informer({ kind: Labs }), informer({ kind: ProcessingInstances })],
  logger: createLogger('silent'),
  registry: new Registry(),
});
const born = Date.now();
const orphans = reservationController(kube, () => new Date(born + (Date.now() - born) * hurry));
/** As a work queue does it: one after the other for each holder. */
const busy = new Map<string, Promise<unknown>>();

process.on('disconnect', () => process.exit());
process.on('message', (message: 'go' | { id: number; task: Task }) => {
  if (message === 'go') return void kube.start().then(() => process.send?.('ready'));
  const { id, task } = message;
  const key = 'object' in task ? task.object.metadata.name : '';
  const work = (busy.get(key) ?? Promise.resolve()).then(() => attempt(task)).then((reply) => process.send?.({ id, reply }));
  busy.set(key, work);
});

const attempt = (task: Task): Promise<Reply> => carryOut(task).catch((error: Error) => ({ given: [], failed: error.message }));

async function carryOut(task: Task): Promise<Reply> {
  switch (task.act) {
    case 'serve lab':
      return serveLab(task.object, task.known);
    case 'serve instance':
      return serveInstance(task.object, task.license, task.base);
    case 'end lab':
      return endLab(task.object);
    case 'end instance':
      return endInstance(task.object);
    case 'sweep':
      for (const { metadata } of kube.cache.list(Reservations)) await orphans.reconcile(metadata.name);
      return { given: [] };
  }
}

/** As src/lab/reserve.ts. */
async function serveLab({ metadata, spec }: Stored<Lab>, known: { uid: number; gid: number } | undefined): Promise<Reply> {
  const holder: Holder = { kind: 'Lab', name: metadata.name, uid: metadata.uid };
  const reply: Reply = { given: [] };
  for (const { backend, path } of spec.storage ?? []) {
    const answer = await claimStorageRoot(kube, holder, { backend, path }, spec.identity);
    if ('taken' in answer) reply.refused = answer.taken;
    else reply.given.push({ type: 'StorageRoot', resource: `${backend}:${path}` });
  }
  if (reply.refused && !heldIdentity(kube.cache, holder, known)) return reply;
  const answer = await claimIdentity(kube, holder, { range: range.identity, adopted: spec.identity, known });
  if ('taken' in answer) return { ...reply, refused: answer.taken };
  return { ...reply, given: [...reply.given, ...identity(answer)] };
}

const identity = ({ uid, gid }: { uid: number; gid: number }): Thing[] => [
  { type: 'UserID', resource: `${uid}` },
  { type: 'GroupID', resource: `${gid}` },
];

/** As src/processinginstance/claims.ts. */
async function serveInstance({ metadata }: Stored<ProcessingInstance>, license?: string, base?: number): Promise<Reply> {
  const holder = holderOf(metadata);
  const ports = await claimPorts(kube, holder, range.ports, base);
  if ('taken' in ports) return { given: [], refused: ports.taken };
  const given = [{ type: 'Ports', resource: `${ports.base}-${ports.base + range.ports.blockSize - 1}` }];
  if (license === undefined) return { given };
  const answer = await claimLicense(kube, holder, license);
  return 'taken' in answer ? { given, refused: answer.taken } : { given: [...given, { type: 'License', resource: license }] };
}

const holderOf = ({ name, namespace = '', uid }: Stored<ProcessingInstance>['metadata']): Holder => ({
  kind: 'ProcessingInstance',
  namespace,
  name,
  uid,
});

async function endLab({ metadata: { name, uid } }: Stored<Lab>): Promise<Reply> {
  const lab = await kube.read(Labs, name);
  if (lab?.metadata.uid !== uid || !lab.metadata.deletionTimestamp) return { given: [] };
  await releaseUnusedRoots(kube, { kind: 'Lab', name, uid });
  await kube.removeFinalizer(Labs, lab, finalizer);
  return { given: [] };
}

async function endInstance({ metadata }: Stored<ProcessingInstance>): Promise<Reply> {
  const instance = await kube.read(ProcessingInstances, metadata.name, metadata.namespace);
  if (instance?.metadata.uid !== metadata.uid || !instance.metadata.deletionTimestamp) return { given: [] };
  await releaseReservations(kube, holderOf(metadata));
  await kube.removeFinalizer(ProcessingInstances, instance, finalizer);
  return { given: [] };
}

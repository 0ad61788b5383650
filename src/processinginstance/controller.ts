// ProcessingInstance controller: gather (cache) -> decide (pure) -> apply (writes). A key only means "look again": a lost, repeated or
// reordered event changes nothing.
import {
  dataConcernedByGrant,
  dataConcernedByLab,
  dataConcernedByRole,
  instancesAround,
  isOther,
  isOtherLab,
  namedGrants,
} from '../access/concern.ts';
import type { AccessModel } from '../access/model.ts';
import { DataGrants, DataRoles, LabPolicies, Labs, type ProcessingInstance, ProcessingInstances, Reservations } from '../api/kinds.ts';
import { finalizer } from '../api/labels.ts';
import { namespaceOf } from '../api/names.ts';
import type { ProcessingInstanceStatus } from '../api/processinginstance.ts';
import type { Config } from '../config.ts';
import { conditions } from '../kube/conditions.ts';
import { Jobs, NetworkPolicies, PersistentVolumeClaims, Pods, Secrets, ServiceAccounts, Services, StatefulSets } from '../kube/kind.ts';
import { type Controller, type Kube, type Result, watch } from '../kube/kube.ts';
import { type KubeObject, keyOf, partsOf, type Stored } from '../kube/object.ts';
import { carryOut, prepare } from './apply.ts';
import { claimShared } from './claims.ts';
import { databasePassword } from './credentials.ts';
import { gatherGround, gatherObserved, instancesIn, instancesOf, waitingFor } from './gather.ts';
import { heldStatus, isHeld } from './held.ts';
import { type Ground, judge } from './judge.ts';
import { refusedStatus, statusOf } from './status.ts';
import { terminate } from './terminate.ts';

export { processingInstanceInformers } from './gather.ts';

export type ProcessingInstanceSettings = Config & {
  /** 32 random bytes that only the operator holds; passwords and fingerprints derive from it. */
  facilityKey: Buffer;
};

/** How long to wait before asking again for what another instance has, should its release have been missed; a Secret is not watched at all. */
const claimAgainMs = { PortsExhausted: 10 * 60_000, LicenseInUse: 60_000, LicenseNotFound: 30_000 };

export function processingInstanceController(
  kube: Kube,
  access: AccessModel,
  settings: ProcessingInstanceSettings,
  clock: () => Date,
): Controller {
  const { cache } = kube;
  const { facilityKey, ...config } = settings;
  const around = (owners: Set<string>) => instancesAround(cache, owners);
  const ofChild = (child: KubeObject) => instancesOf(cache, child);

  return {
    name: 'processinginstance',
    watches: [
      watch({ kind: ProcessingInstances, enqueue: (instance) => [keyOf(instance)] }),
      watch({ kind: Labs, enqueue: ({ metadata }) => instancesIn(cache, namespaceOf(metadata.name)) }),
      watch({ kind: Labs, enqueue: ({ metadata }) => around(dataConcernedByLab(cache, metadata.name)), changed: isOtherLab }),
      watch({ kind: DataRoles, enqueue: (role) => around(dataConcernedByRole(cache, role)), changed: isOther }),
      watch({ kind: LabPolicies, enqueue: ({ metadata }) => instancesIn(cache, metadata.namespace ?? '') }),
      watch({ kind: DataGrants, enqueue: (grant) => around(dataConcernedByGrant(cache, grant)), changed: isOther }),
      watch({
        kind: Reservations,
        enqueue: ({ spec }) => (spec.holder?.kind === 'ProcessingInstance' ? [`${spec.holder.namespace}/${spec.holder.name}`] : []),
      }),
      watch({ kind: Reservations, enqueue: (reservation) => waitingFor(cache, reservation) }),
      ...[StatefulSets, Services, NetworkPolicies, ServiceAccounts, PersistentVolumeClaims, Secrets, Jobs, Pods].map((kind) =>
        watch<KubeObject>({ kind, enqueue: ofChild }),
      ),
    ],
    async reconcile(key) {
      const { name, namespace } = partsOf(key);
      const instance = cache.get(ProcessingInstances, name, namespace);
      if (!instance) return {};
      const now = clock();
      if (instance.metadata.deletionTimestamp) {
        if (!(await isHeld(kube, instance))) return { requeueAt: await terminate(kube, instance, now) };
        await kube.applyStatus(ProcessingInstances, instance, heldStatus(instance, now));
        return {};
      }
      const verdict = judge({ instance, ...gatherGround(cache, instance), config });
      if ('refusal' in verdict) {
        await report(kube, instance, refusedStatus(instance, verdict.refusal, now));
        return {};
      }
      return reconcileIn(verdict.ground, await kube.addFinalizer(ProcessingInstances, instance, finalizer), now); // before the first claim
    },
    async onError(key, { reason, message }) {
      const { name, namespace } = partsOf(key);
      const instance = cache.get(ProcessingInstances, name, namespace);
      if (!instance) return;
      const failed = conditions(instance, { state: 'Reconciling', reason, message }, clock());
      await kube.applyStatus(ProcessingInstances, instance, {
        ...instance.status,
        observedGeneration: instance.metadata.generation ?? 0,
        conditions: failed,
      });
    },
  };

  async function reconcileIn(ground: Ground, instance: Stored<ProcessingInstance>, now: Date): Promise<Result> {
    const claims = await claimShared(kube, instance, config, facilityKey);
    if (claims.refusal) {
      await report(kube, instance, refusedStatus(instance, claims.refusal, now, claims));
      return { requeueAt: new Date(now.getTime() + claimAgainMs[claims.refusal.reason]) };
    }
    const { name, namespace = '' } = instance.metadata;
    if (instance.spec.database) await kube.follow(Secrets, namespace);
    const plan = await prepare(kube, {
      instance,
      ground,
      config,
      basePort: claims.basePort,
      password: instance.spec.database && databasePassword(facilityKey, namespace, name),
      model: access,
      grants: namedGrants(cache, [instance]),
      observed: gatherObserved(cache, instance),
      now,
    });
    await report(kube, instance, statusOf(instance, plan, claims, now)); // before the pods: a crash leaves the truth
    await carryOut(kube, plan);
    return { requeueAt: plan.nextCheck };
  }
}

/** Reasons that somebody should hear of who does not look at the status. */
const alarming: string[] = ['PodRefused', 'PodNotRunning', 'PortsExhausted', 'LicenseInUse', 'LicenseNotFound'];

async function report(kube: Kube, instance: Stored<ProcessingInstance>, status: ProcessingInstanceStatus): Promise<void> {
  const [before, after] = [instance.status, status].map((each) => each?.conditions?.find(({ type }) => type === 'Ready'));
  if (after && after.reason !== before?.reason && alarming.includes(after.reason)) {
    kube.event(instance, { type: 'Warning', reason: after.reason, action: 'Reconcile', note: after.message });
  }
  await kube.applyStatus(ProcessingInstances, instance, status);
}

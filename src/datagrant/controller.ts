// DataGrant controller: gather (cache) -> decide (pure) -> apply (writes). A grant becomes a read-only volume and a claim for each
// lab that may read, and these go again when it ends. States: (nothing) -> Active -> Revoking -> Expired or gone.

import { earliest } from '../access/earliest.ts';
import type { AccessModel } from '../access/model.ts';
import { type DataGrant, DataGrants, LabPolicies, Labs } from '../api/kinds.ts';
import { fieldManager, finalizer, grantLabel, labLabel, restoredAnnotation } from '../api/labels.ts';
import type { Config } from '../config.ts';
import { conditions } from '../kube/conditions.ts';
import { Namespaces, PersistentVolumeClaims, PersistentVolumes, Pods } from '../kube/kind.ts';
import { type Controller, type Kube, watch } from '../kube/kube.ts';
import { isMadeBy, keyOf, partsOf, type Stored } from '../kube/object.ts';
import type { Consumer, Step } from './consumer.ts';
import { claimsOf } from './deadline.ts';
import { decide, type Plan } from './decide.ts';
import { type Expulsion, expel, lookAgainSeconds } from './expulsion.ts';
import { claimNameOf, gather, grantLabelOf, grantsByClaim, grantsOfLab, grantsOfPolicy, lookBehindCache } from './gather.ts';

export { dataGrantInformers } from './gather.ts';

/** Finalizer of Kubernetes that keeps a deleted volume for as long as a claim is bound to it. */
const volumeProtection = 'kubernetes.io/pv-protection';

export function dataGrantController(kube: Kube, access: AccessModel, { storage }: Pick<Config, 'storage'>, clock: () => Date): Controller {
  const { cache } = kube;
  /** What was last found at each consumer of a grant that is ending. Lost at a restart, which only means one more look. */
  const looks = new Map<string, Map<string, Expulsion>>();
  /** Grants whose status tells of a failure. */
  const failed = new Set<string>();

  return {
    name: 'datagrant',
    watches: [
      // Our own status must not wake us: after a failure it would outrun the growing delay.
      watch({ kind: DataGrants, enqueue: (grant) => [keyOf(grant)], changed: (a, b) => a.metadata.generation !== b.metadata.generation }),
      watch({ kind: Labs, enqueue: ({ metadata }) => grantsOfLab(cache, metadata.name) }),
      watch({ kind: Namespaces, enqueue: ({ metadata }) => grantsOfLab(cache, metadata.labels?.[labLabel] ?? '') }),
      watch({ kind: LabPolicies, enqueue: (policy) => grantsOfPolicy(cache, policy) }),
      watch({ kind: PersistentVolumes, enqueue: (volume) => grantsByClaim(cache, ...grantLabelOf(volume)) }),
      watch({ kind: PersistentVolumeClaims, enqueue: (claim) => grantsByClaim(cache, ...grantLabelOf(claim)) }),
      watch({ kind: Pods, enqueue: (pod) => grantsByClaim(cache, ...claimsOf(pod)) }),
    ],
    async reconcile(key) {
      const now = clock();
      const before = looks.get(key);
      const seen = gather(cache, key, now, storage.backends, (lab) => before?.get(lab));
      const input = seen && (await lookBehindCache(kube, seen));
      const plan = input && decide(input);
      if (!plan || !(await hold(kube, input.grant, plan))) {
        looks.delete(key);
        failed.delete(key);
        return {};
      }
      // Before acting, so that a crash leaves the truth; after a failure only once it is overcome, so that the status does not swing.
      const failedBefore = failed.has(key);
      if (!failedBefore) await kube.applyStatus(DataGrants, input.grant, plan.status);
      for (const { pod, seconds } of plan.deadlines) await kube.mergePatch(Pods, pod, { spec: { activeDeadlineSeconds: seconds } });
      const after = new Map<string, Expulsion>();
      const checks = [plan.nextCheck];
      for (const { consumer, step } of plan.steps) {
        const { expulsion, inSeconds } = await take(kube, step, consumer, input.grant, now);
        if (expulsion) after.set(consumer.share.consumer, expulsion);
        if (inSeconds !== undefined) checks.push(new Date(now.getTime() + inSeconds * 1000));
      }
      if (after.size > 0) looks.set(key, after);
      else looks.delete(key);
      if (failedBefore) await kube.applyStatus(DataGrants, input.grant, plan.status);
      failed.delete(key);
      return { requeueAt: earliest(checks) };
    },
    async onError(key, { reason, message }) {
      const { name, namespace } = partsOf(key);
      const grant = cache.get(DataGrants, name, namespace);
      if (!grant) return;
      failed.add(key);
      const failure = conditions(grant, { state: 'Reconciling', reason, message }, clock());
      await kube.applyStatus(DataGrants, grant, { ...grant.status, conditions: failure });
    },
  };
}

/** Keeps the grant from going before its first volume exists, and lets it go when the last is gone. False when it is let go. */
async function hold(kube: Kube, grant: Stored<DataGrant>, { holds }: Plan): Promise<boolean> {
  const going = grant.metadata.deletionTimestamp !== undefined;
  if (holds && !going) await kube.addFinalizer(DataGrants, grant, finalizer);
  if (holds || !grant.metadata.finalizers?.includes(finalizer)) return holds || !going;
  // A cache may lag behind what this operator has just made; letting go is for ever.
  const labelSelector = `${grantLabel}=${claimNameOf(grant)}`;
  const left = [
    ...(await kube.readAll(PersistentVolumes, { labelSelector })).filter((volume) => isMadeBy(fieldManager, volume)),
    ...(await kube.readAll(PersistentVolumeClaims, { labelSelector })),
  ];
  if (left.length > 0) return true; // the watches will tell
  await kube.removeFinalizer(DataGrants, grant, finalizer);
  return !going;
}

interface Outcome {
  expulsion?: Expulsion | undefined;
  /** When to look again without any event. */
  inSeconds?: number;
}

async function take(kube: Kube, step: Step, consumer: Consumer, grant: Stored<DataGrant>, now: Date): Promise<Outcome> {
  const { expulsion } = consumer;
  switch (step.do) {
    case 'apply':
      await kube.apply(PersistentVolumes, step.volume);
      if (step.claim) await kube.apply(PersistentVolumeClaims, step.claim);
      return {};
    case 'release-volume': {
      const { metadata, spec } = step.volume;
      const { name, resourceVersion } = metadata;
      const claim = await kube.read(PersistentVolumeClaims, consumer.claimName, spec?.claimRef?.namespace);
      if (claim?.metadata.uid === spec?.claimRef?.uid) return {}; // the cache is behind, and will tell
      await kube.mergePatch(
        PersistentVolumes,
        { metadata: { name } },
        { metadata: { resourceVersion }, spec: { claimRef: { uid: null, resourceVersion: null } } },
      );
      return {};
    }
    case 'let-volume-go': {
      const { resourceVersion, finalizers = [] } = step.volume.metadata;
      const others = finalizers.filter((name) => name !== volumeProtection);
      await kube.mergePatch(PersistentVolumes, step.volume, { metadata: { resourceVersion, finalizers: others } });
      return {};
    }
    case 'restore-volume': {
      const made = await kube.create(PersistentVolumes, step.volume);
      const annotations = { [restoredAnnotation]: made?.metadata.uid };
      if (made) await kube.mergePatch(PersistentVolumeClaims, step.claim, { metadata: { annotations } });
      return {};
    }
    case 'expel': {
      const found = await expel(kube, consumer, grant.spec.paths[0] ?? '', now);
      return { expulsion: found, inSeconds: found.found === 'nothing' ? 0 : lookAgainSeconds };
    }
    case 'delete-claim':
      await kube.delete(PersistentVolumeClaims, step.claim);
      return { expulsion };
    case 'delete-volume':
      await kube.delete(PersistentVolumes, step.volume);
      return { expulsion };
    case 'leave':
    case 'wait':
      return { expulsion };
  }
}

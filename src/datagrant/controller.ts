// DataGrant controller: gather (cache) -> decide (pure) -> apply (writes). A grant becomes a volume and a claim for each other lab that may use it, one
// to read and one to write, and these go again when it ends. NotYetActive -> Active -> Expiring -> Revoking -> Revoked, Expired or gone.

import { dataConcernedByRole, isOther, isOtherLab } from '../access/concern.ts';
import { earliest } from '../access/earliest.ts';
import type { AccessModel } from '../access/model.ts';
import { type DataGrant, DataGrants, DataRoles, LabPolicies, Labs, ProcessingInstances } from '../api/kinds.ts';
import { fieldManager, finalizer, grantLabel, labLabel, restoredAnnotation } from '../api/labels.ts';
import type { Config } from '../config.ts';
import { type Expulsion, expel, lookAgainSeconds, type Trespass } from '../expulsion/expel.ts';
import { claimsOf } from '../expulsion/mounts.ts';
import { probePod } from '../expulsion/probepod.ts';
import { conditions } from '../kube/conditions.ts';
import { Namespaces, PersistentVolumeClaims, PersistentVolumes } from '../kube/kind.ts';
import { type Controller, type Kube, watch } from '../kube/kube.ts';
import { isMadeBy, keyOf, partsOf, type Stored } from '../kube/object.ts';
import type { Consumer, Step } from './consumer.ts';
import { decide, type Plan } from './decide.ts';
import {
  claimNameOf,
  consumerKey,
  gather,
  grantLabelOf,
  grantsByClaim,
  grantsOf,
  grantsOfInstance,
  grantsOfLab,
  grantsOfPolicy,
  lookBehindCache,
  neighboursOf,
} from './gather.ts';

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
      watch({ kind: DataGrants, enqueue: (grant) => [keyOf(grant), ...neighboursOf(cache, access, grant)], changed: isOther }),
      watch({ kind: Labs, enqueue: ({ metadata }) => grantsOfLab(cache, metadata.name), changed: isOtherLab }),
      watch({ kind: DataRoles, enqueue: (role) => grantsOf(cache, dataConcernedByRole(cache, role)), changed: isOther }),
      watch({ kind: ProcessingInstances, enqueue: (instance) => grantsOfInstance(cache, instance), changed: isOther }),
      watch({ kind: Namespaces, enqueue: ({ metadata }) => grantsOfLab(cache, metadata.labels?.[labLabel] ?? '') }),
      watch({ kind: LabPolicies, enqueue: (policy) => grantsOfPolicy(cache, policy) }),
      watch({ kind: PersistentVolumes, enqueue: (volume) => grantsByClaim(cache, ...grantLabelOf(volume)) }),
      watch({ kind: PersistentVolumeClaims, enqueue: (claim) => grantsByClaim(cache, ...grantLabelOf(claim)) }),
    ],
    async reconcile(key) {
      const now = clock();
      const before = looks.get(key);
      const seen = gather({ cache, access, backends: storage.backends, now }, key, (consumer) => before?.get(consumer));
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
      const after = new Map<string, Expulsion>();
      const checks = [plan.nextCheck];
      for (const { consumer, step } of plan.steps) {
        const { expulsion, inSeconds } = await take(kube, step, consumer, input.grant, now);
        if (expulsion) after.set(consumerKey(consumer.share), expulsion);
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

/** Every pod with the claim must go, whoever made it; the instances that ask for it are who could make another one. */
function trespassOf({ namespace, policy, instances, claimName, expulsion }: Consumer, { spec: { paths } }: DataGrant): Trespass {
  const probes =
    namespace && policy
      ? instances.map(({ metadata }) =>
          probePod({ namespace: namespace.metadata.name, account: metadata.name, claim: claimName, subPath: paths[0] ?? '' }, policy.spec),
        )
      : []; // without a LabPolicy every pod is refused
  return { namespace, probes, isTrespasser: (pod) => claimsOf(pod).includes(claimName), before: expulsion };
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
      const found = await expel(kube, trespassOf(consumer, grant), now);
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

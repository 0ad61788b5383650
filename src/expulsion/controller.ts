// Expulsion controller: what a LabPolicy does not list any more must not go on being used. Admission asks only when a pod is made; so when a part is taken
// from an account (a person left the audience, a role changed, a Restrict came), the pods that have it are ended, whoever made them, once the API
// server refuses new ones. And a pod that may have something until an instant gets that as its deadline, which the kubelet keeps without an operator.
import { setTimeout as delay } from 'node:timers/promises';
import { isOther } from '../access/concern.ts';
import { LabPolicies, type LabPolicy, ProcessingInstances } from '../api/kinds.ts';
import { instanceLabel, labLabel, managedSelector } from '../api/labels.ts';
import { policyName } from '../api/names.ts';
import { Namespaces, PersistentVolumeClaims, type Pod, Pods } from '../kube/kind.ts';
import { type Controller, type Informer, informer, type Kube, watch } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { deadlineOf } from './deadline.ts';
import { type Expulsion, expel, lookAgainSeconds, settleSeconds } from './expel.ts';
import { accountOf, notAfterOf } from './mounts.ts';
import { probePod } from './probepod.ts';
import { lookAtStart, type Startup } from './startup.ts';
import { followsOn, type Swept, sweptBy } from './swept.ts';
import { lostParts, unlistedPart } from './trespass.ts';

export const expulsionInformers: Informer[] = [
  informer({ kind: LabPolicies }),
  informer({ kind: ProcessingInstances }),
  informer({ kind: Namespaces, labelSelector: labLabel }),
  informer({ kind: PersistentVolumeClaims, labelSelector: managedSelector }),
  informer({ kind: Pods, labelSelector: managedSelector }),
];

export function expulsionController(kube: Kube, clock: () => Date): Controller {
  const { cache } = kube;
  /** By namespace. Lost at a restart, which only means one more look. */
  const swept = new Map<string, Swept>();
  let startup: Startup | undefined;
  /** What was last found under a version of a policy that has taken something away. */
  const looks = new Map<string, { under: Swept; found: Expulsion }>();

  return {
    name: 'expulsion',
    watches: [
      watch({ kind: LabPolicies, enqueue: ({ metadata }) => [metadata.namespace ?? ''], changed: isOther }),
      watch({
        kind: Pods,
        enqueue: ({ metadata }) => [metadata.namespace ?? ''],
        changed: (a, b) => a.status?.startTime !== b.status?.startTime,
      }),
    ],
    async reconcile(key) {
      const [policy, namespace] = [cache.get(LabPolicies, policyName, key), cache.get(Namespaces, key)];
      if (!policy || !namespace || namespace.metadata.deletionTimestamp !== undefined) {
        if (!namespace) swept.delete(key);
        looks.delete(key);
        return {};
      }
      startup ??= lookAtStart(kube, () => delay(settleSeconds * 1000));
      const [before, present] = [swept.get(key), sweptBy(policy)];
      const settle = () => {
        swept.set(key, present);
        looks.delete(key);
        return {};
      };
      if (before ? followsOn(before, present) : startup.isFirst(policy)) {
        await setDeadlines(kube, policy, cache.list(Pods, key));
        return settle();
      }
      const rules = rulesOf(kube, policy);
      const atStart = before ? undefined : await startup.takePods(policy);
      // Pods that people made have no label of ours and are in no cache.
      await setDeadlines(kube, policy, atStart ?? (await kube.readAll(Pods, { namespace: key })));
      if (atStart?.every((pod) => rules.unlisted(pod) === undefined)) return settle();
      const last = looks.get(key); // of an earlier version it says nothing
      const found = await expel(
        kube,
        {
          namespace,
          probes: rules.probes(before?.mounts ?? []),
          isTrespasser: (pod) => rules.unlisted(pod) !== undefined,
          onEnd: (pod) => tell(kube, pod, rules.unlisted(pod)),
          before: last?.under.uid === present.uid && last.under.generation === present.generation ? last.found : undefined,
        },
        clock(),
      );
      if (found.found === 'nothing') return settle();
      looks.set(key, { under: present, found });
      return { requeueAt: new Date(clock().getTime() + lookAgainSeconds * 1000) };
    },
  };
}

/** What a policy says of pods, with what the cache knows of the claims and instances that they name. */
function rulesOf({ cache }: Kube, policy: Stored<LabPolicy>) {
  const { namespace = '' } = policy.metadata;
  const { mounts } = policy.spec;
  const claims = new Set(
    cache
      .list(PersistentVolumeClaims, namespace)
      .filter(({ metadata }) => metadata.labels?.[instanceLabel] === undefined) // the own state of an instance is nobody else's
      .map(({ metadata }) => metadata.name),
  );
  return {
    unlisted: (pod: Pod) => unlistedPart(mounts, pod, claims, (account) => cache.get(ProcessingInstances, account, namespace)),
    /** Pods as they were let in before, and must not be any more. */
    probes: (before: LabPolicy['spec']['mounts']) =>
      lostParts(before, mounts, claims).map(({ account, claim, subPath, readOnly }) =>
        probePod({ namespace, account, claim, subPath, readOnly }, policy.spec),
      ),
  };
}

function tell(kube: Kube, pod: Stored<Pod>, part: ReturnType<typeof unlistedPart>): void {
  const { claim = '', subPath = '' } = part ?? {};
  const note = `"${subPath}" of claim ${claim} may not be mounted any more as ${accountOf(pod)}; see the ProcessingInstance of that name`;
  kube.event(pod, { type: 'Warning', reason: 'AccessEnded', action: 'Expel', note });
}

async function setDeadlines(kube: Kube, policy: LabPolicy, pods: Stored<Pod>[]): Promise<void> {
  for (const pod of pods) {
    const notAfter = notAfterOf(policy.spec, pod);
    const deadline = notAfter && deadlineOf(pod, notAfter);
    if (deadline) await kube.mergePatch(Pods, pod, { spec: { activeDeadlineSeconds: deadline.seconds } });
  }
}

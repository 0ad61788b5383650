// The Job by which a person runs a command as an instance. Built from what a member of the lab may read: the instance and the LabPolicy
// of the namespace. `kubectl bulkhead run` sends it; nobody has to write a security context by hand.
import type { ClaimMount } from '../access/data.ts';
import type { ProcessingInstance } from '../api/kinds.ts';
import { instanceLabel } from '../api/labels.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { grantClaimName, rootClaimName } from '../api/names.ts';
import type { Component, DataMount } from '../api/processinginstance.ts';
import type { Job } from '../kube/kind.ts';
import { podTemplate, stateMounts } from './objects/pod.ts';

export interface RunRequest {
  instance: ProcessingInstance;
  policy: LabPolicySpec;
  /** Name of the Job. */
  name: string;
  command: string[];
  /** Absent: the image of the component. A workspace has none of its own. */
  image?: string | undefined;
  resources?: Component['resources'];
  /** Absent: as long as its data is given, at most a day; no end when all of it is given without one. */
  deadlineSeconds?: number | undefined;
  now: Date;
}

export type RunPlan =
  | { job: Job /** Items of spec.data that the lab may not mount now; the Job runs without them. */; missing: DataMount[] }
  | { refused: string };

/** A Job with the identity, mounts, read-only flags and deadline that admission asks for, or why there can be none. */
export function runJob({ instance, policy, name, command, image, resources, deadlineSeconds, now }: RunRequest): RunPlan {
  const component = instance.spec.components?.[0];
  const chosenImage = image ?? component?.image;
  if (policy.closed !== undefined) return { refused: `no pod may start in this lab: ${policy.closed}` };
  if (chosenImage === undefined)
    return { refused: `instance "${instance.metadata.name}" has no component and so no image; name one with --image` };

  const data = (instance.spec.data ?? []).map((item) => ({ item, ...permitted(policy, instance.metadata.name, item) }));
  const given = data.filter(({ mount }) => mount !== undefined);
  const deadline = deadlineOf(
    given.flatMap(({ notAfter }) => notAfter ?? []),
    deadlineSeconds,
    now,
  );
  if (deadline !== undefined && deadline <= 0)
    return {
      refused:
        'the right to data that this instance mounts is about to end (a grant, or the membership of its owner); renew it, or remove the data from the instance',
    };

  const template = podTemplate({
    instance,
    part: 'job',
    identity: {
      uid: policy.uid,
      gid: policy.gid,
      supplementalGroups: given.some(({ item }) => item.from) ? policy.supplementalGroups : [],
    },
    placement: policy,
    // The state of an application is held by its component, often on one node only; that of a workspace is there for its Jobs.
    mounts: [...(component ? [] : stateMounts(instance)), ...given.flatMap(({ mount }) => mount ?? [])],
    basePort: instance.status?.ports?.base,
    reviewURL: policy.reviewURL,
    gpuResource: policy.gpuResource ?? 'nvidia.com/gpu',
    container: {
      name: 'run',
      image: chosenImage,
      command,
      ...(image === undefined && component?.env && { env: component.env }),
      ...(resources && { resources }),
    },
  });
  return {
    missing: data.filter(({ mount }) => mount === undefined).map(({ item }) => item),
    job: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: instance.metadata.namespace ?? '', labels: { [instanceLabel]: instance.metadata.name } },
      spec: {
        backoffLimit: 0,
        ttlSecondsAfterFinished: secondsPerDay,
        template: {
          ...template,
          spec: { ...template.spec, restartPolicy: 'Never', ...(deadline !== undefined && { activeDeadlineSeconds: deadline }) },
        },
      },
    },
  };
}

const secondsPerDay = 86_400;
/** Time between writing the Job and the creation of its pod, and between the clocks of this machine and of the API server. */
const slackSeconds = 120;

/** Whole seconds a pod may run: its end, counted from its creation, must not be after that of a right that it rests on. */
function deadlineOf(ends: string[], wanted: number | undefined, now: Date): number | undefined {
  if (ends.length === 0) return wanted;
  const remaining = Math.min(...ends.map((end) => (Date.parse(end) - now.getTime()) / 1000));
  const slack = Math.min(slackSeconds, remaining / 4);
  return Math.floor(Math.min(wanted ?? secondsPerDay, remaining - slack));
}

/** The mount of an item when the policy of the lab has it. */
function permitted(policy: LabPolicySpec, serviceAccount: string, item: DataMount): { mount?: ClaimMount; notAfter?: string | undefined } {
  const subPath = item.path ?? '';
  const readOnly = item.mode !== 'ReadWrite';
  const claim = item.from ? grantClaimName(item.from.lab, item.from.grant, item.mode) : rootClaimName(item.volume ?? '');
  const entry = policy.mounts.find(
    (mount) =>
      mount.serviceAccount === serviceAccount && mount.claim === claim && mount.subPaths.includes(subPath) && (readOnly || !mount.readOnly),
  );
  if (!entry) return {};
  return { mount: { claim, subPath, mountPath: item.mountPath, readOnly }, notAfter: entry.notAfter };
}

// Pods of instances that run now, for `plan`: it says which of them a change would end.
import { instanceLabel, type Part, partLabel } from '../../api/labels.ts';
import { namespaceOf } from '../../api/names.ts';
import { accountOf, hasEnded, type MountedPart, partsOf } from '../../expulsion/mounts.ts';
import type { Client } from '../../kube/client.ts';
import { isForbidden } from '../../kube/errors.ts';
import { type Pod, Pods } from '../../kube/kind.ts';

export interface RunningPod {
  namespace: string;
  name: string;
  instance: string;
  account: string;
  /** `job`: whatever a person runs. */
  part: 'application' | 'database' | 'job';
  /** What its containers have mounted of claims. */
  parts: MountedPart[];
}

/** @returns pods of the labs, as far as they may be read; the labs of which they may not */
export async function runningPods(client: Client, labs: string[]): Promise<{ pods: RunningPod[]; unread: string[] }> {
  const parts = await Promise.all(
    labs.map(async (lab) => {
      try {
        return { pods: (await client.list(Pods, { namespace: namespaceOf(lab) })).flatMap(runningPod), unread: [] };
      } catch (error) {
        if (isForbidden(error)) return { pods: [], unread: [lab] };
        throw error;
      }
    }),
  );
  return { pods: parts.flatMap(({ pods }) => pods), unread: parts.flatMap(({ unread }) => unread) };
}

function runningPod(pod: Pod): RunningPod[] {
  const { metadata } = pod;
  const account = accountOf(pod);
  const part = metadata.labels?.[partLabel] as Part | undefined;
  if (part === 'directories' || hasEnded(pod)) return [];
  return [
    {
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      instance: metadata.labels?.[instanceLabel] ?? account,
      account,
      part: part === 'component' ? 'application' : part === 'database' ? part : 'job',
      parts: partsOf(pod),
    },
  ];
}

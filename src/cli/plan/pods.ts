// Pods of instances that run now, for `plan`: it says which of them a change would end.
import { instanceLabel, type Part, partLabel } from '../../api/labels.ts';
import { namespaceOf } from '../../api/names.ts';
import type { Client } from '../../kube/client.ts';
import { isForbidden } from '../../kube/errors.ts';
import { type Pod, Pods } from '../../kube/kind.ts';

export interface RunningPod {
  namespace: string;
  name: string;
  instance: string;
  isJob: boolean;
  /** Where its containers have something mounted. */
  mounts: string[];
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

function runningPod({ metadata, spec, status }: Pod): RunningPod[] {
  const part = metadata.labels?.[partLabel] as Part | undefined;
  const account = spec?.serviceAccountName;
  const instance = metadata.labels?.[instanceLabel] ?? account;
  if (instance === undefined || part === 'database' || part === 'directories') return [];
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return [];
  const mounts = (spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ mountPath }) => mountPath));
  return [{ namespace: metadata.namespace ?? '', name: metadata.name, instance, isJob: part !== 'component', mounts }];
}

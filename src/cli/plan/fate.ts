// What a change does to the pods of an instance, by the rules of the operator: an application starts again when its pod would be made otherwise
// than it was, a Job ends when it has a part of data with which nobody may start one any more. Pure.
import type { Lab, ProcessingInstance } from '../../api/kinds.ts';
import type { PolicyMount } from '../../api/labpolicy.ts';
import { namespaceOf, serviceAccountName } from '../../api/names.ts';
import { isListed } from '../../expulsion/mounts.ts';
import { podTemplate, stateMounts } from '../../processinginstance/objects/pod.ts';
import { mountedData } from '../facility/mounts.ts';
import type { Facility } from '../facility/objects.ts';
import type { InstanceChange } from './mounts.ts';
import type { RunningPod } from './pods.ts';

/** What one side of a change makes of an instance. */
interface Side {
  lab: Lab | undefined;
  /** What pods are made from; absent: there is none. */
  application: string | undefined;
  database: string | undefined;
  /** What its account may mount of data. */
  mounts: PolicyMount[];
}

export interface Fate {
  /** Absent: nothing that somebody has to be told. */
  words?: string;
  ends: (pod: RunningPod) => boolean;
}

const nothing: Fate = { ends: () => false };

export function fateOfPods(
  [before, was]: [Facility, ProcessingInstance | undefined],
  [after, is]: [Facility, ProcessingInstance | undefined],
  { lost, changed }: Pick<InstanceChange, 'lost' | 'changed'>,
  at: number,
): Fate {
  if (!was) return nothing;
  if (!is) return { words: 'its pods and Jobs are ended; its state volumes and all files stay', ends: () => true };
  const [old, now] = [sideOf(before, was, at), sideOf(after, is, at)];
  if (!now.lab || now.lab.spec.suspended)
    return { words: `its pods and Jobs are ended: the lab is ${now.lab ? 'suspended' : 'gone'}`, ends: () => true };
  const isTaken = ({ parts, account }: RunningPod) => parts.some((part) => isListed(old, account, part) && !isListed(now, account, part));
  const takes = old.mounts.some(
    ({ serviceAccount, claim, subPaths: [subPath = ''], readOnly }) => !isListed(now, serviceAccount, { claim, subPath, readOnly }),
  );
  const isOther = (part: 'application' | 'database') => old[part] !== undefined && old[part] !== now[part];
  const again = now.application === undefined ? 'the application ends' : 'the application starts again';
  const words = [
    ...(takes && lost.length > 0 ? ['pods and Jobs with a lost mount are ended'] : []),
    ...(takes && lost.length === 0 ? ['Jobs that have data as it was given before are ended'] : []),
    ...(isOther('application') ? [takes && lost.length > 0 && now.application !== undefined ? `${again} without it` : again] : []),
    ...(isOther('database') ? [`its database ${now.database === undefined ? 'ends' : 'starts again'}`] : []),
    ...endsMoved(changed),
  ];
  return {
    ...(words.length > 0 && { words: words.join('; ') }),
    ends: (pod) => (pod.part === 'job' ? isTaken(pod) : isOther(pod.part)),
  };
}

/** An end is a deadline of the running pod, which the API server lets nobody move back. */
function endsMoved(changed: InstanceChange['changed']): string[] {
  const ends = changed.map(({ from, to }) => [from, to].map((mount) => (mount.mounted ? (mount.until ?? Infinity) : 0)));
  return [
    ...(ends.some(([from = 0, to = 0]) => from !== Infinity && to > from)
      ? ['running pods keep the earlier end, because an end can only be brought forward: an application starts again then, Jobs end']
      : []),
    ...(ends.some(([from = 0, to = 0]) => to < from) ? ['running pods get the earlier end'] : []),
  ];
}

function sideOf(facility: Facility, instance: ProcessingInstance, at: number): Side {
  const lab = facility.labs.find(({ metadata }) => namespaceOf(metadata.name) === instance.metadata.namespace);
  const { spec } = instance;
  const component = spec.components?.[0];
  const data = mountedData(facility, instance, at);
  // What cannot be known here is the same on both sides.
  const template =
    component &&
    podTemplate({
      instance,
      part: 'component',
      identity: { uid: 0, gid: 0, supplementalGroups: [...new Set(data.flatMap(({ gid }) => gid ?? []))].toSorted((a, b) => a - b) },
      placement: {},
      mounts: [...stateMounts(instance), ...data.map(({ mount }) => mount)],
      basePort: spec.ports && (instance.status?.ports?.base ?? 0),
      gpuResource: 'gpu',
      container: component,
    });
  const where = lab?.spec.placement ?? '';
  return {
    lab,
    application: template && JSON.stringify([where, template]),
    database: spec.database && JSON.stringify([where, spec.database.version]),
    mounts: data.map(({ mount: { claim, subPath, readOnly } }) => ({
      serviceAccount: serviceAccountName(instance.metadata.name),
      claim,
      subPaths: [subPath],
      readOnly,
    })),
  };
}

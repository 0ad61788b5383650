// What each item of spec.data of an instance comes to: mounted until when, or refused and why. Decided as the operator decides it. Pure.
import type { MountMode } from '../../access/audience.ts';
import { type DataDecision, decideData, grantKey, type NamedGrant } from '../../access/data.ts';
import type { Lab, ProcessingInstance } from '../../api/kinds.ts';
import { labOf, namespaceOf } from '../../api/names.ts';
import type { DataMount } from '../../api/processinginstance.ts';
import { labView } from './labview.ts';
import type { Facility } from './objects.ts';

export type Mount = { mountPath: string; source: string; mode: MountMode; from?: { lab: string; grant: string } } & (
  | { mounted: true; until?: number }
  | { mounted: false; reason: string; message: string }
);

export const labOfInstance = ({ metadata }: ProcessingInstance): string => labOf(metadata.namespace ?? '') ?? '';

export const mountsOf = (facility: Facility, instance: ProcessingInstance, at: number): Mount[] =>
  (instance.spec.data ?? []).map((item) => {
    const mode = item.mode === 'ReadWrite' ? 'ReadWrite' : item.purpose === 'Import' ? 'Import' : 'ReadOnly';
    const mount = { mountPath: item.mountPath, source: sourceText(item), mode, ...(item.from && { from: item.from }) } as const;
    const decision = decisionOn(facility, instance, item, at);
    if ('unknown' in decision) return { ...mount, mounted: false, reason: decision.unknown, message: decision.message };
    if (decision.mounted) return { ...mount, mounted: true, ...(decision.until && { until: decision.until.getTime() }) };
    return { ...mount, mounted: false, reason: decision.reason, message: decision.message.replace(`spec.data ${item.mountPath}: `, '') };
  });

/** What is mounted, as pods have it. */
export const mountedData = (facility: Facility, instance: ProcessingInstance, at: number): Extract<DataDecision, { mounted: true }>[] =>
  (instance.spec.data ?? []).flatMap((item) => {
    const decision = decisionOn(facility, instance, item, at);
    return 'mounted' in decision && decision.mounted ? [decision] : [];
  });

/** The decision of the operator, or why nobody can tell from what was read. */
function decisionOn(
  facility: Facility,
  instance: ProcessingInstance,
  item: DataMount,
  at: number,
): DataDecision | { unknown: string; message: string } {
  const labName = labOfInstance(instance);
  const view = labView(facility, labName);
  if (!view) return { unknown: 'LabNotReady', message: `there is no lab ${labName}` };
  if (item.from && facility.policies.some((policy) => policy.lab.name === labName))
    return { unknown: 'NotRead', message: 'what other labs give is not known here; see the conditions of the instance' };
  const lab = { metadata: { name: labName }, spec: { storage: view.volumes.map((name) => ({ name })) } };
  return decideData(item, { model: facility.model, instance, lab, grants: namedGrant(facility, item), now: new Date(at) });
}

const sourceText = ({ from, volume, path = '' }: DataMount): string =>
  from ? `${from.lab}/${from.grant}: ${path}` : [volume, path].filter(Boolean).join('/');

function namedGrant({ labs, grants }: Facility, { from }: DataMount): Map<string, NamedGrant> {
  if (!from) return new Map();
  const owner = labs.find(({ metadata }) => metadata.name === from.lab);
  const grant = grants.find(({ metadata }) => metadata.namespace === namespaceOf(from.lab) && metadata.name === from.grant);
  return new Map([[grantKey(from), { owner: owner && asReady(owner), grant }]]);
}

/** Files do not know the id that the owner will have; that it has none yet is no reason of theirs. */
const asReady = (lab: Lab): Lab => ({ ...lab, status: { uid: 0, gid: 0, ...lab.status } });

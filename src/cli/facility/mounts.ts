// What each item of spec.data of an instance comes to: mounted until when, or refused and why. Pure.
import type { MountMode } from '../../access/audience.ts';
import { explain, placeText } from '../../access/explain.ts';
import type { Place } from '../../access/facts.ts';
import { isActive } from '../../access/grant.ts';
import { decideMount } from '../../access/instance.ts';
import { instanceFacts, segments } from '../../access/read.ts';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { labOf, namespaceOf } from '../../api/names.ts';
import type { DataMount } from '../../api/processinginstance.ts';
import type { Facility } from './objects.ts';

export type Mount = { mountPath: string; source: string; mode: MountMode; from?: { lab: string; grant: string } } & (
  | { mounted: true; until?: number }
  | { mounted: false; reason: string; message: string }
);

export const labOfInstance = ({ metadata }: ProcessingInstance): string => labOf(metadata.namespace ?? '') ?? '';

export function mountsOf(facility: Facility, instance: ProcessingInstance, at: number): Mount[] {
  return (instance.spec.data ?? []).map((item) => {
    const mode = modeOf(item);
    const source = item.from
      ? `${item.from.lab}/${item.from.grant}: ${item.path ?? ''}`
      : `${item.volume}/${item.path ?? ''}`.replace(/\/$/, '');
    return {
      mountPath: item.mountPath,
      source,
      mode,
      ...(item.from && { from: item.from }),
      ...decide(facility, instance, item, mode, at),
    };
  });
}

type Decision = { mounted: true; until?: number } | { mounted: false; reason: string; message: string };

function decide(facility: Facility, instance: ProcessingInstance, item: DataMount, mode: MountMode, at: number): Decision {
  const { model, grants } = facility;
  const lab = labOfInstance(instance);
  const refuse = (reason: string, message: string): Decision => ({ mounted: false, reason, message });
  const grant =
    item.from && grants.find(({ metadata }) => metadata.namespace === namespaceOf(item.from!.lab) && metadata.name === item.from!.grant);
  if (item.from && (!grant || grant.spec.effect === 'Restrict'))
    return refuse('GrantNotFound', `there is no grant "${item.from.grant}" of lab "${item.from.lab}" for lab "${lab}"`);
  if (grant && !isActive(grant, new Date(at))) return refuse('GrantInactive', `grant "${grant.metadata.name}" is not active`);
  if (grant && !grant.spec.paths.includes(item.path ?? ''))
    return refuse('PathNotGranted', `the grant gives ${grant.spec.paths.join(', ')}`);
  const place: Place = { lab: item.from?.lab ?? lab, volume: grant?.spec.volume ?? item.volume ?? '', path: segments(item.path ?? '') };
  const owner = facility.labs.find(({ metadata }) => metadata.name === place.lab);
  if (!owner?.spec.storage?.some(({ name }) => name === place.volume))
    return refuse('VolumeUnknown', `there is no ${placeText({ ...place, path: [] })}`);
  const decision = decideMount(model, instanceFacts(instance), place, mode, at);
  if (!decision.allowed) {
    const { person, verb, place: where, rule } = decision.lack;
    return refuse('AudienceLacks', explain({ person, place: where, verb }, { allowed: false, rule }));
  }
  const ends = [decision.until, grant?.spec.expiresAt === undefined ? undefined : Date.parse(grant.spec.expiresAt)].filter(
    (end) => end !== undefined,
  );
  return { mounted: true, ...(ends.length > 0 && { until: Math.min(...ends) }) };
}

const modeOf = ({ mode, purpose }: DataMount): MountMode =>
  mode === 'ReadWrite' ? 'ReadWrite' : purpose === 'Import' ? 'Import' : 'ReadOnly';

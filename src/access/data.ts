// What becomes of an item of spec.data of an instance: a mount, how and until when, or a refusal with its reason. Pure. The LabPolicy,
// which opens the mount, and the instance, which uses it and says why not, ask this one function, so that they never differ.
import type { DataGrant, Lab, ProcessingInstance } from '../api/kinds.ts';
import { grantClaimName, rootClaimName } from '../api/names.ts';
import type { DataMount, ProcessingInstanceReason } from '../api/processinginstance.ts';
import type { Lack, MountMode } from './audience.ts';
import { acceptanceLack } from './can.ts';
import { earliest } from './earliest.ts';
import { explain } from './explain.ts';
import type { Place } from './facts.ts';
import { isActive } from './grant.ts';
import { audienceOf, decideMount } from './instance.ts';
import type { AccessModel } from './model.ts';
import { grantFacts, instanceFacts, segments } from './read.ts';
import { isSubject } from './subject.ts';

/** A grant that an instance names, and the lab that would own it, as far as they exist. */
export interface NamedGrant {
  owner: Lab | undefined;
  grant: DataGrant | undefined;
}
export const grantKey = ({ lab, grant }: NonNullable<DataMount['from']>) => `${lab}/${grant}`;

export interface DataFacts {
  model: AccessModel;
  instance: ProcessingInstance;
  /** The lab of the instance, with the names of its storage roots. */
  lab: { metadata: { name: string }; spec: { storage?: { name: string }[] | undefined } };
  /** The grants that the instance names, by `grantKey`. */
  grants: ReadonlyMap<string, NamedGrant>;
  now: Date;
}

/** A part of a claim at a place in the container; an empty subPath stands for the whole volume. */
export interface ClaimMount {
  claim: string;
  subPath: string;
  mountPath: string;
  readOnly: boolean;
}

export type DataDecision = (
  | {
      mounted: true;
      mount: ClaimMount;
      place: Place;
      /** Group of the owner, for granted data. */
      gid?: number;
      /** From when on it is refused if nothing changes. Absent: no end in sight. */
      until?: Date;
    }
  | { mounted: false; reason: DataRefusal; message: string }
) & {
  /** When the answer may be another one though no object changes. */
  changesAt?: Date;
};
export type DataRefusal = Extract<
  ProcessingInstanceReason,
  'VolumeUnknown' | 'GrantNotFound' | 'GrantInactive' | 'PathNotGranted' | 'AudienceLacks' | 'ContainsRestrictedPath'
>;

export const decideData = (item: DataMount, facts: DataFacts): DataDecision =>
  item.from ? decideGranted(item, item.from, facts) : decideOwn(item, facts);

function decideOwn(item: DataMount, facts: DataFacts): DataDecision {
  const { name } = facts.lab.metadata;
  const roots = (facts.lab.spec.storage ?? []).map(({ name }) => name);
  if (item.volume === undefined || !roots.includes(item.volume)) {
    const known = roots.length > 0 ? `this lab has ${roots.map(quote).join(', ')}` : 'this lab has none';
    return refuse(item, 'VolumeUnknown', `volume ${quote(item.volume ?? '')} is unknown; ${known}`);
  }
  return decideFor(item, facts, placeOf(name, item.volume, item.path), { claim: rootClaimName(item.volume) });
}

function decideGranted(item: DataMount, from: NonNullable<DataMount['from']>, facts: DataFacts): DataDecision {
  const { lab, now } = facts;
  const { grant, owner } = facts.grants.get(grantKey(from)) ?? {};
  const named = `grant ${quote(from.grant)} of lab ${quote(from.lab)}`;
  if (from.lab === lab.metadata.name)
    return refuse(item, 'GrantNotFound', 'a lab needs no grant for its own data; name its volume instead');
  // One answer for both: nobody learns which grants exist for others.
  if (!grant || !concernsAudience(grant, facts)) {
    const words = `there is no ${named} for lab ${quote(lab.metadata.name)}; ask the owner to name it in spec.subjects`;
    return refuse(item, 'GrantNotFound', words);
  }
  const { notBefore, expiresAt, volume, paths } = grant.spec;
  if (!isActive(grant, now)) {
    const isAhead = notBefore !== undefined && now < new Date(notBefore) && grant.metadata.deletionTimestamp === undefined;
    if (isAhead) return refuse(item, 'GrantInactive', `${named} begins at ${notBefore}`, new Date(notBefore));
    const when = grant.metadata.deletionTimestamp ? 'was deleted' : `ended at ${expiresAt}`;
    return refuse(item, 'GrantInactive', `${named} ${when}; ask the owner for a new one, or remove the item`);
  }
  // What others give is not asked here: a mount through a grant ends with that grant.
  if (!isAccepted(grant, facts))
    return refuse(item, 'GrantInactive', `whoever made ${named} may not share it; see the status of the grant`);
  const gid = owner?.status?.gid;
  if (gid === undefined || !owner?.spec.storage?.some(({ name }) => name === volume))
    return refuse(item, 'GrantInactive', `the owner of ${named} cannot give it now; see the status of the grant`);
  if (!item.path || !paths.includes(item.path)) {
    const given = paths.map(quote).join(', ');
    return refuse(item, 'PathNotGranted', `${named} gives ${given}, not ${quote(item.path ?? '')}; name one of them`);
  }
  const claim = grantClaimName(from.lab, from.grant, item.mode);
  const end = expiresAt === undefined ? undefined : new Date(expiresAt);
  return decideFor(item, facts, placeOf(from.lab, volume, item.path), { claim, gid, ...(end && { end }) });
}

function isAccepted(grant: DataGrant, { model, now }: DataFacts): boolean {
  const facts = grantFacts(grant);
  return facts !== undefined && acceptanceLack(model, facts, now.getTime()) === undefined;
}

/** Whether the grant is about anybody of the audience, active or not. */
function concernsAudience({ spec: { effect, subjects = [] } }: DataGrant, { model, instance, now }: DataFacts): boolean {
  if (effect === 'Restrict') return false;
  const at = now.getTime();
  return audienceOf(model, instanceFacts(instance), at).some((person) => subjects.some((subject) => isSubject(model, subject, person, at)));
}

/** @param end the grant's own, when the data is granted */
function decideFor(
  item: DataMount,
  { model, instance, now }: DataFacts,
  place: Place,
  { claim, gid, end }: { claim: string; gid?: number; end?: Date },
): DataDecision {
  const decision = decideMount(model, instanceFacts(instance), place, modeOf(item), now.getTime());
  const changesAt = earliest([instant(decision.changesAt), end]);
  const later = changesAt && { changesAt };
  if (!decision.allowed) return { ...lacking(item, place, decision.lack), ...later };
  const until = earliest([instant(decision.until), end]);
  return {
    mounted: true,
    mount: { claim, subPath: item.path ?? '', mountPath: item.mountPath, readOnly: item.mode !== 'ReadWrite' },
    place,
    ...(gid !== undefined && { gid }),
    ...(until && { until }),
    ...later,
  };
}

const instant = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : new Date(milliseconds));
const modeOf = ({ mode, purpose }: DataMount): MountMode =>
  mode === 'ReadWrite' ? 'ReadWrite' : purpose === 'Import' ? 'Import' : 'ReadOnly';

function lacking(item: DataMount, place: Place, { person, verb, place: where, rule }: Lack): DataDecision {
  const words = explain({ person, place: where, verb }, { allowed: false, rule });
  return where.path.length > place.path.length
    ? refuse(item, 'ContainsRestrictedPath', `${words}; a directory is mounted whole, so mount those beside it one by one`)
    : refuse(item, 'AudienceLacks', `${words}; everybody who uses the instance needs it, see spec.audience`);
}

const refuse = (item: DataMount, reason: DataRefusal, message: string, changesAt?: Date): DataDecision => ({
  mounted: false,
  reason,
  message: `spec.data ${item.mountPath}: ${message}`,
  ...(changesAt && { changesAt }),
});

const placeOf = (lab: string, volume: string, path?: string): Place => ({ lab, volume, path: segments(path) });
const quote = (text: string) => `"${text}"`;

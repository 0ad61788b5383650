// What one grant as a whole gives at one moment, whoever uses it. Pure.
import type { DataGrantReason } from '../api/datagrant.ts';
import type { DataGrant, Lab } from '../api/kinds.ts';
import type { StorageRoot } from '../api/storageroot.ts';
import type { Backend } from '../config.ts';
import type { Stored } from '../kube/object.ts';
import { phaseOf } from './timeline.ts';

export interface GrantInput {
  grant: Stored<DataGrant>;
  /** Name of the lab to which the namespace of the grant belongs. */
  ownerLab: string | undefined;
  owner: Stored<Lab> | undefined;
  backends: Backend[];
  /** What the grantor may not share, in words. */
  unshareable: string | undefined;
  now: Date;
}

/** `decides`: it changes what the permission model answers, and nothing else. `ended`: what there is of it must go. `cannot`: what labs have of it
 *  they keep, as only a setting is wrong. */
export type Verdict =
  | { type: 'gives'; root: StorageRoot; backend: Backend }
  | { type: 'decides' }
  | { type: 'ended' | 'cannot'; reason: DataGrantReason; message: string };

/** An end stands before everything else: it must complete in any state. */
export function judge({ grant, ownerLab, owner, backends, unshareable, now }: GrantInput): Verdict {
  const { volume, notBefore, expiresAt, grantor } = grant.spec;
  const ended = (reason: DataGrantReason, message: string): Verdict => ({ type: 'ended', reason, message });
  const cannot = (reason: DataGrantReason, message: string): Verdict => ({ type: 'cannot', reason, message });
  const phase = phaseOf(grant.spec, now);
  if (grant.metadata.deletionTimestamp) return ended('Revoking', 'the grant is being deleted');
  if (phase === 'Expired') return ended('Expired', `ended at ${expiresAt}; set a later spec.expiresAt or delete the grant`);
  if (ownerLab === undefined)
    return cannot(
      'NotInLab',
      `namespace "${grant.metadata.namespace}" belongs to no lab; make the grant in the namespace of the lab that owns the data`,
    );
  if (!owner || owner.metadata.deletionTimestamp) return cannot('LabNotReady', `lab "${ownerLab}" does not exist or is being deleted`);
  if (phase === 'NotYetActive') return ended('NotYetActive', `begins at ${notBefore}`);
  if (isOnlyDeciding(grant)) return { type: 'decides' };
  if (unshareable !== undefined) return ended('GrantorMayNotShare', grantorMessage(grantor, unshareable));
  if (owner.status?.uid === undefined || owner.status.gid === undefined)
    return cannot('LabNotReady', `lab "${ownerLab}" has no identity yet; see its conditions`);
  const roots = owner.spec.storage ?? [];
  const root = roots.find(({ name }) => name === volume);
  if (!root)
    return cannot('VolumeNotFound', `spec.volume "${volume}" is unknown; lab "${ownerLab}" has ${listOf(roots.map(({ name }) => name))}`);
  const backend = backends.find(({ name }) => name === root.backend);
  if (!backend)
    return cannot(
      'BackendUnknown',
      `backend "${root.backend}" of volume "${volume}" is not in the facility configuration, which has ${listOf(backends.map(({ name }) => name))}`,
    );
  return { type: 'gives', root, backend };
}

/** A Restrict only takes away, and so does where data comes from. */
export const isOnlyDeciding = ({ spec }: DataGrant): boolean => spec.effect === 'Restrict' || (spec.subjects ?? []).length === 0;

export const grantorMessage = (grantor: string | undefined, unshareable: string): string =>
  `${unshareable}; give ${grantor} that right as a person, or have somebody who holds it write the grant`;

const listOf = (names: string[]) => (names.length > 0 ? names.map((name) => `"${name}"`).join(', ') : 'none');

// When a DataGrant gives and to whom. Pure: the slices never meet, so that one rule decides here for all of them.
import type { DataGrant } from '../api/kinds.ts';

/** Whether the grant gives anything at this instant: not from the very instant of its expiry, nor once its deletion has begun. */
export const isActive = ({ metadata, spec }: DataGrant, now: Date): boolean =>
  metadata.deletionTimestamp === undefined && (spec.expiresAt === undefined || now < new Date(spec.expiresAt));

/** When the answer of `isActive` changes with no change of the object. Undefined: never. */
export const nextChange = (grant: DataGrant, now: Date): Date | undefined =>
  grant.spec.expiresAt !== undefined && isActive(grant, now) ? new Date(grant.spec.expiresAt) : undefined;

/** Whether a lab is among those that may read. */
export const isSubject = ({ spec }: DataGrant, labName: string): boolean =>
  spec.subjects.some(({ kind, name }) => kind === 'Lab' && name === labName);

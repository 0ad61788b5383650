// When a DataGrant gives and to whom. Pure: the slices never meet, so that one rule decides here for all of them.
import type { DataGrant } from '../api/kinds.ts';
import { earliest } from './earliest.ts';

/** Whether the grant gives anything at this instant: not from the very instant of its expiry, nor once its deletion has begun. */
export const isActive = ({ metadata, spec }: DataGrant, now: Date): boolean =>
  metadata.deletionTimestamp === undefined &&
  spec.effect !== 'Restrict' &&
  (spec.notBefore === undefined || now >= new Date(spec.notBefore)) &&
  (spec.expiresAt === undefined || now < new Date(spec.expiresAt));

/** When the answer of `isActive` changes with no change of the object. Undefined: never. */
export const nextChange = ({ metadata, spec: { effect, notBefore, expiresAt } }: DataGrant, now: Date): Date | undefined =>
  effect === 'Restrict' || metadata.deletionTimestamp !== undefined
    ? undefined
    : earliest([notBefore, expiresAt].flatMap((text) => (text !== undefined && new Date(text) > now ? new Date(text) : [])));

/** Labs that the grant names as a whole. */
export const subjectLabs = ({ spec }: DataGrant): string[] =>
  (spec.subjects ?? []).flatMap(({ kind, name }) => (kind === 'Lab' && name !== undefined ? [name] : []));

/** Whether a lab is among them. */
export const isSubject = (grant: DataGrant, labName: string): boolean => subjectLabs(grant).includes(labName);

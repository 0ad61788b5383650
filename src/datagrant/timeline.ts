// What time alone makes of a grant, and when next. Pure.
import type { DataGrantSpec, DataGrantStatus } from '../api/datagrant.ts';

export type Phase = 'NotYetActive' | 'Active' | 'Expiring' | 'Expired';
type Times = Pick<DataGrantSpec, 'notBefore' | 'expiresAt'>;

/** How long before its end a grant says so. */
const noticeMs = 24 * 3_600_000;

/** From the very instant of its end a grant gives nothing. */
export function phaseOf({ notBefore, expiresAt }: Times, now: Date): Phase {
  const at = now.getTime();
  if (expiresAt !== undefined && at >= Date.parse(expiresAt)) return 'Expired';
  if (notBefore !== undefined && at < Date.parse(notBefore)) return 'NotYetActive';
  return expiresAt !== undefined && at >= Date.parse(expiresAt) - noticeMs ? 'Expiring' : 'Active';
}

/** Undefined: nothing more comes. */
export function nextTransition(times: Times, now: Date): DataGrantStatus['nextTransition'] {
  const { notBefore, expiresAt } = times;
  const notice = expiresAt === undefined ? undefined : new Date(Date.parse(expiresAt) - noticeMs).toISOString();
  const next = { NotYetActive: notBefore, Active: notice, Expiring: expiresAt, Expired: undefined }[phaseOf(times, now)];
  if (next === undefined) return undefined;
  const then = phaseOf(times, new Date(next));
  return then === 'NotYetActive' ? undefined : { at: next, to: then };
}

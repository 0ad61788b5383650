// Instants as people write them on a command line: a date, a date with a time, or a time from now on.
import { parseDuration } from './duration.ts';
import { badFlag } from './error.ts';

/** @param now milliseconds since 1970, as is the answer
 *  @throws CommandFailed when the text is no instant */
export function parseInstant(flag: string, text: string | undefined, now: number): number {
  if (text === undefined) return now;
  const ahead = text.startsWith('+') ? parseDuration(text.slice(1)) : undefined;
  if (ahead !== undefined) return now + ahead * 1000;
  const at = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw badFlag(flag, text, 'a date (2026-12-31), a time in UTC (2026-12-31T08:00:00Z) or a time from now (+7d, +90m)');
  return at;
}

/** To the second, in UTC. */
export const instantText = (at: number): string => new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');

// When access ended, as it was seen: asked for, refused by the API server, last pod gone. Kept in the status, so that a restart of the operator
// loses no time that was measured. Pure.
import type { DataGrantStatus } from '../api/datagrant.ts';
import type { Consumer } from './consumer.ts';

export type Revocation = NonNullable<DataGrantStatus['revocations']>[number];

/** As many as the schema allows. */
const kept = 64;

/** @param leaving those who still have something of the grant, and must not
 *  @param served those who may have it: what once ended for them is over */
export function revocationsOf(before: Revocation[] = [], leaving: Consumer[], served: Consumer[], now: Date): Revocation[] {
  const keyOf = ({ lab, mode }: { lab: string; mode: string }) => `${lab} ${mode}`;
  const keyOfConsumer = ({ share }: Consumer) => keyOf({ lab: share.consumer, mode: share.mode });
  const known = new Map(before.map((revocation) => [keyOf(revocation), revocation]));
  for (const consumer of served) known.delete(keyOfConsumer(consumer));
  for (const consumer of leaving) known.set(keyOfConsumer(consumer), observe(consumer, known.get(keyOfConsumer(consumer)), now));
  const latest = [...known.values()].sort((a, b) => (a.askedAt < b.askedAt ? 1 : -1)).slice(0, kept);
  return latest.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What was seen once stays; only a door that turns out to be open takes it back. */
function observe({ share, expulsion }: Consumer, before: Revocation | undefined, now: Date): Revocation {
  const isOpen = expulsion?.found === 'open-door';
  const refusedAt = isOpen ? undefined : (before?.refusedAt ?? expulsion?.refusedAt.toISOString());
  const endedAt = expulsion && expulsion.found !== 'nothing' ? undefined : (before?.endedAt ?? expulsion?.emptyAt.toISOString());
  return {
    lab: share.consumer,
    mode: share.mode,
    askedAt: before?.askedAt ?? now.toISOString(),
    ...(refusedAt !== undefined && { refusedAt }),
    ...(endedAt !== undefined && { endedAt }),
  };
}

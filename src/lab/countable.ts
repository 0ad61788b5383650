// Whether the quota of a lab can count objects of our own kinds now. Pure. The quota controller of Kubernetes learns of new kinds every 30 s; until
// then it counts none of a kind that was just installed, and the API server refuses every new one as "status unknown for quota". Nobody
// should wait for that: those limits are left out and put in again later, which is also what makes the controller look.
import { fieldManager, group } from '../api/labels.ts';
import type { ResourceQuota } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';

/** As often as the quota controller looks for new kinds. */
const againMs = 30_000;

export interface Countable {
  ownKinds: boolean;
  /** When to try again. */
  again?: Date;
}

/** @param quota as it is */
export function countable(quota: Stored<ResourceQuota> | undefined, now: Date): Countable {
  const { spec, status, metadata } = quota ?? {};
  // One of our kinds that is counted is enough: all are installed together.
  if (!quota || limitsOwnKinds(status?.used)) return { ownKinds: true };
  if (limitsOwnKinds(spec?.hard))
    return limitsOwnKinds(status?.hard) ? { ownKinds: false, again: new Date(now.getTime() + againMs) } : { ownKinds: true };
  const applied = metadata?.managedFields?.find(({ manager, operation }) => manager === fieldManager && operation === 'Apply')?.time;
  const again = new Date(Date.parse(applied ?? '') + againMs);
  return again > now ? { ownKinds: false, again } : { ownKinds: true };
}

/** Until the quota controller has looked at each limit, the API server refuses what it limits. */
export const isCounted = ({ spec, status }: ResourceQuota): boolean =>
  Object.keys(spec?.hard ?? {}).every(
    (name) => status?.hard?.[name] !== undefined && (!isOfOwnKind(name) || status.used?.[name] !== undefined),
  );

export const isOfOwnKind = (name: string) => name.startsWith('count/') && name.endsWith(`.${group}`);
const limitsOwnKinds = (limits: Record<string, string> | undefined) => Object.keys(limits ?? {}).some(isOfOwnKind);

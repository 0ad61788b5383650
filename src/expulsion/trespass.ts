// Which running pods of a lab have data that its LabPolicy does not list for them any more, and which parts nobody may start a pod with any more. Pure.
import type { ProcessingInstance } from '../api/kinds.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { grantClaimName, reservedPrefix, rootClaimName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import type { Pod } from '../kube/kind.ts';
import { accountOf, hasEnded, isListed, type MountedPart, partsOf } from './mounts.ts';

type Mounts = LabPolicySpec['mounts'];
export type Loss = MountedPart & { account: string };

/** Parts that were listed and are not any more. @param claims those that hold data of labs */
export function lostParts(before: Mounts, now: Mounts, claims: ReadonlySet<string>): Loss[] {
  return before
    .filter(({ claim }) => claims.has(claim))
    .flatMap(({ serviceAccount, claim, subPaths, readOnly }) =>
      subPaths.map((subPath) => ({ account: serviceAccount, claim, subPath, readOnly })),
    )
    .filter(({ account, ...part }) => !isReserved(account) && !isListed({ mounts: now }, account, part));
}

/** Whether every pod that was admitted under the one list may stay under the other, as long as it may: then nobody has to look at pods. */
export function isOnlyMore(before: Mounts, now: Mounts): boolean {
  const parts = before.flatMap(({ serviceAccount, claim, subPaths, readOnly }) =>
    subPaths.map((subPath) => ({ account: serviceAccount, part: { claim, subPath, readOnly } })),
  );
  return (
    parts.every(({ account, part }) => isListed({ mounts: now }, account, part)) &&
    before.every((mount) => endOf(now, mount) >= endOf(before, mount))
  );
}

/** The end that all entries of an account for a claim have together, as admission asks of every claim as a whole. */
const endOf = (mounts: Mounts, { serviceAccount, claim }: Mounts[number]): number =>
  Math.min(
    ...mounts
      .filter((mount) => mount.serviceAccount === serviceAccount && mount.claim === claim)
      .map(({ notAfter }) => (notAfter === undefined ? Infinity : Date.parse(notAfter))),
  );

/** What a pod has and must not have. An application from which its own instance takes the data, and an instance that is deleted, end in their own time. */
export function unlistedPart(
  mounts: Mounts,
  pod: Pod,
  claims: ReadonlySet<string>,
  instanceOf: (account: string) => ProcessingInstance | undefined,
): MountedPart | undefined {
  const account = accountOf(pod);
  if (hasEnded(pod) || isReserved(account)) return undefined;
  const parts = partsOf(pod).filter((part) => claims.has(part.claim) && !isListed({ mounts }, account, part));
  return isApplication(pod) ? parts.find((part) => asksFor(instanceOf(account), part)) : parts[0];
}

/** The operator's own: databases, and the Jobs that make directories. */
const isReserved = (account: string) => account.startsWith(reservedPrefix);
const isApplication = ({ metadata }: Pod) => (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'StatefulSet');

const asksFor = (instance: ProcessingInstance | undefined, { claim, subPath }: MountedPart): boolean =>
  instance !== undefined &&
  instance.metadata.deletionTimestamp === undefined &&
  (instance.spec.data ?? []).some((item) => claimOf(item) === claim && (item.path ?? '') === subPath);

const claimOf = ({ from, volume = '', mode }: DataMount): string =>
  from ? grantClaimName(from.lab, from.grant, mode) : rootClaimName(volume);

// What becomes of each item of spec.data: a mount, or a reason why it is not mounted now. Pure. The LabPolicy of the namespace is
// computed by the same rules elsewhere, and it alone opens the mount: an error here can lose a mount, never give one.
import { isActive, isSubject, nextChange } from '../access/grant.ts';
import type { DataGrant, Lab } from '../api/kinds.ts';
import { grantClaimName, rootClaimName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import type { ClaimMount } from './objects/pod.ts';

/** A grant that an instance names, and the lab that would own it, as far as they exist. */
export interface GrantFacts {
  owner: Lab | undefined;
  grant: DataGrant | undefined;
}
export const grantKey = ({ lab, grant }: NonNullable<DataMount['from']>) => `${lab}/${grant}`;

export type DataVerdict =
  | { mounted: true; mount: ClaimMount /** Group of the owner, for granted data. */; gid?: number; changesAt?: Date | undefined }
  | { mounted: false; reason: 'VolumeUnknown' | 'GrantNotFound' | 'GrantInactive' | 'PathNotGranted'; message: string };

export const judgeData = (item: DataMount, lab: Lab, grants: ReadonlyMap<string, GrantFacts>, now: Date): DataVerdict =>
  item.from ? judgeGranted(item, item.from, lab, grants.get(grantKey(item.from)), now) : judgeOwn(item, lab);

function judgeOwn(item: DataMount, lab: Lab): DataVerdict {
  const roots = (lab.spec.storage ?? []).map(({ name }) => name);
  if (!item.volume || !roots.includes(item.volume)) {
    const known = roots.length > 0 ? `this lab has ${roots.map(quote).join(', ')}` : 'this lab has none';
    return { mounted: false, reason: 'VolumeUnknown', message: `${at(item)}: volume ${quote(item.volume ?? '')} is unknown; ${known}` };
  }
  return { mounted: true, mount: mountOf(item, rootClaimName(item.volume)) };
}

function judgeGranted(
  item: DataMount,
  from: NonNullable<DataMount['from']>,
  lab: Lab,
  facts: GrantFacts | undefined,
  now: Date,
): DataVerdict {
  const refuse = (reason: 'GrantNotFound' | 'GrantInactive' | 'PathNotGranted', message: string): DataVerdict => ({
    mounted: false,
    reason,
    message: `${at(item)}: ${message}`,
  });
  const named = `grant ${quote(from.grant)} of lab ${quote(from.lab)}`;
  const { grant, owner } = facts ?? {};
  if (from.lab === lab.metadata.name) return refuse('GrantNotFound', 'a lab needs no grant for its own data; name its volume instead');
  // One answer for both: a lab does not learn which grants exist for others.
  if (!grant || !isSubject(grant, lab.metadata.name)) {
    return refuse('GrantNotFound', `there is no ${named} for lab ${quote(lab.metadata.name)}; ask the owner to name it in spec.subjects`);
  }
  if (!isActive(grant, now)) {
    const when = grant.metadata.deletionTimestamp ? 'was deleted' : `ended at ${grant.spec.expiresAt}`;
    return refuse('GrantInactive', `${named} ${when}; ask the owner for a new one, or remove the item`);
  }
  const gid = owner?.status?.gid;
  if (gid === undefined || !owner?.spec.storage?.some(({ name }) => name === grant.spec.volume)) {
    return refuse('GrantInactive', `the owner of ${named} cannot give it now; see the status of the grant`);
  }
  if (!item.path || !grant.spec.paths.includes(item.path)) {
    return refuse(
      'PathNotGranted',
      `${named} gives ${grant.spec.paths.map(quote).join(', ')}, not ${quote(item.path ?? '')}; name one of them`,
    );
  }
  return {
    mounted: true,
    mount: { ...mountOf(item, grantClaimName(from.lab, from.grant)), readOnly: true },
    gid,
    changesAt: nextChange(grant, now),
  };
}

const mountOf = (item: DataMount, claim: string): ClaimMount => ({
  claim,
  subPath: item.path ?? '',
  mountPath: item.mountPath,
  readOnly: item.mode !== 'ReadWrite',
});

const at = ({ mountPath }: DataMount) => `spec.data ${mountPath}`;
const quote = (text: string) => `"${text}"`;

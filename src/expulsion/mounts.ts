// What pods mount of claims, and what a LabPolicy lets their accounts mount. Pure: by the same rules as the admission policies, which ask only
// once, when a pod is made; here the question is whether a running pod would still be admitted.
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { Pod } from '../kube/kind.ts';

/** A part of a claim, as a container of a pod has it. */
export interface MountedPart {
  claim: string;
  subPath: string;
  readOnly: boolean;
}

/** Names of the claims that a pod mounts. */
export const claimsOf = ({ spec }: Pod): string[] =>
  spec?.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []) ?? [];

export const accountOf = ({ spec }: Pod): string => spec?.serviceAccountName ?? 'default';

export function partsOf({ spec }: Pod): MountedPart[] {
  const claims = new Map(spec?.volumes?.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName]));
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .flatMap(({ name, subPath = '', readOnly = false }) => {
      const claim = claims.get(name);
      return claim === undefined ? [] : [{ claim, subPath, readOnly }];
    });
}

export const isListed = ({ mounts }: Pick<LabPolicySpec, 'mounts'>, account: string, part: MountedPart): boolean =>
  mounts.some(
    ({ serviceAccount, claim, subPaths, readOnly }) =>
      serviceAccount === account && claim === part.claim && subPaths.includes(part.subPath) && (part.readOnly || !readOnly),
  );

/** When a pod must have ended, by what its account may mount until when. Admission asks for the same, of every claim as a whole. */
export function notAfterOf({ mounts }: Pick<LabPolicySpec, 'mounts'>, pod: Pod): Date | undefined {
  const [account, claims] = [accountOf(pod), claimsOf(pod)];
  const ends = mounts
    .filter(({ serviceAccount, claim }) => serviceAccount === account && claims.includes(claim))
    .flatMap(({ notAfter }) => (notAfter === undefined ? [] : Date.parse(notAfter)));
  return ends.length > 0 ? new Date(Math.min(...ends)) : undefined;
}

export const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

// Whether the LabPolicy of the namespace lets a pod in. The admission policies decide; this only avoids asking for what they would
// refuse, while the policy of the lab is still behind a change.
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { PodSpec } from './objects/pod.ts';

/** What the policy lacks for the pod, in words, or undefined when it has everything. */
export function missingFromPolicy(policy: LabPolicySpec, pod: PodSpec): string | undefined {
  const { runAsUser, runAsGroup, supplementalGroups = [] } = pod.securityContext ?? {};
  if (policy.uid !== runAsUser || policy.gid !== runAsGroup) return `ids ${runAsUser}:${runAsGroup}`;
  const group = supplementalGroups.find((gid) => !policy.supplementalGroups.includes(gid));
  if (group !== undefined) return `supplemental group ${group}`;

  const account = pod.serviceAccountName;
  for (const volume of pod.volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim === undefined) continue;
    const entry = policy.mounts.find((mount) => mount.serviceAccount === account && mount.claim === claim);
    if (!entry) return `claim "${claim}"`;
    if (entry.readOnly && !volume.persistentVolumeClaim?.readOnly) return `writing to claim "${claim}"`;
    const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts).filter(({ name }) => name === volume.name);
    const unlisted = mounts.find(({ subPath = '' }) => !entry.subPaths.includes(subPath));
    if (unlisted) return `"${unlisted.subPath ?? ''}" of claim "${claim}"`;
  }
  const secret = secretsOf(pod).find((name) => !policy.secrets.some((entry) => entry.serviceAccount === account && entry.secret === name));
  return secret === undefined ? undefined : `secret "${secret}"`;
}

const secretsOf = (pod: PodSpec): string[] => [
  ...(pod.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []),
  ...pod.containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])),
];

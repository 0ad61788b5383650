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
    const entries = policy.mounts.filter((mount) => mount.serviceAccount === account && mount.claim === claim);
    if (entries.length === 0) return `claim "${claim}"`;
    if (entries.every(({ readOnly }) => readOnly) && !volume.persistentVolumeClaim?.readOnly) return `writing to claim "${claim}"`;
    const mounts = pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts).filter(({ name }) => name === volume.name);
    for (const { subPath = '', readOnly } of mounts) {
      const listed = entries.filter(({ subPaths }) => subPaths.includes(subPath));
      if (listed.length === 0) return `"${subPath}" of claim "${claim}"`;
      if (!readOnly && listed.every((entry) => entry.readOnly)) return `writing to "${subPath}" of claim "${claim}"`;
    }
  }
  const secret = secretsOf(pod).find((name) => !policy.secrets.some((entry) => entry.serviceAccount === account && entry.secret === name));
  return secret === undefined ? undefined : `secret "${secret}"`;
}

const secretsOf = (pod: PodSpec): string[] => [
  ...(pod.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []),
  ...pod.containers.flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])),
];

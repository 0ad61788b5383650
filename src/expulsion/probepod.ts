// The pod with which the end of a right asks the API server, as a dry run, whether the data could still be mounted.
// It is right in everything but the claim, so that a refusal can only mean the claim.
import { instanceLabel } from '../api/labels.ts';
import type { LabPolicySpec, Placement } from '../api/labpolicy.ts';
import type { Pod } from '../kube/kind.ts';

export interface Probe {
  namespace: string;
  /** Service account that could mount the claim, which is also the name of its instance. */
  account: string;
  claim: string;
  subPath: string;
  /** Absent: true. */
  readOnly?: boolean;
}

export function probePod(
  { namespace, account, claim, subPath, readOnly = true }: Probe,
  { uid, gid, ...policy }: Pick<LabPolicySpec, 'uid' | 'gid' | keyof Placement>,
): Pod {
  const { nodeSelector, tolerations, runtimeClassName } = policy;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `bulkhead-probe-${account}`, namespace, labels: { [instanceLabel]: account } },
    spec: {
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      ...(runtimeClassName !== undefined && { runtimeClassName }),
      serviceAccountName: account,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 1, // a mount with an end asks for it
      securityContext: {
        runAsUser: uid,
        runAsGroup: gid,
        fsGroup: gid,
        runAsNonRoot: true,
        supplementalGroupsPolicy: 'Strict',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'probe',
          image: 'bulkhead.invalid/probe:none', // never pulled: a dry run stores nothing
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } },
          volumeMounts: [{ name: 'data', mountPath: '/data', ...(subPath !== '' && { subPath }), readOnly }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim, readOnly } }],
    },
  };
}

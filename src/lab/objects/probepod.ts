// The pod with which a lab asks the API server, as a dry run, whether its walls stand. It meets Pod Security "restricted" and breaks
// one rule of ours, so that a refusal in the name of our policy can only come from our policy.
import type { Lab } from '../../api/kinds.ts';
import { namespaceOf } from '../../api/names.ts';
import { type Pod, Pods } from '../../kube/kind.ts';
import type { Identity } from '../../reservation/identity.ts';

/** Some id that is not that of the lab. */
const foreignTo = (uid: number) => (uid === 65_534 ? 65_533 : 65_534);

export const probePod = (lab: Lab, { uid }: Identity): Pod => ({
  apiVersion: Pods.apiVersion,
  kind: Pods.kind,
  metadata: { name: 'bulkhead-probe', namespace: namespaceOf(lab.metadata.name) },
  spec: {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: {
      runAsNonRoot: true,
      runAsUser: foreignTo(uid),
      runAsGroup: foreignTo(uid),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'probe',
        image: 'bulkhead.invalid/probe:none', // never pulled: a dry run stores nothing
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});

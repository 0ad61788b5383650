// The last visit of a person in a lab, as a Lease in the namespace of the lab: the operator alone writes it, when a gateway or an application says
// that the person is there. Pure.
import { createHash } from 'node:crypto';
import { managedLabel } from '../api/labels.ts';
import { labOf, namespaceOf } from '../api/names.ts';
import { type Lease, Leases } from '../kube/kind.ts';

export interface Visit {
  lab: string;
  user: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** A user name holds what the name of an object may not. */
const visitName = (user: string) => `visit-${createHash('sha256').update(user).digest('hex').slice(0, 40)}`;

export const visitLease = ({ lab, user, at }: Visit): Lease => ({
  apiVersion: Leases.apiVersion,
  kind: Leases.kind,
  metadata: { name: visitName(user), namespace: namespaceOf(lab), labels: { [managedLabel]: 'true' } },
  spec: { holderIdentity: user, renewTime: new Date(at).toISOString().replace('Z', '000Z') },
});

/** Undefined: the Lease is about something else. */
export function visitOf({ metadata, spec }: Lease): Visit | undefined {
  const lab = labOf(metadata.namespace ?? '');
  const { holderIdentity: user, renewTime } = spec ?? {};
  const at = Date.parse(renewTime ?? '');
  if (lab === undefined || !user || metadata.name !== visitName(user) || Number.isNaN(at)) return undefined;
  return { lab, user, at };
}

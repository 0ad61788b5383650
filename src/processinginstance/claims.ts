// What an instance shares with nobody in the facility: its block of ports and its licence. Claimed before anything is made, and without
// a request once the instance holds them.
import { createHmac } from 'node:crypto';
import { type ProcessingInstance, ProcessingInstances, Reservations } from '../api/kinds.ts';
import type { Config } from '../config.ts';
import { isTrue } from '../kube/conditions.ts';
import { Secrets } from '../kube/kind.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import { type Holder, heldBy } from '../reservation/claim.ts';
import { claimLicense } from '../reservation/license.ts';
import { claimPorts } from '../reservation/ports.ts';
import type { Claims } from './status.ts';

export const holderOf = ({ metadata: { name, namespace = '', uid } }: Stored<ProcessingInstance>): Holder => ({
  kind: ProcessingInstances.kind as Holder['kind'],
  namespace,
  name,
  uid,
});

/** @param facilityKey so that the fingerprint of a licence tells nothing to those who may read reservations */
export async function claimShared(kube: Kube, instance: Stored<ProcessingInstance>, config: Config, facilityKey: Buffer): Promise<Claims> {
  const ports = await claimBlock(kube, instance, config);
  if (ports.refusal) return ports;
  const license = await claimLicenseOf(kube, instance, facilityKey);
  return { basePort: ports.basePort, findings: [...ports.findings, ...license.findings], refusal: license.refusal };
}

async function claimBlock(kube: Kube, instance: Stored<ProcessingInstance>, { ports }: Config): Promise<Claims> {
  if (!instance.spec.ports) return { findings: [] };
  const answer = await claimPorts(kube, holderOf(instance), ports, instance.status?.ports?.base);
  if ('taken' in answer) return refused('PortsReserved', 'PortsExhausted', answer.taken);
  const message = `ports ${answer.base}-${answer.base + instance.spec.ports.size - 1} belong to this instance alone`;
  return { basePort: answer.base, findings: [{ type: 'PortsReserved', status: 'True', reason: 'PortsReserved', message }] };
}

async function claimLicenseOf(kube: Kube, instance: Stored<ProcessingInstance>, facilityKey: Buffer): Promise<Claims> {
  const { license } = instance.spec;
  const held = heldBy(kube.cache, instance.metadata.uid).filter(({ spec }) => spec.type === 'License');
  if (!license) {
    for (const reservation of held) await kube.delete(Reservations, reservation);
    return { findings: [] };
  }
  // The Secret is the lab's own and not watched: it is read until the licence is held, and at every change of the instance.
  // Holding one is not enough: after a refusal it is still the one of before the change.
  const isSettled = isTrue(instance, 'LicenseReserved') && instance.status?.observedGeneration === instance.metadata.generation;
  if (held.length === 0 || !isSettled) {
    const { name, key } = license.secretRef;
    const secret = await kube.read(Secrets, name, instance.metadata.namespace);
    const id = Buffer.from(secret?.data?.[key] ?? '', 'base64')
      .toString()
      .trim();
    if (id === '')
      return refused(
        'LicenseReserved',
        'LicenseNotFound',
        `there is no Secret "${name}" with a value under "${key}"; make it in this namespace`,
      );
    const answer = await claimLicense(kube, holderOf(instance), licenseFingerprint(facilityKey, id));
    if ('taken' in answer) return refused('LicenseReserved', 'LicenseInUse', answer.taken);
  }
  return {
    findings: [
      { type: 'LicenseReserved', status: 'True', reason: 'LicenseReserved', message: 'the licence belongs to this instance alone' },
    ],
  };
}

/** Names a licence without telling it; the same for the same id in one facility. */
const licenseFingerprint = (facilityKey: Buffer, id: string) =>
  createHmac('sha256', facilityKey).update(`license/${id}`).digest('hex').slice(0, 40);

const refused = (type: string, reason: 'PortsExhausted' | 'LicenseNotFound' | 'LicenseInUse', message: string): Claims => ({
  findings: [{ type, status: 'False', reason, message }],
  refusal: { reason, message, stalled: true },
});

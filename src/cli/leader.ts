// Whether an operator is at work. Its Lease is renewed every few seconds by whoever leads; no clock of ours is compared with one of the cluster.
import { setTimeout as delay } from 'node:timers/promises';
import { operatorName } from '../api/names.ts';
import type { Client } from '../kube/client.ts';
import { Leases } from '../kube/kind.ts';

const pollMs = 500;

export async function isLed(client: Client, namespace: string): Promise<boolean> {
  const look = () => client.get(Leases, operatorName, namespace);
  const first = await look();
  if (!first?.spec?.holderIdentity) return false;
  for (let left = (first.spec.leaseDurationSeconds ?? 15) * 1000; left > 0; left -= pollMs) {
    await delay(pollMs);
    const now = await look();
    if (now?.spec?.holderIdentity && now.metadata.resourceVersion !== first.metadata.resourceVersion) return true;
  }
  return false;
}

// Attacks on lab smith, each beside a twin that differs only in the attack: the walls refuse the one and admit the other. Whoever tries has every
// right of the cluster, so only the walls can refuse.
import { KubeConfig } from '@kubernetes/client-node';
import { operatorNamespaceDefault } from '../../../src/api/names.ts';
import { Impersonator } from '../../../src/verify/actor.ts';
import type { Attack, Outcome } from '../../../src/verify/attack.ts';
import { attackTables } from '../../../src/verify/attacks.ts';
import { gatherFacility, stage } from '../../../src/verify/stage.ts';
import { tryAll } from '../../../src/verify/trial.ts';
import type { Site } from '../site.ts';

/** Names of attacks that tell most to somebody who sees the walls for the first time. */
const handful = [
  'runs as the user of another lab',
  'takes the group of a lab that granted nothing',
  'mounts a directory of the node',
  'mounts a claim that nobody listed',
  'takes a directory whose name begins like the granted one',
  'mounts granted data writable',
  'reads granted data beyond the end of the grant',
  'an administrator of the cluster lets a friend in',
  'an administrator of the cluster opens the network',
];

/** Tries the handful; nothing is stored. */
export async function tryTheWalls(site: Site, each: (outcome: Outcome) => void): Promise<Outcome[]> {
  const scene = await stage(site.client, await gatherFacility(site.client, operatorNamespaceDefault), 'smith', new Date());
  const all = Object.values(attackTables).flatMap((table) => table(scene));
  const chosen = handful.map((name) => {
    const attack = all.find((candidate) => candidate.name === name);
    if (!attack) throw new Error(`no attack is named "${name}"`);
    return attack;
  });
  return tryAttacks(site, chosen, each);
}

export async function tryAttacks(site: Site, attacks: Attack[], each: (outcome: Outcome) => void = () => undefined): Promise<Outcome[]> {
  const config = new KubeConfig();
  config.loadFromFile(site.cluster.kubeconfig);
  const impersonator = new Impersonator(config);
  try {
    return await tryAll(impersonator, attacks, each);
  } finally {
    await impersonator.close();
  }
}

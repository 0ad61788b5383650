// Attacks on lab smith, each beside a twin that differs only in the attack: the walls refuse the one and admit the other.
import { KubeConfig } from '@kubernetes/client-node';
import { DataGrants, LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { databaseName, grantClaimName, namespaceOf, operatorNamespaceDefault, policyName, rootClaimName } from '../../../src/api/names.ts';
import { type Actor, Impersonator, person } from '../../../src/verify/actor.ts';
import type { Attack, Outcome } from '../../../src/verify/attack.ts';
import { attackTables } from '../../../src/verify/attacks.ts';
import { accountsOf, anonymous, freed, type Scene, stranger } from '../../../src/verify/scene.ts';
import { tryAll } from '../../../src/verify/trial.ts';
import type { Site } from '../site.ts';
import { identityOf } from './facility.ts';

/** Who tries: nobody has more rights in the cluster, so only the walls can refuse. */
const administrator: Actor = {};

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

/** Lab smith as it stands. Attacks on objects that this lab does not have are not among the handful. */
async function sceneOfSmith(site: Site): Promise<Scene> {
  const lab = 'smith';
  const namespace = namespaceOf(lab);
  const { client } = site;
  const [self, grantor] = [await identityOf(site, lab), await identityOf(site, 'microscopy')];
  const grant = await client.get(DataGrants, 'krios-0512', namespaceOf('microscopy'));
  const found = await client.get(LabPolicies, policyName, namespace);
  if (!grant?.spec.expiresAt || !found || !(await client.get(Labs, lab))) throw new Error('the example facility does not stand');
  const nothing = 'none';
  const place = {
    lab,
    namespace,
    neighbour: namespaceOf('microscopy'),
    namespaceLabels: {},
    ...self,
    grantorGid: grantor.gid,
    instance: 'relion',
    own: { claim: rootClaimName('projects'), subPath: '' },
    granted: { claim: grantClaimName('microscopy', 'krios-0512'), subPath: grant.spec.paths[0]!, notAfter: grant.spec.expiresAt },
    ended: { claim: nothing, subPath: nothing },
    foreign: { claim: nothing, secret: nothing },
    secret: nothing,
    databaseAccount: databaseName('relion'),
    operatorNamespace: operatorNamespaceDefault,
    ports: { base: 31_000, blockSize: 16 },
    backend: '/none',
    existing: { pod: nothing, statefulSet: nothing, service: nothing, claim: nothing, volume: nothing, job: nothing, grant: nothing },
    everyRight: 'system:masters',
  };
  const accounts = accountsOf(place);
  const viewer = person('vic.ray@uni.example');
  return {
    ...place,
    people: { anonymous, stranger, viewer, member: administrator, admin: administrator, neighbour: administrator, ...accounts },
    actors: { member: administrator, admin: administrator, viewer, operator: freed(place, accounts.operator), clusterAdmin: administrator },
  };
}

/** Tries the handful; nothing is stored. */
export async function tryTheWalls(site: Site, each: (outcome: Outcome) => void): Promise<Outcome[]> {
  const scene = await sceneOfSmith(site);
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

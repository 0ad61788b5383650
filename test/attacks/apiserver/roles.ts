// The real roles of the chart, bound as the operator binds them, for the tables in which RBAC must refuse. Two labs: that of the scene and its neighbour.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Actor, Impersonator } from '../../../src/verify/actor.ts';
import { existing, type Manifest, pathOf, rbac, roleBinding, userSubject } from '../../../src/verify/manifest.ts';
import { provideHelm } from '../../cluster/helm.ts';
import { must, scene, settings } from './lab.ts';

const chart = join(import.meta.dirname, '../../../charts/bulkhead');
const kinds = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount'];

interface Placed extends Manifest {
  metadata: Manifest['metadata'] & { namespace?: string };
}

/** Every object of the chart that gives rights.
 * @throws Error with the words of Helm */
async function chartRoles(): Promise<Placed[]> {
  const program = await provideHelm();
  const { status, stdout, stderr } = spawnSync(program, ['template', 'bulkhead', chart, '--namespace', settings.operatorNamespace], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Placed | null)
    .filter((object) => object !== null && kinds.includes(object.kind)) as Placed[];
}

/** To be called before the walls are raised: afterwards only the operator binds anybody. */
export async function giveRoles(impersonator: Impersonator): Promise<void> {
  const { people, actors, namespace, neighbour } = scene;
  const apply = (object: Placed) => {
    const path = pathOf(object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name);
    return must(impersonator, actors.clusterAdmin, { method: 'PATCH', patch: 'apply', path, body: object });
  };
  for (const object of await chartRoles()) await apply(object);
  const self = { kind: 'ServiceAccount', name: 'bulkhead', namespace: settings.operatorNamespace };
  const bind = (where: string, role: string, ...subjects: object[]) => {
    const binding = roleBinding(`bulkhead:lab-${role}`, ...subjects);
    return apply({ ...binding, metadata: { name: role, namespace: where } });
  };
  const user = (actor: Actor) => userSubject(actor.user!);
  // from here on the roles of the chart alone give the verbs that admission asks for
  for (const name of ['test:compute', 'test:share'])
    await must(impersonator, actors.clusterAdmin, existing(`${rbac}/v1`, 'ClusterRoleBinding', undefined, name).remove());
  await bind(namespace, 'viewer', user(people.viewer));
  await bind(namespace, 'member', user(people.member), user(actors.unseen!));
  // a group of the identity provider may still hold who is barred
  const administrators = [user(people.admin), user(actors.barred!)];
  for (const role of ['admin', 'external-sharer']) await bind(namespace, role, ...administrators);
  await bind(namespace, 'sharer', ...administrators, user(actors.insideSharer!));
  await bind(namespace, 'sharer-part', user(actors.partSharer!));
  await bind(namespace, 'operator', self);
  for (const role of ['admin', 'sharer', 'external-sharer']) await bind(neighbour, role, user(people.neighbour));
  await bind(neighbour, 'operator', self);
}

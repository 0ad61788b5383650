// What belongs to the people of one lab, tried by those who are not of it.
import { accessPolicyName } from '../api/names.ts';
import type { Actor } from './actor.ts';
import type { Attack } from './attack.ts';
import { create, list, pathOf, read } from './manifest.ts';
import { mayI, ownInstance, type Row, refusedByRoles, type Who } from './rbacattacks.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';
const outsiders: Who[] = ['anonymous', 'stranger', 'neighbour', 'account', 'databaseAccount'];
const insiders: Who[] = ['viewer', 'member', 'admin'];

export function foreignLabs(scene: Scene): Attack[] {
  const ordinary = (of: string, member: Actor, admin: Actor): Row[] => [
    ['lists pods', list('v1', 'Pod', of), member],
    ['lists Jobs', list('batch/v1', 'Job', of), member],
    ['lists events', list('v1', 'Event', of), member],
    ['lists events of the newer kind', list('events.k8s.io/v1', 'Event', of), member],
    ['lists claims', list('v1', 'PersistentVolumeClaim', of), member],
    ['lists instances', list(api, 'ProcessingInstance', of), member],
    ['lists grants', list(api, 'DataGrant', of), member],
    ['watches grants', read(`${pathOf(api, 'DataGrant', of)}?watch=true&timeoutSeconds=1`), member],
    ['reads the rules', read(pathOf(api, 'LabPolicy', of, 'policy')), member],
    ['may read who may do what', mayI('get', 'configmaps', { namespace: of, name: accessPolicyName }), member],
    ['may run as an instance', mayI('compute', 'processinginstances', { group: 'bulkhead.science', namespace: of }), member],
    ['may make Jobs', mayI('create', 'jobs', { group: 'batch', namespace: of }), member],
    ['makes an instance', create(ownInstance(admin), of), admin],
    ['gives data away', mayI('share', 'datagrants', { group: 'bulkhead.science', namespace: of }), admin],
    ['deletes every instance', { method: 'DELETE', path: pathOf(api, 'ProcessingInstance', of) }, scene.actors.clusterAdmin],
    ['deletes every grant', { method: 'DELETE', path: pathOf(api, 'DataGrant', of) }, scene.actors.clusterAdmin],
  ];
  const { namespace, people } = scene;
  const here = [
    ...ordinary(namespace, people.member, people.admin),
    ['reads the log of a pod', read(`${pathOf('v1', 'Pod', namespace, scene.existing.pod)}/log`), people.viewer] satisfies Row,
  ];
  const inLab = ([what, ...rest]: Row): Row => [`${what} in the lab`, ...rest];
  const inOther = ([what, ...rest]: Row): Row => [`${what} in another lab`, ...rest];
  return [
    ...refusedByRoles(scene, outsiders, here.map(inLab)),
    ...refusedByRoles(scene, insiders, ordinary(scene.neighbour, people.neighbour, people.neighbour).map(inOther)),
  ];
}

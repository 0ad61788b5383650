// Attacks on the Lab itself, by those who may write to it.
import { controller, person } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { existing } from './manifest.ts';
import { type Scene, withoutVerbs } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

/** Administrators of a lab change who belongs to it, and nothing else. */
export function labAttacks(scene: Scene): Attack[] {
  const { clusterAdmin, barred, unseen } = scene.actors;
  const [admin, operator] = [withoutVerbs(scene, scene.people.admin), withoutVerbs(scene, scene.people.operator)];
  const collector = withoutVerbs(scene, controller('generic-garbage-collector'));
  const lab = existing(api, 'Lab', undefined, scene.lab);
  const change = (as: Attempt['as'], body: object): Attempt => ({ as, request: lab.patch(body) });
  const own = change(admin, { spec: { displayName: 'Another name', members: [{ user: 'new@uni.test', roles: ['full-read-write'] }] } });
  const labs = (name: string, says: string, refused: Attempt, admitted: Attempt): Attack => ({
    ...{ name, wall: 'bulkhead-labs', says: [says], refused, admitted },
  });
  const byAdmin = (name: string, says: string, body: object, admitted = own): Attack =>
    labs(`an administrator of the lab ${name}`, says, change(admin, body), admitted);
  const byFacility = (body: object) => change(clusterAdmin, body);
  const note = { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } };
  const orphan = { apiVersion: 'v1', kind: 'Namespace', name: 'gone', uid: '00000000-0000-0000-0000-000000000000' };
  return [
    byAdmin('raises its quota', 'not spec.quota', { spec: { quota: { gpu: 1000 } } }, byFacility({ spec: { quota: { gpu: 1000 } } })),
    byAdmin('opens its network', 'not spec.network', { spec: { network: { egress: [{ cidr: '10.0.0.0/8', ports: [443] }] } } }),
    byAdmin('takes a storage root', 'not spec.storage', { spec: { storage: [{ name: 'more', backend: 'gpfs', path: 'secret' }] } }),
    byAdmin('takes an identity', 'not spec.identity', { spec: { identity: { uid: 300_100, gid: 300_100 } } }),
    byAdmin('moves to other nodes', 'not spec.placement', { spec: { placement: 'reserved' } }, byFacility({ spec: { placement: 'any' } })),
    byAdmin('sets limits of its own', 'not spec.limits', { spec: { limits: { max: { cpu: '1000' } } } }),
    byAdmin('suspends it, or would lift its suspension', 'not spec.suspended', { spec: { suspended: true } }),
    byAdmin('hides a quota behind a new member', 'not spec.quota', {
      spec: { members: [{ user: 'new@uni.test', roles: ['read-only'] }], quota: { gpu: 1000 } },
    }),
    byAdmin('adds a label', 'labels app', { metadata: { labels: { app: 'any' } } }),
    byAdmin(
      'adopts a namespace',
      'annotations bulkhead.science/adopt-namespace',
      { metadata: { annotations: { 'bulkhead.science/adopt-namespace': orphan.uid } } },
      change(admin, note),
    ),
    byAdmin('has it deleted by the garbage collector', 'ownerReferences', { metadata: { ownerReferences: [orphan] } }),
    byAdmin('changes its finalizers', 'finalizers', { metadata: { finalizers: ['any.test/finalizer'] } }),
    ...(barred
      ? [
          labs(
            'somebody who is no member any more lifts that',
            'nor the end of the own membership',
            change(withoutVerbs(scene, person(barred.user ?? '')), { spec: { members: [] } }),
            change(admin, { spec: { members: [] } }),
          ),
        ]
      : []),
    byAdmin('counts as seen by its own word', 'reactivatedAt of the own entry', {
      spec: { members: [{ user: scene.people.admin.user, roles: ['full-read-write'], reactivatedAt: '2100-01-01T00:00:00Z' }] },
    }),
    ...(unseen
      ? [
          labs(
            'somebody who was not seen for too long changes who belongs to it',
            'while inactive in group',
            change(withoutVerbs(scene, unseen), { spec: { members: [] } }),
            change(admin, { spec: { members: [] } }),
          ),
        ]
      : []),
    labs(
      'the operator lets somebody in',
      'is written by people',
      change(operator, { spec: { members: [{ user: 'new@uni.test', roles: ['full-read-write'] }] } }),
      change(operator, { metadata: { finalizers: ['bulkhead.science/finalizer'] } }),
    ),
    labs(
      'the operator raises a quota',
      'not spec.quota',
      change(operator, { spec: { quota: { gpu: 1000 } } }),
      change(operator, { metadata: { finalizers: ['bulkhead.science/finalizer'] } }),
    ),
    labs(
      'a controller of Kubernetes changes the spec',
      'is written by people',
      change(collector, { spec: { displayName: 'Another name' } }),
      change(collector, { metadata: { finalizers: [] } }),
    ),
  ];
}

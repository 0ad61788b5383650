// Attacks with grants and instances, and with what the operator writes down about labs.
import { controller, type Request } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import { freed, type Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';
export const reservation = create(manifest(api, 'Reservation', { spec: { type: 'UserID', resource: '1' } }, { name: 'uid-1' }));

export function recordAttacks(scene: Scene): Attack[] {
  const { operator, clusterAdmin } = scene.actors;
  const { namespace } = scene;
  const grant = (where: string) =>
    create(manifest(api, 'DataGrant', { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }] } }), where);
  const instance = (where: string) => create(manifest(api, 'ProcessingInstance', { spec: {} }), where);
  const shared = existing(api, 'DataGrant', namespace, scene.existing.grant);
  const policy = existing(api, 'LabPolicy', namespace, 'policy');
  const grants = (name: string, says: string, refused: Attempt, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-grants',
    says: [says],
    refused,
    admitted,
  });
  const records = (name: string, request: Request, admitted: Attempt = { as: operator, request }): Attack => ({
    name,
    wall: 'bulkhead-records',
    says: ['is written by Bulkhead alone'],
    refused: { as: clusterAdmin, request },
    admitted,
  });
  return [
    ...[grant, instance].map((make) =>
      grants(
        `somebody puts a ${make === grant ? 'grant' : 'instance'} where no walls are`,
        'live in the namespace of a lab',
        { as: clusterAdmin, request: make('default') },
        { as: clusterAdmin, request: make(namespace) },
      ),
    ),
    records('somebody rewrites the rules of a lab', policy.patch({ spec: { uid: 1000 } })),
    records('somebody deletes the rules of a lab', policy.remove(), {
      as: freed(scene, controller('namespace-controller')),
      request: policy.remove(),
    }),
    records('somebody makes a reservation', reservation),
    records('somebody forges the status of a grant', shared.patch({ status: { consumers: [] } }, '/status')),
  ];
}

// Attempts to begin something in a suspended lab, beside the same in one that is not.
import type { Attack, Attempt, Wall } from './attack.ts';
import { attemptsIn } from './draft.ts';
import { create, manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

export function suspendedAttacks(scene: Scene): Attack[] {
  const { suspended } = scene;
  if (suspended === undefined) return [];
  const { clusterAdmin } = scene.actors;
  const attack = (what: string, wall: Wall, attemptIn: (where: Scene) => Attempt): Attack => ({
    name: `somebody ${what} in a suspended lab`,
    wall,
    says: ['is suspended: nothing begins in it'],
    refused: attemptIn({ ...scene, namespace: suspended }),
    admitted: attemptIn(scene),
  });
  const made =
    (kind: string, spec: object) =>
    ({ namespace }: Scene): Attempt => ({ as: clusterAdmin, request: create(manifest(api, kind, { spec }), namespace) });
  return [
    attack('runs a pod', 'bulkhead-pods', (where) => attemptsIn(where).pod(clusterAdmin)),
    attack('runs a Job', 'bulkhead-jobs', (where) => attemptsIn(where).job(clusterAdmin)),
    attack('makes an instance', 'bulkhead-barred', made('ProcessingInstance', {})),
    attack(
      'shares data',
      'bulkhead-barred',
      made('DataGrant', { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }] }),
    ),
  ];
}

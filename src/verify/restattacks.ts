// Attempts to begin something in a lab that is suspended, or closed because nobody knows where its pods may run, beside the same in one that is not.
import type { Attack, Attempt, Wall } from './attack.ts';
import { attemptsIn } from './draft.ts';
import { create, manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

export const restAttacks = (scene: Scene): Attack[] => [...suspendedAttacks(scene), ...closedAttacks(scene)];

function suspendedAttacks(scene: Scene): Attack[] {
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

function closedAttacks(scene: Scene): Attack[] {
  const { closed } = scene;
  if (closed === undefined) return [];
  const { clusterAdmin } = scene.actors;
  const [there, here] = [attemptsIn({ ...scene, namespace: closed }), attemptsIn(scene)];
  const attack = (what: string, wall: Wall, make: 'pod' | 'job' | 'cronJob'): Attack => ({
    name: `somebody ${what} in a closed lab`,
    wall,
    says: ['no pod may start in this lab'],
    refused: there[make](clusterAdmin),
    admitted: here[make](clusterAdmin),
  });
  return [
    attack('runs a pod', 'bulkhead-pods', 'pod'),
    attack('runs a Job', 'bulkhead-jobs', 'job'),
    attack('plans a CronJob', 'bulkhead-cronjobs', 'cronJob'),
  ];
}

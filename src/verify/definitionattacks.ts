// Attacks on the definitions of our kinds: with a definition go all of its objects.
import { allowDeletionAnnotation, group } from '../api/labels.ts';
import type { Attack } from './attack.ts';
import { existing } from './manifest.ts';
import type { Scene } from './scene.ts';

export function definitionAttacks({ actors: { clusterAdmin } }: Scene): Attack[] {
  const definition = (plural: string) => existing('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, `${plural}.${group}`);
  return ['labs', 'labpolicies', 'reservations'].map((plural) => ({
    name: `somebody deletes the definition of ${plural}`,
    wall: 'bulkhead-definitions',
    says: ['would be deleted with', allowDeletionAnnotation],
    refused: { as: clusterAdmin, request: definition(plural).remove() },
    // what makes the deletion a decision, and then possible
    admitted: {
      as: clusterAdmin,
      request: definition(plural).patch({ metadata: { annotations: { [allowDeletionAnnotation]: 'true' } } }),
    },
  }));
}

// Attacks with a stolen token of the operator on DataGrants: it may record what outputs were derived from, and nothing else.
import type { Attack } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

export function outputAttacks(scene: Scene): Attack[] {
  const { namespace, lab, actors, existing: there } = scene;
  const labels = { 'bulkhead.science/managed': 'true' };
  const input = { lab, volume: 'projects', path: 'p1' };
  const record = (spec: object) =>
    create(
      manifest(api, 'DataGrant', { spec: { volume: 'projects', paths: ['results'], ...spec } }, { name: 'outputs-attempt', labels }),
      namespace,
    );
  const recorded = existing(api, 'DataGrant', namespace, there.outputs.grant);
  const [kept, added] = [there.outputs.inputs, { lab, volume: 'projects', path: 'another' }];
  const attack = (name: string, says: string, refused: Attack['refused']['request'], admitted: Attack['refused']['request']): Attack => ({
    name: `the operator ${name}`,
    wall: 'bulkhead-outputs',
    says: [says],
    refused: { as: actors.operator, request: refused },
    admitted: { as: actors.operator, request: admitted },
  });
  return [
    attack(
      'gives data of a lab away',
      'which give nothing',
      record({ derivedFrom: [input], subjects: [{ kind: 'Everyone' }] }),
      record({ derivedFrom: [input] }),
    ),
    attack(
      'takes an input out of what outputs were derived from',
      'would lose one',
      recorded.patch({ spec: { derivedFrom: [added] } }),
      recorded.patch({ spec: { derivedFrom: [...kept, added] } }),
    ),
  ];
}

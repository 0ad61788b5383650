// Attacks with instances in the name of others: who writes one decides what runs on its data, so the writer answers for it.
import type { Attack, Attempt } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import { type Scene, withoutVerbs } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

export function ownerAttacks(scene: Scene): Attack[] {
  const { namespace, people, actors } = scene;
  const admin = withoutVerbs(scene, people.admin);
  const made = (owner?: string) => create(manifest(api, 'ProcessingInstance', { spec: owner === undefined ? {} : { owner } }), namespace);
  const instance = existing(api, 'ProcessingInstance', namespace, scene.existing.ofAnother);
  const change = (body: object): Attempt => ({ as: admin, request: instance.patch(body) });
  const image = { components: [{ name: 'server', image: 'bulkhead.invalid/other:1' }] };
  const attack = (name: string, refused: Attempt, admitted: Attempt): Attack => ({
    name: `an administrator of the lab ${name}`,
    wall: 'bulkhead-owners',
    says: ['spec.owner is', 'who writes the instance'],
    refused,
    admitted,
  });
  const own = { as: admin, request: made(people.admin.user) };
  return [
    attack('makes an instance in the name of a member', { as: admin, request: made(people.member.user) }, own),
    attack('makes an instance in the name of nobody', { as: admin, request: made() }, { as: actors.clusterAdmin, request: made() }),
    attack(
      'has the instance of a member run another image',
      change({ spec: image }),
      change({ spec: { ...image, owner: people.admin.user } }),
    ),
    attack(
      'widens the audience of the instance of a member',
      change({ spec: { audience: { users: [people.admin.user] } } }),
      change({ metadata: { labels: { any: 'label' } } }),
    ),
  ];
}

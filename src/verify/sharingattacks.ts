// Attacks with grants: who shares data of a lab, with whom, in whose name, and who takes a grant away.
import { type Actor, controller } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import { freed, type Scene, withoutVerbs } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';

const subjectsOf = (...subjects: string[]) =>
  subjects.map((text) => ({ kind: text.split(':')[0], ...(text.includes(':') && { name: text.slice(text.indexOf(':') + 1) }) }));
const grantBy =
  ({ namespace }: Scene) =>
  (as: Actor, to: string[], spec: object = {}): Attempt => {
    const whole = {
      volume: 'projects',
      paths: ['p1'],
      ...(as.user !== undefined && { grantor: as.user }),
      subjects: subjectsOf(...to),
      ...spec,
    };
    return { as, request: create(manifest(api, 'DataGrant', { spec: whole }), namespace) };
  };
const attack = (name: string, says: string, refused: Attempt, admitted: Attempt): Attack => ({
  ...{ name, wall: 'bulkhead-sharing', says: [says], refused, admitted },
});

export const sharingAttacks = (scene: Scene): Attack[] => [
  ...newGrants(scene),
  ...outside(scene, scene.actors.insideSharer),
  ...parts(scene, scene.actors.partSharer),
  ...changes(scene),
];

function newGrants(scene: Scene): Attack[] {
  const grant = grantBy(scene);
  const { viewer, clusterAdmin } = scene.actors;
  const admin = withoutVerbs(scene, scene.people.admin);
  const own = [`Group:${scene.lab}/any`];
  return [
    attack('somebody without a verb of sharing shares data', 'may not share data', grant(viewer, own), grant(admin, own)),
    attack('somebody without a verb of sharing shares data with a person', 'share or shareExternal', grant(viewer, ['User:any']), {
      ...grant(admin, ['User:any']),
    }),
    attack('somebody shares in the name of another', 'it must be', grant(admin, own, { grantor: 'other@uni.test' }), grant(admin, own)),
    attack(
      'somebody shares in the name of the facility',
      'spec.grantor is absent',
      grant(admin, own, { grantor: undefined }),
      grant(clusterAdmin, own, { grantor: undefined }),
    ),
  ];
}

function outside(scene: Scene, sharer: Actor | undefined): Attack[] {
  if (!sharer) return [];
  const grant = grantBy(scene);
  const admin = withoutVerbs(scene, scene.people.admin);
  const own = `Group:${scene.lab}/any`;
  const whom = {
    'another lab': 'Lab:other',
    'a group of another lab': 'Group:other/any',
    'a group of the identity provider': `Group:${scene.lab}`,
    'an instance of another lab': 'ServiceAccount:other/any',
    'everybody who is logged in': 'Authenticated',
  };
  return Object.entries(whom).map(([name, subject]) =>
    attack(
      `somebody who may share inside the lab shares with ${name}`,
      'and shareExternal',
      grant(sharer, [own, subject]),
      name === 'another lab' ? grant(sharer, [own]) : grant(admin, [own, subject]),
    ),
  );
}

function parts(scene: Scene, sharer: Actor | undefined): Attack[] {
  if (!sharer) return [];
  const grant = grantBy(scene);
  const { lab } = scene;
  const own = [`Group:${lab}/any`];
  const from = [{ lab, volume: 'projects', path: 'p2' }];
  const shared = existing(api, 'DataGrant', scene.namespace, scene.existing.grant);
  return [
    attack(
      'somebody who may share a part of a lab restricts data',
      'the verb share on',
      grant(sharer, own, { effect: 'Restrict' }),
      grant(sharer, own),
    ),
    attack(
      'somebody who may share a part of a lab says where its data comes from',
      'the verb share on',
      grant(sharer, own, { derivedFrom: from }),
      grant(sharer, ['Lab:other']),
    ),
    attack(
      'somebody who may share a part of a lab removes the grant of another',
      'may not change or remove',
      { as: sharer, request: shared.remove() },
      { as: withoutVerbs(scene, scene.people.admin), request: shared.remove() },
    ),
  ];
}

function changes(scene: Scene): Attack[] {
  const { viewer, operator } = scene.actors;
  const admin = withoutVerbs(scene, scene.people.admin);
  const collector = withoutVerbs(scene, controller('generic-garbage-collector'));
  const shared = existing(api, 'DataGrant', scene.namespace, scene.existing.grant);
  const patch = (as: Actor, body: object): Attempt => ({ as, request: shared.patch(body) });
  const note = { metadata: { annotations: { 'attempt.test/any': 'thing' } } };
  const orphan = { apiVersion: 'v1', kind: 'Namespace', name: 'gone', uid: '00000000-0000-0000-0000-000000000000' };
  const wider = (grantor = admin.user) => ({ spec: { paths: ['p1', 'p2'], grantor } });
  const forbidden = 'may not change or remove';
  return [
    attack('somebody without a verb of sharing widens a grant', forbidden, patch(viewer, wider(viewer.user)), patch(admin, wider())),
    attack('the garbage collector widens a grant', forbidden, patch(collector, wider()), patch(collector, note)),
    attack(
      'somebody without a verb of sharing removes a grant',
      forbidden,
      { as: viewer, request: shared.remove() },
      {
        as: admin,
        request: shared.remove(),
      },
    ),
    attack(
      'somebody without a verb of sharing has a grant removed for an owner that does not exist',
      forbidden,
      patch(viewer, { metadata: { ownerReferences: [orphan] } }),
      patch(admin, note),
    ),
    attack('somebody changes a grant in the name of another', 'it must be', patch(admin, wider('other@uni.test')), patch(admin, wider())),
    attack(
      'somebody takes off the finalizer that ends access before a grant goes',
      'stays until nobody has its paths',
      patch(admin, { metadata: { finalizers: [] } }),
      { as: freed(scene, operator), request: shared.patch({ metadata: { finalizers: [] } }) },
    ),
  ];
}

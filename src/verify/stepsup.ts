// Steps from one role of a lab to the next, and to what no role of a lab holds.
import type { Attack } from './attack.ts';
import { attemptsIn } from './draft.ts';
import { create, existing, manifest, pathOf } from './manifest.ts';
import { mayI, ownInstance, type Row, refusedByRoles } from './rbacattacks.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';
const grantBy = (grantor?: string) =>
  manifest(api, 'DataGrant', { spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'other' }], grantor } });

export function stepsUp(scene: Scene): Attack[] {
  const { namespace, people, existing: there } = scene;
  const { clusterAdmin } = scene.actors;
  const job = existing('batch/v1', 'Job', namespace, there.job);
  const work: Row[] = [
    ['makes a Job', attemptsIn(scene).job(people.member).request, people.member],
    ['deletes a Job', job.remove(), people.member],
    ['may run as an instance', mayI('compute', 'processinginstances', { group: 'bulkhead.science', namespace }), people.member],
  ];
  const grant = grantBy(people.admin.user);
  const given = existing(api, 'DataGrant', namespace, there.grant);
  const label = { metadata: { labels: { any: 'label' } } };
  const applied = { ...grant, metadata: { ...grant.metadata, name: 'attempt-applied', namespace } };
  const manage: Row[] = [
    ['makes an instance', create(ownInstance(people.admin), namespace), people.admin],
    ['makes a grant', create(grant, namespace), people.admin],
    [
      'makes a grant by applying it',
      { ...given.patch(applied), path: pathOf(api, 'DataGrant', namespace, applied.metadata.name), patch: 'apply' },
      people.admin,
    ],
    ['changes a grant by a merge patch', given.patch(label), people.admin],
    ['changes a grant by a JSON patch', given.patch([{ op: 'add', path: '/metadata/labels', value: { any: 'label' } }]), people.admin],
    ['deletes a grant', given.remove(), people.admin],
    ['may give data away', mayI('share', 'datagrants', { group: 'bulkhead.science', namespace }), people.admin],
  ];
  const nobody: Row[] = [
    ['changes a Job', job.patch(label), clusterAdmin],
    ['deletes every Job', { method: 'DELETE', path: pathOf('batch/v1', 'Job', namespace) }, scene.actors.operator],
    ['deletes every grant', { method: 'DELETE', path: pathOf(api, 'DataGrant', namespace) }, clusterAdmin],
    ['forges the status of a grant', given.patch({ status: { observedGeneration: 7 } }, '/status'), people.operator],
    [
      'scales the StatefulSet of an instance',
      existing('apps/v1', 'StatefulSet', namespace, there.statefulSet).patch({ spec: { replicas: 3 } }, '/scale'),
      scene.actors.operator,
    ],
    ['deletes a claim', existing('v1', 'PersistentVolumeClaim', namespace, there.claim).remove(), people.operator],
    ['deletes a Secret of the operator', existing('v1', 'Secret', namespace, there.secret).remove(), people.operator],
    [
      'changes the rules of the lab',
      existing(api, 'LabPolicy', namespace, 'policy').patch({ metadata: { annotations: { any: 'thing' } } }),
      people.operator,
    ],
  ];
  return [
    ...refusedByRoles(scene, ['viewer'], work),
    ...refusedByRoles(scene, ['viewer', 'member'], manage),
    ...refusedByRoles(scene, ['viewer', 'member', 'admin'], nobody),
  ];
}

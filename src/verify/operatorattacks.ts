// Attacks with a stolen token of the operator. Each twin is what the operator really does.
import type { Request } from './actor.ts';
import type { Attack } from './attack.ts';
import { labPod, withoutData } from './draft.ts';
import { create, existing, manifest, rbac, roleBinding, userSubject } from './manifest.ts';
import { labNamespace } from './namespaceattacks.ts';
import { reservation } from './recordattacks.ts';
import type { Scene } from './scene.ts';

export function operatorAttacks(scene: Scene): Attack[] {
  const { operator } = scene.actors;
  const { namespace, operatorNamespace } = scene;
  const bounded = (name: string, says: string, refused: Request, admitted: Request): Attack => ({
    name,
    wall: 'bulkhead-operator',
    says: [says],
    refused: { as: operator, request: refused },
    admitted: { as: operator, request: admitted },
  });
  const configMap = manifest('v1', 'ConfigMap');
  const pod = labPod(scene, withoutData({}));
  const podIn = (where: string) => create({ ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { name: 'attempt' } }, where);
  const member = roleBinding('bulkhead:lab-member', userSubject('user@uni.test'));
  const self = { kind: 'ServiceAccount', name: 'bulkhead', namespace: operatorNamespace };
  const everybody = { apiGroup: rbac, kind: 'Group', name: 'system:authenticated' };
  const event = (where: string, about = where) =>
    create(
      manifest('events.k8s.io/v1', 'Event', {
        ...{ action: 'Test', reason: 'Test', type: 'Normal', note: 'test', eventTime: '2026-01-01T00:00:00.000000Z' },
        ...{ reportingController: 'bulkhead', reportingInstance: 'bulkhead-0' },
        regarding: { apiVersion: 'v1', kind: 'Any', name: 'any', ...(about && { namespace: about }) },
      }),
      where,
    );
  const onlyIn = 'only in lab namespaces and in';
  const onlyBindings = 'only RoleBindings of labs';
  const good = create(member, namespace);
  const role = { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [self] };
  const viewer = existing(`${rbac}/v1`, 'ClusterRole', undefined, 'bulkhead:lab-viewer');
  const metadata = { name: 'bulkhead:lab:attempt' };
  const editor = (change = {}) => {
    const rule = { apiGroups: ['bulkhead.science'], resources: ['labs'], resourceNames: ['attempt'], verbs: ['get', 'patch'], ...change };
    return create(manifest(`${rbac}/v1`, 'ClusterRole', { rules: [rule] }, metadata));
  };
  const editorBinding = (change = {}) => {
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name };
    return create(manifest(`${rbac}/v1`, 'ClusterRoleBinding', { roleRef, subjects: [userSubject('user@uni.test')], ...change }, metadata));
  };
  const names = { plural: 'xs', kind: 'X' };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  const definition = manifest(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    { spec: { group: 'x.test', scope: 'Cluster', names, versions } },
    { name: 'xs.x.test' },
  );
  return [
    bounded('writes into kube-system', onlyIn, create(configMap, 'kube-system'), create(configMap, namespace)),
    bounded('writes into default', onlyIn, create(configMap, 'default'), create(configMap, operatorNamespace)),
    bounded('makes a pod in kube-system', onlyIn, podIn('kube-system'), event('default', '')),
    bounded('makes a pod beside itself', onlyIn, podIn(operatorNamespace), event(namespace)),
    bounded('makes an event in kube-system', onlyIn, event('kube-system'), event(operatorNamespace)),
    bounded('makes a ClusterRole', onlyBindings, create(manifest(`${rbac}/v1`, 'ClusterRole', { rules: [] })), editor()),
    bounded('makes a ClusterRoleBinding', onlyBindings, create(manifest(`${rbac}/v1`, 'ClusterRoleBinding', role)), editorBinding()),
    bounded('changes a role of the chart', onlyBindings, viewer.patch({ metadata: { labels: { any: 'label' } } }), editor()),
    bounded('deletes a role of the chart', onlyBindings, viewer.remove(), editor()),
    bounded('lets administrators change other Labs', onlyBindings, editor({ resourceNames: ['attempt', 'other'] }), editor()),
    bounded('lets administrators change every Lab', onlyBindings, editor({ resourceNames: [] }), editor()),
    bounded('lets administrators delete their Lab', onlyBindings, editor({ verbs: ['get', 'patch', 'delete'] }), editor()),
    bounded('lets administrators change other kinds', onlyBindings, editor({ resources: ['labs', 'reservations'] }), editor()),
    bounded('lets everybody change a Lab', onlyBindings, editorBinding({ subjects: [everybody] }), editorBinding()),
    bounded(
      'hides another role behind the name of one for administrators',
      onlyBindings,
      editorBinding({ roleRef: role.roleRef }),
      editorBinding(),
    ),
    bounded(
      'makes a StorageClass',
      'does not write',
      create(manifest('storage.k8s.io/v1', 'StorageClass', { provisioner: 'any' })),
      reservation,
    ),
    bounded('makes a CustomResourceDefinition', 'does not write', create(definition), good),
    bounded('makes a node', 'does not write', create(manifest('v1', 'Node')), labNamespace()),
    bounded('binds cluster-admin', onlyBindings, create(roleBinding('cluster-admin', userSubject('user@uni.test')), namespace), good),
    bounded('binds everybody', onlyBindings, create(roleBinding('bulkhead:lab-viewer', everybody), namespace), good),
    bounded(
      'binds a service account to what people may do',
      onlyBindings,
      create(roleBinding('bulkhead:lab-admin', { ...self, name: 'default', namespace: 'kube-system' }), namespace),
      create(roleBinding('bulkhead:lab-admin', { apiGroup: rbac, kind: 'Group', name: 'oidc:admins' }), namespace),
    ),
    bounded(
      'gives its own rights to a person',
      onlyBindings,
      create(roleBinding('bulkhead:lab-operator', userSubject('user@uni.test')), namespace),
      create(roleBinding('bulkhead:lab-operator', self), namespace),
    ),
    bounded('makes a Role', onlyBindings, create(manifest(`${rbac}/v1`, 'Role', { rules: [] }), namespace), good),
    {
      ...bounded('opens a shell in a pod', 'does not connect', good, good),
      refused: {
        as: operator,
        request: { method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/${scene.existing.pod}/exec?command=id&stdout=true` },
        live: true,
      },
    },
  ];
}

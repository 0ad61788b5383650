// What the operator's own roles leave out; the twin shows what its token is for.
import type { Attack } from './attack.ts';
import { create, existing, list, manifest, patched, pathOf, rbac, read } from './manifest.ts';
import { definition, mayI, type Row, refusedByRoles } from './rbacattacks.ts';
import type { Scene } from './scene.ts';

const api = 'bulkhead.science/v1alpha1';
const admission = 'admissionregistration.k8s.io';

export function operatorRights(scene: Scene): Attack[] {
  const { namespace, operatorNamespace, existing: there } = scene;
  const { clusterAdmin } = scene.actors;
  const inLab = (verb: string, resource: string, more = {}) => mayI(verb, resource, { namespace, ...more });
  const rows: Row[] = [
    ['lists the Secrets of the cluster', list('v1', 'Secret'), clusterAdmin],
    ['lists the Secrets beside itself', list('v1', 'Secret', operatorNamespace), clusterAdmin],
    ['lists the Secrets of kube-system', list('v1', 'Secret', 'kube-system'), clusterAdmin],
    ['makes a Lab', create(manifest(api, 'Lab', { spec: {} })), clusterAdmin],
    ['deletes the Lab', existing(api, 'Lab', undefined, scene.lab).remove(), clusterAdmin],
    ['makes a pod beside itself', mayI('create', 'pods', { namespace: operatorNamespace }), clusterAdmin],
    [
      'changes its own Deployment',
      mayI('patch', 'deployments', { group: 'apps', namespace: operatorNamespace, name: 'bulkhead' }),
      clusterAdmin,
    ],
    ['binds cluster-admin', mayI('bind', 'clusterroles', { group: rbac, name: 'cluster-admin' }), clusterAdmin],
    ['escalates', mayI('escalate', 'clusterroles', { group: rbac }), clusterAdmin],
    ['removes a policy', existing(`${admission}/v1`, 'ValidatingAdmissionPolicy', undefined, 'bulkhead-pods').remove(), clusterAdmin],
    [
      'removes a binding of a policy',
      existing(`${admission}/v1`, 'ValidatingAdmissionPolicyBinding', undefined, 'bulkhead-pods').remove(),
      clusterAdmin,
    ],
    ['changes a definition', patched(definition), clusterAdmin],
    ['impersonates a user', mayI('impersonate', 'users'), clusterAdmin],
    ['asks for a token of an instance', inLab('create', 'serviceaccounts', { subresource: 'token' }), clusterAdmin],
    ['opens a shell in a pod', inLab('create', 'pods', { subresource: 'exec' }), clusterAdmin],
    ['binds a pod to a node', inLab('create', 'pods', { subresource: 'binding' }), clusterAdmin],
    ['changes a node', mayI('patch', 'nodes'), clusterAdmin],
    ['reaches the kubelets', mayI('get', 'nodes', { subresource: 'proxy' }), clusterAdmin],
    ['makes a storage class', mayI('create', 'storageclasses', { group: 'storage.k8s.io' }), clusterAdmin],
    ['deletes every claim', { method: 'DELETE', path: pathOf('v1', 'PersistentVolumeClaim', namespace) }, scene.actors.operator],
    ['makes a Deployment in a lab', inLab('create', 'deployments', { group: 'apps' }), clusterAdmin],
    [
      'changes the specification of an instance by replacing it',
      inLab('update', 'processinginstances', { group: 'bulkhead.science' }),
      clusterAdmin,
    ],
    ['reads the log of a pod', read(`${pathOf('v1', 'Pod', namespace, there.pod)}/log`), scene.people.viewer],
  ];
  return refusedByRoles(scene, ['operator'], rows);
}

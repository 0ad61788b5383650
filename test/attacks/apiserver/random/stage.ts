// Random labs on a bare control plane: their namespaces, LabPolicies and accounts, and what random pods may refer to.
import { apiVersion } from '../../../../src/api/kinds.ts';
import { labLabel, suspendedLabel } from '../../../../src/api/labels.ts';
import type { Impersonator } from '../../../../src/verify/actor.ts';
import { create, type Manifest, manifest, rbac, roleBinding, userSubject } from '../../../../src/verify/manifest.ts';
import { must, scene } from '../lab.ts';
import { accounts, accountWithoutToken, type RandomLab, reservedAccount } from './labs.ts';
import { priorityClassNames, runtimeClassNames } from './pods.ts';
import { guest, member } from './requesters.ts';

/** Every right but the virtual ones for everybody, and classes that pods may name: else the API server would refuse before the walls do. */
export async function preparePods(impersonator: Impersonator): Promise<void> {
  const put = (object: Manifest) => must(impersonator, {}, create(object));
  const everybody = { apiGroup: rbac, kind: 'Group', name: 'system:authenticated' };
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'test:everything' };
  await put(manifest(`${rbac}/v1`, 'ClusterRoleBinding', { roleRef, subjects: [everybody] }, { name: 'test:everybody' }));
  const rules = [{ apiGroups: ['bulkhead.science'], resources: ['processinginstances'], verbs: ['compute'], resourceNames: guest.runsAs }];
  await put(manifest(`${rbac}/v1`, 'ClusterRole', { rules }, { name: 'test:guest' }));
  // one is there already, for the lab of the scene
  for (const name of runtimeClassNames.filter((one) => one !== scene.placement?.runtimeClassName))
    await put(manifest('node.k8s.io/v1', 'RuntimeClass', { handler: name }, { name }));
  for (const name of priorityClassNames) await put(manifest('scheduling.k8s.io/v1', 'PriorityClass', { value: 100 }, { name }));
}

/** Made before the walls stand, so that anybody can. */
export async function furnishLab(impersonator: Impersonator, { namespace, podSecurity, suspended, policy }: RandomLab): Promise<void> {
  const put = (object: Manifest, where?: string) => must(impersonator, {}, create(object, where));
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.34' };
  const labels = { [labLabel]: namespace.replace('lab-', ''), ...(podSecurity && enforce), ...(suspended && { [suspendedLabel]: 'true' }) };
  await put(manifest('v1', 'Namespace', {}, { name: namespace, labels }));
  for (const name of [...accounts, reservedAccount])
    await put(
      manifest('v1', 'ServiceAccount', { ...(name === accountWithoutToken && { automountServiceAccountToken: false }) }, { name }),
      namespace,
    );
  await put({ ...roleBinding('test:guest', userSubject(guest.actor(namespace).user!)), metadata: { name: 'guest' } }, namespace);
  await put({ ...roleBinding('test:compute', userSubject(member.actor(namespace).user!)), metadata: { name: 'member' } }, namespace);
  await put(manifest(apiVersion, 'LabPolicy', { spec: policy }, { name: 'policy' }), namespace);
}

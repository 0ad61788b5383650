// bulkhead-managed-kinds: kinds of which every object in a lab namespace is the operator's: who has rights, what is reachable, how
// much may run, which workloads exist. Additive kinds are why: one NetworkPolicy, RoleBinding or autoscaler of a tenant would undo ours.
import { byOperator, byPlatform, user } from './cel.ts';
import { type Operation, policy, type ResourceRule, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

const writes: Operation[] = ['CREATE', 'UPDATE', 'DELETE'];

/** Including the subresources that change what they do; through a status one can write labels as well. */
export const managedKinds: ResourceRule[] = [
  rule('', '*', writes, [
    'services',
    'services/status',
    'endpoints',
    'serviceaccounts',
    'resourcequotas',
    'resourcequotas/status',
    'limitranges',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'replicationcontrollers/status',
  ]),
  rule('rbac.authorization.k8s.io', '*', writes, ['roles', 'rolebindings']),
  rule('networking.k8s.io', '*', writes, ['networkpolicies', 'ingresses', 'ingresses/status']),
  rule('gateway.networking.k8s.io', '*', writes, ['*']),
  // network plugins have rules of their own, which add to ours as well
  rule('cilium.io', '*', writes, ['ciliumnetworkpolicies']),
  rule('projectcalico.org', '*', writes, ['networkpolicies']),
  rule('crd.projectcalico.org', '*', writes, ['networkpolicies']),
  rule('discovery.k8s.io', '*', writes, ['endpointslices']),
  // a revision is a pod template that its StatefulSet may roll back to
  rule('apps', '*', writes, ['statefulsets', 'deployments', 'replicasets', 'daemonsets', 'controllerrevisions', '*/scale', '*/status']),
  rule('autoscaling', '*', writes, ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  rule('policy', '*', writes, ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  rule('resource.k8s.io', '*', writes, ['resourceclaims', 'resourceclaims/status', 'resourceclaimtemplates']),
];

export const managedKindsPolicy = (settings: AdmissionSettings) =>
  policy({
    name: 'bulkhead-managed-kinds',
    where: 'lab',
    rules: managedKinds,
    conditions: { 'not-the-operator': `!(${byOperator(settings)})`, 'not-the-platform': `!${byPlatform}` },
    validations: [
      {
        expression: 'false',
        message: `request.resource.resource + ' in lab namespace ' + request.namespace + ' are written by Bulkhead alone, not by ' + ${user} + '; change the Lab, the ProcessingInstance or the DataGrant they follow from'`,
      },
    ],
  });

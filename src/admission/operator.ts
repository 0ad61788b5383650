// bulkhead-operator: bounds the operator itself; namespaces and volumes bound it in policies of their own. With its stolen token one can write only in lab namespaces, in its own, and the few
// cluster-scoped kinds it needs; nothing in kube-system, no roles, no shells in pods.
import { group, labLabel } from '../api/labels.ts';
import { editorPrefix, operatorBinding, operatorName, peopleBindings } from '../api/names.ts';
import { byOperator, namespace, objectName, subresource, text, texts } from './cel.ts';
import { policy, rule } from './policy.ts';
import type { AdmissionSettings } from './settings.ts';

/** What it writes beside itself: its lease, the facility key, events, what it publishes. */
const ownKinds = ['coordination.k8s.io/leases', '/secrets', '/configmaps', '/events', 'events.k8s.io/events'];

const rbac = 'rbac.authorization.k8s.io';
const peopleRoles = Object.values(peopleBindings).map(({ clusterRole }) => clusterRole);

export function operatorPolicy(settings: AdmissionSettings) {
  const kind = "request.resource.?group.orValue('') + '/' + request.resource.resource";
  const own = text(settings.operatorNamespace);
  const arePeople = "object.?subjects.orValue([]).all(s, s.kind in ['User', 'Group'] && !s.name.startsWith('system:'))";
  const isItself = `object.subjects.all(s, s.kind == 'ServiceAccount' && s.name == ${text(operatorName)} && s.namespace == ${own})`;
  const isOfLab = `request.resource.resource == 'rolebindings' && (request.operation == 'DELETE' || (object.roleRef.kind == 'ClusterRole' && (object.roleRef.name == ${text(operatorBinding.clusterRole)} ? ${isItself} : (object.roleRef.name in ${texts(peopleRoles)} && ${arePeople}))))`;
  const patchesOwnLab = `!has(object.aggregationRule) && object.rules.all(r, r.apiGroups == [${text(group)}] && r.resources == ['labs'] && r.?resourceNames.orValue([]) == [object.metadata.name.substring(${editorPrefix.length})] && r.verbs.all(v, v in ['get', 'patch']))`;
  const isEditor = `(request.operation == 'DELETE' ? oldObject : object).metadata.name.startsWith(${text(editorPrefix)}) && (request.operation == 'DELETE' || (request.resource.resource == 'clusterroles' ? ${patchesOwnLab} : (object.roleRef.kind == 'ClusterRole' && object.roleRef.name == object.metadata.name && ${arePeople})))`;
  return policy({
    name: 'bulkhead-operator',
    where: 'cluster',
    rules: [{ ...rule('*', '*', ['*'], ['*/*']), scope: '*' }],
    conditions: { 'is-the-operator': byOperator(settings) },
    variables: {
      // a request about a Namespace carries that namespace, and one about an unknown namespace finds no object
      clusterScoped: `${namespace} == '' || request.resource.resource == 'namespaces'`,
      inLab: `!variables.clusterScoped && namespaceObject != null && ${text(labLabel)} in namespaceObject.metadata.?labels.orValue({})`,
      kind,
    },
    validations: [
      {
        expression: `!variables.clusterScoped || variables.kind in ${texts(['/namespaces', '/persistentvolumes', `${group}/labs`, `${group}/reservations`, `${rbac}/clusterroles`, `${rbac}/clusterrolebindings`])}`,
        message: "'Bulkhead does not write ' + variables.kind",
      },
      {
        // Events on cluster-scoped objects have no other home than "default".
        expression: `variables.clusterScoped || variables.inLab || (${namespace} == ${own} && variables.kind in ${texts(ownKinds)}) || (${namespace} == 'default' && request.resource.resource == 'events')`,
        message: `'Bulkhead writes only in lab namespaces and in ' + ${own} + ', not ' + variables.kind + ' in ' + ${namespace}`,
      },
      {
        expression: "request.operation != 'CONNECT'",
        message: `'Bulkhead does not connect to ' + variables.kind + '/' + ${subresource}`,
      },
      {
        expression: `request.resource.?group.orValue('') != '${rbac}' || (variables.clusterScoped ? (${isEditor}) : (variables.inLab && (${isOfLab})))`,
        message: `'Bulkhead writes only RoleBindings of labs, to the ClusterRoles ${peopleRoles.join(', ')} for people and their groups, none of the names that begin with system:, and to ${operatorBinding.clusterRole} for itself, and the ClusterRole and ClusterRoleBinding ${editorPrefix}<lab>, with which administrators patch their own Lab; not ' + variables.kind + ' ' + ${objectName}`,
      },
    ],
  });
}

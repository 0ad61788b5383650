// Attacks with lab namespaces: their label is what every other wall hangs on.
import type { Request } from './actor.ts';
import type { Attack, Attempt } from './attack.ts';
import { create, existing, manifest } from './manifest.ts';
import type { Scene } from './scene.ts';

const labLabel = 'bulkhead.science/lab';
const podSecurity = { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.34' };
/** A namespace as the operator makes it. */
export const labNamespace = (labels: Record<string, string> = { [labLabel]: 'attempt', ...podSecurity }, name = 'lab-attempt') =>
  create(manifest('v1', 'Namespace', {}, { name, labels }));

export function namespaceAttacks(scene: Scene): Attack[] {
  const { operator, clusterAdmin } = scene.actors;
  const { namespace } = scene;
  const lab = existing('v1', 'Namespace', undefined, namespace);
  const label = (name: string, value: string | null) => ({ metadata: { labels: { [name]: value } } });
  const other = label('team.test/any', 'thing');
  const finalize = (labels: Record<string, string>): Request => ({
    method: 'PUT',
    path: `/api/v1/namespaces/${namespace}/finalize`,
    body: { ...manifest('v1', 'Namespace', { spec: { finalizers: ['kubernetes'] } }, { name: namespace, labels }) },
  });
  const attack = (name: string, says: string, refused: Attempt, admitted: Attempt): Attack => ({
    name,
    wall: 'bulkhead-namespaces',
    says: [says],
    refused,
    admitted,
  });
  /** Not even the administrator of the cluster. */
  const nobody = (name: string, says: string, refused: Request, admitted: Request = lab.patch(other)) =>
    attack(name, says, { as: clusterAdmin, request: refused }, { as: clusterAdmin, request: admitted });
  const byOperator = (name: string, says: string, refused: Request) =>
    attack(name, says, { as: operator, request: refused }, { as: operator, request: labNamespace() });
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'any', uid: '0b9c2c1e-9a55-4f33-8d7a-2f6f6a4b7c01' };
  const anotherName = 'create a Lab, or take another name';
  const hang = 'the walls of labs hang on them';
  const ordinary = existing('v1', 'Namespace', undefined, 'default');
  return [
    nobody('makes a namespace that is taken for a lab', anotherName, labNamespace({}), labNamespace({}, 'laboratory')),
    nobody(
      'makes a namespace with the label of a lab',
      anotherName,
      labNamespace({ [labLabel]: 'x' }, 'x'),
      labNamespace({ lab: 'x' }, 'x'),
    ),
    nobody('makes another namespace a lab', hang, ordinary.patch(label(labLabel, 'x')), ordinary.patch(other)),
    nobody('moves a namespace to another lab', hang, lab.patch(label(labLabel, 'other'))),
    nobody('takes the label of the lab off', hang, lab.patch(label(labLabel, null))),
    nobody('takes it off through the status', hang, lab.patch(label(labLabel, null), '/status'), lab.patch(other, '/status')),
    nobody('takes it off through finalize', hang, finalize({}), finalize(scene.namespaceLabels)),
    nobody('lowers Pod Security', 'pod-security.kubernetes.io/', lab.patch(label('pod-security.kubernetes.io/enforce', 'privileged'))),
    nobody('opens devices', 'resource.kubernetes.io/', lab.patch(label('resource.kubernetes.io/admin-access', 'true'))),
    nobody('gives the namespace an owner whose end is its end', 'ownerReferences', lab.patch({ metadata: { ownerReferences: [owner] } })),
    attack(
      'deletes the namespace of a lab',
      'delete the Lab instead',
      { as: clusterAdmin, request: lab.remove() },
      { as: operator, request: lab.remove() },
    ),
    attack(
      'the operator deletes a namespace that is no lab',
      'belongs to no lab',
      { as: operator, request: existing('v1', 'Namespace', undefined, scene.operatorNamespace).remove() },
      { as: operator, request: lab.remove() },
    ),
    attack(
      'the operator empties the finalizers of a namespace',
      'Bulkhead writes only namespaces lab-<lab>',
      { as: operator, request: finalize(scene.namespaceLabels) },
      { as: clusterAdmin, request: finalize(scene.namespaceLabels) },
    ),
    byOperator(
      'the operator makes a namespace that is no lab',
      'Bulkhead writes only namespaces lab-<lab>',
      labNamespace(podSecurity, 'other'),
    ),
    byOperator('the operator makes a lab without Pod Security', 'enforce: restricted', labNamespace({ [labLabel]: 'attempt' })),
    byOperator('the operator makes it with the label of another lab', 'lab-<lab>', labNamespace({ [labLabel]: 'other', ...podSecurity })),
  ];
}

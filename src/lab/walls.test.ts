import { describe, expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { policies } from '../admission/policies.ts';
import { instanceLabel, managedLabel } from '../api/labels.ts';
import { ingressPolicyName } from '../api/names.ts';
import type { ClusterRole, NetworkPolicy, RoleBinding } from '../kube/kind.ts';
import type { KubeObject } from '../kube/object.ts';
import { rolesOfChart } from '../rbac/clusterroles.ts';
import { namespace } from './objects/namespace.ts';
import { defaultDeny } from './objects/networkpolicy.ts';
import { operatorRoleBinding, peopleRoleBinding } from './objects/rolebinding.ts';
import { addedTo, tampered, type WallFacts, walls } from './walls.ts';

const fieldManager = 'bulkhead';
const lab = aLab().build();
/** As an apply of ours leaves it. */
const applied = <T extends KubeObject>(object: T): T => {
  const fields = (value: object): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        `f:${name}`,
        part && typeof part === 'object' && !Array.isArray(part) && Object.keys(part).length > 0 ? fields(part) : {},
      ]),
    );
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const fieldsV1 = fields({ metadata: { labels: metadata.labels }, ...rest });
  return stored({ ...object, metadata: { ...metadata, managedFields: [{ manager: fieldManager, operation: 'Apply', fieldsV1 }] } });
};

const admission = policies({
  operatorNamespace: 'bulkhead-system',
  operatorUser: 'system:serviceaccount:bulkhead-system:bulkhead',
  ports: { first: 31_000, last: 31_999, blockSize: 16 },
  backends: [],
});
const deny = defaultDeny(lab);
const own = operatorRoleBinding(lab, 'bulkhead-system');
const facts: WallFacts = {
  admission: admission.map((wanted) => ({ wanted, live: wanted })),
  clusterRoles: rolesOfChart.map(({ name, rules }) => ({ metadata: { name, labels: { 'app.kubernetes.io/part-of': 'bulkhead' } }, rules })),
  aggregated: [
    { metadata: { name: 'edit' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'aggregate-to-edit': 'true' } }] } },
  ],
  namespace: { wanted: namespace(lab, 'seal'), live: namespace(lab, 'seal') },
  guards: [own, deny].map((wanted) => ({ wanted, live: applied(wanted) })),
  roleBindings: [own, peopleRoleBinding(lab, 'member', [{ kind: 'User', name: 'jo@uni.edu' }])],
  networkPolicies: [deny],
  probed: { walls: 'stand' },
  fieldManager,
};
const broken = (change: Partial<WallFacts>) =>
  walls({ ...facts, ...change }).flatMap(({ name, stands, message }) => (stands ? [] : `${name} ${message}`));
const without = (index: number) => facts.admission.map((pair, i) => (i === index ? { ...pair, live: undefined } : pair));
const labelled = (labels: Record<string, string | undefined>) => {
  const live = namespace(lab, 'seal');
  const merged = Object.fromEntries(Object.entries({ ...live.metadata.labels, ...labels }).filter(([, value]) => value !== undefined));
  return { wanted: live, live: { ...live, metadata: { ...live.metadata, labels: merged as Record<string, string> } } };
};
const guard = (live: KubeObject | undefined) => ({ guards: [{ wanted: deny, live }] });

test('what stands is listed, one entry for each thing that keeps the lab apart', () => {
  expect(broken({})).toEqual([]);
  expect(walls(facts)).toHaveLength(admission.length + rolesOfChart.length + 3);
});

test.for(admission.map((object, index) => [`${object.kind} ${object.metadata.name}`, index] as const))(
  'a missing %s is named, with who brings it back',
  ([name, index]) => {
    expect(broken({ admission: without(index) })).toEqual([`${name} is missing; install the chart again with \`helm upgrade\``]);
  },
);

test('a changed policy is named with the field', () => {
  const [first, ...rest] = facts.admission;
  const live = { ...first!.wanted, spec: { ...first!.wanted.spec, failurePolicy: 'Ignore' } } as (typeof admission)[number];
  expect(broken({ admission: [{ wanted: first!.wanted, live }, ...rest] })[0]).toContain('differs from the chart in spec.failurePolicy');
});

test('an entry that an apply would leave is to be removed by hand', () => {
  const [first, ...rest] = facts.admission;
  const live = { ...first!.wanted, spec: { ...first!.wanted.spec, matchConditions: [{ name: 'never', expression: 'false' }] } };
  expect(broken({ admission: [{ wanted: first!.wanted, live }, ...rest] })[0]).toContain(
    'an entry that somebody has added to spec.matchConditions stays until it is removed by hand',
  );
});

const remedy = 'install the chart again with `helm upgrade`';
const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] };
const spoilt = (name: string, change: (role: ClusterRole) => Partial<ClusterRole>) => ({
  clusterRoles: facts.clusterRoles.map((role) => (role.metadata.name === name ? { ...role, ...change(role) } : role)),
});

describe.for(rolesOfChart)('ClusterRole $name', ({ name }) => {
  test.for<[string, Partial<WallFacts>, string]>([
    ['is missing', { clusterRoles: facts.clusterRoles.filter(({ metadata }) => metadata.name !== name) }, `is missing; ${remedy}`],
    [
      'gives more',
      spoilt(name, ({ rules = [] }) => ({ rules: [...rules, { ...secrets, resources: ['nodes'] }] })),
      `gives more than the chart (get nodes, list nodes); ${remedy}, with Helm 4 and --force-conflicts`,
    ],
    [
      'lacks a rule',
      spoilt(name, ({ rules = [] }) => ({ rules: [...rules.slice(0, -1), { ...rules.at(-1)!, verbs: [] }] })),
      'lacks what the chart gives (',
    ],
    ['gives nothing', spoilt(name, () => ({ rules: [] })), 'lacks what the chart gives ('],
    [
      'is aggregated',
      spoilt(name, () => ({ aggregationRule: { clusterRoleSelectors: [] } })),
      'takes in the rules of other ClusterRoles; remove its aggregationRule',
    ],
    [
      'is taken into another',
      spoilt(name, () => ({ metadata: { name, labels: { 'aggregate-to-edit': 'true' } } })),
      'is taken into ClusterRole edit by its labels; remove the label that the aggregationRule there selects',
    ],
  ])('breaks the walls when it %s', ([, change, says]) => {
    expect(broken(change)).toEqual([expect.stringContaining(`ClusterRole ${name} ${says}`)]);
  });
});

test('a role that gives more and less is named with both', () => {
  const [, member] = rolesOfChart;
  const rules = member!.rules.map((rule) => (rule.verbs.includes('compute') ? secrets : rule));
  expect(broken(spoilt(member!.name, () => ({ rules })))).toEqual([
    `ClusterRole bulkhead:lab-member gives more than the chart (get secrets, list secrets) and lacks what the chart gives (compute processinginstances.bulkhead.science); ${remedy}, with Helm 4 and --force-conflicts`,
  ]);
});

test('roles in another order, with labels and annotations of others, break nothing', () => {
  const clusterRoles = facts.clusterRoles.map(({ metadata, rules = [] }) => ({
    metadata: { ...metadata, labels: { ...metadata.labels, team: 'x' }, annotations: { note: 'y' } },
    rules: rules.toReversed().map(({ verbs, ...rule }) => ({ ...rule, verbs: verbs.toReversed() })),
  }));
  expect(broken({ clusterRoles: clusterRoles.toReversed() })).toEqual([]);
});

test.for<[string, Partial<WallFacts>, string]>([
  [
    'a namespace without our label',
    { namespace: labelled({ 'bulkhead.science/lab': undefined }) },
    'lacks the labels bulkhead.science/lab: smith',
  ],
  [
    'a namespace with weaker Pod Security',
    { namespace: labelled({ 'pod-security.kubernetes.io/enforce': 'privileged' }) },
    'lacks the labels pod-security.kubernetes.io/enforce: restricted',
  ],
  [
    'a namespace that may use devices of others',
    { namespace: labelled({ 'resource.kubernetes.io/admin-access': 'true' }) },
    'carries the label resource.kubernetes.io/admin-access',
  ],
  ['a missing guard', guard(undefined), 'NetworkPolicy bulkhead-default-deny is missing'],
  ['a guard with another value', guard({ ...applied(deny), spec: { podSelector: {}, policyTypes: ['Egress'] } } as KubeObject), 'differs'],
  [
    'a guard that says more than ours',
    guard({ ...applied(deny), spec: { ...deny.spec, ingress: [{}] } } as KubeObject),
    'NetworkPolicy bulkhead-default-deny holds more than the lab needs',
  ],
  [
    'a role binding of somebody else',
    {
      roleBindings: [
        {
          ...own,
          metadata: { name: 'open' },
          roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'edit' },
          subjects: [{ kind: 'User', name: 'eve' }],
        } as RoleBinding,
      ],
    },
    'RoleBinding open was not made by Bulkhead and gives ClusterRole edit to User eve; delete it',
  ],
  [
    'a network policy of somebody else',
    { networkPolicies: [deny, { ...deny, metadata: { name: 'open' } }] },
    'NetworkPolicy open was not made by Bulkhead',
  ],
  [
    'a network policy that only claims to be ours',
    { networkPolicies: [deny, { ...deny, metadata: { name: 'open', labels: { [managedLabel]: 'true' } } }] },
    'NetworkPolicy open was not made by Bulkhead',
  ],
  ['a pod that must be refused and is admitted', { probed: { walls: 'missing' } }, 'Pod bulkhead-probe is admitted'],
])('%s breaks the walls', ([, change, says]) => {
  expect(broken(change)).toEqual([expect.stringContaining(says)]);
});

test('further labels of a namespace and network policies of instances break nothing', () => {
  const ofInstance = (metadata: Partial<NetworkPolicy['metadata']> = {}): NetworkPolicy => ({
    ...deny,
    metadata: {
      name: ingressPolicyName('relion'),
      labels: { [managedLabel]: 'true', [instanceLabel]: 'relion' },
      ownerReferences: [{ apiVersion: 'bulkhead.science/v1alpha1', kind: 'ProcessingInstance', name: 'relion', uid: 'u' }],
      ...metadata,
    },
  });
  expect(broken({ namespace: labelled({ team: 'imaging' }), networkPolicies: [deny, ofInstance()] })).toEqual([]);
  expect(broken({ networkPolicies: [deny, ofInstance({ ownerReferences: [] })] })).toHaveLength(1);
  expect(broken({ networkPolicies: [deny, ofInstance({ name: 'other' })] })).toHaveLength(1);
});

test('what somebody has done to a guard is told from what the lab needs anew', () => {
  const live = applied(deny);
  const byOther = {
    ...live,
    metadata: { ...live.metadata, managedFields: [...live.metadata.managedFields!, { manager: 'kubectl-edit' }] },
  };
  const anew = { ...deny, spec: { ...deny.spec, policyTypes: ['Egress'] } };
  expect(tampered({ wanted: deny, live }, fieldManager)).toBeUndefined();
  expect(tampered({ wanted: anew, live }, fieldManager)).toBeUndefined();
  expect(tampered({ wanted: anew, live: byOther }, fieldManager)).toBe('was changed (written by kubectl-edit)');
  expect(tampered({ wanted: deny, live: byOther }, fieldManager)).toBeUndefined(); // a label or a status of somebody is no harm
});

test('what others add to a guard is taken away, what Kubernetes fills in is not', () => {
  const volume = { kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { claimRef: { name: 'c' } } };
  const live = {
    ...volume,
    spec: { claimRef: { name: 'c', uid: 'u', resourceVersion: '1' }, volumeMode: 'Filesystem', mountOptions: ['suid'] },
  };
  expect(addedTo(volume, live)).toEqual({ spec: { mountOptions: null } });
});

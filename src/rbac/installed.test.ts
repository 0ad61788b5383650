import { expect, test } from 'vitest';
import type { ClusterRole } from '../kube/kind.ts';
import { type PolicyRule, rolesOfChart } from './clusterroles.ts';
import { difference, takenInto } from './installed.ts';

const pods: PolicyRule = { apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list'] };
const jobs: PolicyRule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] };
const one: PolicyRule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['delete'], resourceNames: ['mine'] };
const page: PolicyRule = { nonResourceURLs: ['/metrics'], verbs: ['get'] };
const wanted = [pods, jobs, one, page];
const same = { more: [], less: [] };

test.for<[string, PolicyRule[]]>([
  ['as it is', wanted],
  ['in another order', [page, one, jobs, { ...pods, resources: ['services', 'pods'], verbs: ['list', 'get'] }]],
  [
    'in smaller rules',
    [
      { ...pods, verbs: ['get'] },
      { ...pods, resources: ['pods'], verbs: ['list'] },
      { ...pods, resources: ['services'], verbs: ['list'] },
      jobs,
      one,
      page,
    ],
  ],
  [
    'in a rule that says a thing twice',
    [{ ...pods, verbs: ['get', 'list', 'get'] }, pods, jobs, { ...jobs, resourceNames: ['x'] }, one, page],
  ],
  ['with a rule that gives nothing', [...wanted, { apiGroups: ['*'], resources: ['*'], verbs: [] }]],
  [
    'with empty lists, as some clients write them',
    [...wanted.slice(0, 2).map((rule) => ({ ...rule, resourceNames: [], nonResourceURLs: [] })), one, page],
  ],
])('the same permissions %s are no difference', ([, live]) => {
  expect(difference(wanted, live)).toEqual(same);
});

const instead = (from: PolicyRule, to: Partial<PolicyRule>) => wanted.map((rule) => (rule === from ? { ...rule, ...to } : rule));

test.for<[string, PolicyRule[], { more?: string[]; less?: string[] }]>([
  ['a rule', [...wanted, { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }], { more: ['get secrets'] }],
  ['a verb', instead(jobs, { verbs: ['create', 'compute'] }), { more: ['compute jobs.batch'] }],
  ['a resource', instead(jobs, { resources: ['jobs', 'jobs/status'] }), { more: ['create jobs/status.batch'] }],
  ['a group', instead(jobs, { apiGroups: ['batch', 'apps'] }), { more: ['create jobs.apps'] }],
  ['every verb', instead(jobs, { verbs: ['create', '*'] }), { more: ['* jobs.batch'] }],
  ['every verb in place of one', instead(jobs, { verbs: ['*'] }), { more: ['* jobs.batch'] }],
  ['every resource', instead(jobs, { resources: ['*'] }), { more: ['create *.batch'] }],
  ['every group', instead(jobs, { apiGroups: ['*'] }), { more: ['create jobs.*'] }],
  ['another name', instead(one, { resourceNames: ['mine', 'yours'] }), { more: ['delete jobs.batch "yours"'] }],
  ['every name', instead(one, { resourceNames: [] }), { more: ['delete jobs.batch'] }],
  ['another path', instead(page, { nonResourceURLs: ['/metrics', '/logs/*'] }), { more: ['get /logs/*'] }],
])('%s more is a difference', ([, live, { more = [] }]) => {
  expect(difference(wanted, live)).toEqual({ more, less: [] });
});

test.for<[string, PolicyRule[], string[]]>([
  ['a rule', wanted.slice(1), ['get pods', 'get services', 'list pods', 'list services']],
  ['a verb', instead(pods, { verbs: ['get'] }), ['list pods', 'list services']],
  ['a resource', instead(pods, { resources: ['pods'] }), ['get services', 'list services']],
  ['every name but one', instead(jobs, { resourceNames: ['mine'] }), ['create jobs.batch']],
  ['a name', instead(one, { resourceNames: ['other'] }), ['delete jobs.batch "mine"']],
  ['a path', wanted.slice(0, 3), ['get /metrics']],
])('%s less is a difference', ([, live, less]) => {
  expect(difference(wanted, live).less).toEqual(less);
});

test('of many differences the first few are named, without looking at the rest', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `x${index}`);
  const live = [{ apiGroups: many, resources: many, resourceNames: many, verbs: many }];
  expect(difference([], live).more).toEqual([...[0, 1, 2, 3, 4].map((index) => `x0 x0.x0 "x${index}"`), 'more']);
});

test('a role is taken in by others whose aggregation selects its labels, and by no other', () => {
  const role = (name: string, labels: Record<string, string>, ...selectors: object[]): ClusterRole => ({
    metadata: { name, labels },
    ...(selectors.length > 0 && { aggregationRule: { clusterRoleSelectors: selectors } }),
  });
  const toEdit = { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' };
  const edit = role('edit', {}, { matchLabels: toEdit });
  const team = role('a-team', {}, { matchLabels: { x: 'y' } }, { matchLabels: { team: 'imaging' } });
  const nothing = role('nothing', {});
  const aggregated = [edit, team, nothing];
  expect(takenInto(role('viewer', { team: 'other' }), aggregated)).toEqual([]);
  expect(takenInto(role('viewer', toEdit), aggregated)).toEqual(['edit']);
  expect(takenInto(role('viewer', { ...toEdit, team: 'imaging' }), aggregated)).toEqual(['a-team', 'edit']);
  const own = role('own', toEdit, { matchLabels: toEdit });
  expect(takenInto(own, [own])).toEqual([]); // the controller leaves a role out of itself, too
});

test('no role of the chart gives by a pattern, and none that people hold opens a way around the walls', () => {
  for (const { name, rules } of rolesOfChart)
    for (const { apiGroups = [], resources = [], verbs } of rules)
      expect([name, [...apiGroups, ...resources, ...verbs].filter((part) => part.includes('*'))]).toEqual([name, []]);
  const closed = ['secrets', 'pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'serviceaccounts/token'];
  const people = rolesOfChart.filter(({ name }) => name !== 'bulkhead:lab-operator');
  expect(people).toHaveLength(rolesOfChart.length - 1);
  for (const { name, rules } of people)
    expect([name, rules.flatMap(({ resources = [] }) => resources).filter((one) => closed.includes(one))]).toEqual([name, []]);
});

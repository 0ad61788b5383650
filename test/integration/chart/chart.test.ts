// The chart on a real API server: installs and upgrades, refuses wrong values, gives each role what it needs and no more.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { policies } from '../../../src/admission/policies.ts';
import { operatorUser } from '../../../src/api/names.ts';
import { type Backend, parseConfig } from '../../../src/config.ts';
import { type PolicyRule, rolesOfChart } from '../../../src/rbac/clusterroles.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { provideHelm } from '../../cluster/helm.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';
import { type Question, questions } from './permissions.ts';

const chart = join(import.meta.dirname, '../../../charts/bulkhead');
const values = {
  config: {
    storage: {
      backends: [
        { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' },
        { name: 'archive', type: 'nfs', server: 'nfs.uni.edu', path: '/export' },
      ],
    },
    identity: { first: 2_000_000, last: 2_999_999 },
  },
  facilityAdmins: { users: ['jo@uni.edu'], groups: [] },
};
let plane: ControlPlane;
let kubectl: Kubectl;
let helmProgram: string;

function helm(args: string[], given: object = values) {
  const { status, stdout, stderr } = spawnSync(helmProgram, [...args, '--namespace', 'bulkhead-system', '--values', '-'], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: plane.kubeconfig },
  });
  return { accepted: status === 0, output: stdout, errors: stderr };
}
const install = (...more: string[]) => helm(['upgrade', '--install', 'bulkhead', chart, '--create-namespace', ...more]);
const rendered = (given: object = values) =>
  parseAllDocuments(helm(['template', 'bulkhead', chart], given).output)
    .map((document) => document.toJS())
    .filter(Boolean);

beforeAll(async () => {
  [plane, helmProgram] = await Promise.all([startControlPlane(), provideHelm()]);
  kubectl = kubectlFor(plane);
});
afterAll(() => plane?.stop());

test('it installs', () => {
  expect(install()).toMatchObject({ accepted: true, errors: expect.not.stringContaining('Warning') });
});

test('every object is accepted as restricted Pod Security wants it, without a warning', () => {
  kubectl([
    'label',
    'namespace',
    'bulkhead-system',
    'pod-security.kubernetes.io/enforce=restricted',
    'pod-security.kubernetes.io/warn=restricted',
  ]);
  const answer = kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'], ...rendered());
  expect(answer).toMatchObject({ accepted: true, errors: '' });
});

test('an upgrade changes the custom resource definitions too', () => {
  kubectl(['patch', 'crd', 'labs.bulkhead.science', '--type=json', '-p', '[{"op":"remove","path":"/spec/names/categories"}]']);
  expect(install('--force-conflicts')).toMatchObject({ accepted: true });
  expect(kubectl(['get', 'crd', 'labs.bulkhead.science', '-o', 'jsonpath={.spec.names.categories}']).output).toBe('["bulkhead"]');
});

test('the operator can read the configuration that the chart renders', () => {
  const document = rendered().find(({ kind }) => kind === 'ConfigMap').data['config.yaml'];
  expect(parseConfig(document, 'chart')).toMatchObject({
    image: expect.stringContaining(':0.1.0'),
    ...values.config,
    access: { admins: values.facilityAdmins, allowAnonymous: false },
  });
});

test('an operator that a busy node makes slow is not restarted: an answer may take seconds, a start minutes', () => {
  const { spec } = rendered().find(({ kind }) => kind === 'Deployment').spec.template;
  const { startupProbe, livenessProbe } = spec.containers[0];
  const patienceSeconds = ({ periodSeconds, failureThreshold }: Record<string, number>) => periodSeconds! * failureThreshold!;
  for (const probe of [startupProbe, livenessProbe]) {
    expect(probe.httpGet.path).toBe('/healthz'); // readiness waits for caches and must not decide about a restart
    expect(probe.timeoutSeconds).toBeGreaterThanOrEqual(10); // 1 s, the default, was too little at a load of 30
  }
  expect(patienceSeconds(startupProbe)).toBeGreaterThanOrEqual(300);
  expect(patienceSeconds(livenessProbe)).toBeGreaterThanOrEqual(60);
});

test('the policies that the chart renders are to the letter those that the operator expects', () => {
  const backends: Backend[] = [
    { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' },
    { name: 'archive', type: 'nfs', server: 'nfs.uni.edu', path: '/export' },
    { name: 'plain', type: 'csi', driver: 'a.csi.test', path: '/a', pathAttribute: 'share', attributes: {} },
    {
      name: 'blob',
      type: 'csi',
      driver: 'b.csi.test',
      path: '/b',
      pathAttribute: 'share',
      attributes: { server: 'b.test', 'b.test/note': `it's "<&>" \\`, A: '1' },
    },
  ];
  for (const given of [[], backends]) {
    const ports = { first: 31_000, last: 31_999, blockSize: 8 };
    const settings = { operatorNamespace: 'bulkhead-system', operatorUser: operatorUser('bulkhead-system'), ports, backends: given };
    const wanted = policies(settings);
    const chart = rendered({ config: { storage: { backends: given }, ports } });
    expect(wanted.length).toBeGreaterThan(20);
    for (const { kind, metadata, spec } of wanted) {
      const live = chart.find((object) => object.kind === kind && object.metadata.name === metadata.name);
      expect(live?.spec, `${kind} ${metadata.name}`).toEqual(spec);
    }
  }
});

test('the ClusterRoles that the chart renders are those that the operator expects, and it may bind those of labs', () => {
  const roles = rendered().filter(({ kind }) => kind === 'ClusterRole');
  for (const { name, rules } of rolesOfChart) expect(roles.find(({ metadata }) => metadata.name === name)?.rules).toEqual(rules);
  const { rules } = roles.find(({ metadata }) => metadata.name === 'bulkhead:operator');
  const bindable = rules
    .filter(({ verbs }: PolicyRule) => verbs.includes('bind'))
    .flatMap(({ resourceNames }: PolicyRule) => resourceNames);
  expect(bindable.sort()).toEqual(rolesOfChart.flatMap(({ name, bound }) => (bound === 'lab' ? name : [])).sort());
  expect(roles.map(({ metadata }) => metadata.name).sort()).toEqual(['bulkhead:operator', ...rolesOfChart.map(({ name }) => name)].sort());
});

describe('permissions', () => {
  beforeAll(() => {
    kubectl(['create', 'namespace', 'kept-out']);
    for (const role of ['viewer', 'member', 'sharer', 'external-sharer', 'sharer-part', 'admin', 'operator']) {
      kubectl(['create', 'rolebinding', role, '-n', 'default', `--clusterrole=bulkhead:lab-${role}`, `--user=${role}`]);
    }
  });
  /** One line for each question, with the answer of the API server at its end. */
  const answers = (who: string, list: Question[]) => {
    const reviews = list.map((question) => ({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: who, groups: ['system:authenticated'], resourceAttributes: attributes(question) },
    }));
    const { output } = kubectl(['create', '-o', 'jsonpath={.status.allowed} ', '-f', '-'], ...reviews);
    const allowed = output.trim().split(' ');
    return list.map((question, index) => [...question, allowed[index]].join(' '));
  };
  test.for(questions)('$who may and may not', ({ who, may, mayNot }) => {
    expect(answers(who, may)).toEqual(may.map((question) => [...question, 'true'].join(' ')));
    expect(answers(who, mayNot)).toEqual(mayNot.map((question) => [...question, 'false'].join(' ')));
  });
});

test.for<[string, object, string]>([
  ['a port below 1024', { config: { ports: { first: 80 } } }, "at '/config/ports/first': minimum: got 80, want 1,024"],
  ['a setting that does not exist', { config: { colour: 'red' } }, "additional properties 'colour' not allowed"],
  [
    'a backend of an unknown type',
    { config: { storage: { backends: [{ name: 'a', type: 'tape', path: '/a' }] } } },
    "value must be 'hostPath'",
  ],
  ['users that are no list', { facilityAdmins: { users: 'jo' } }, "at '/facilityAdmins/users': got string, want array"],
])('%s is refused before anything is installed', ([, given, says]) => {
  const answer = helm(['template', 'bulkhead', chart], given);
  expect(answer.accepted).toBe(false);
  expect(answer.errors).toContain(says);
});

test('without the release every wall still stands', () => {
  const { status } = spawnSync(helmProgram, ['uninstall', 'bulkhead', '--namespace', 'bulkhead-system', '--kubeconfig', plane.kubeconfig]);
  expect(status).toBe(0);
  const left = (kind: string) =>
    kubectl(['get', kind, '-o', 'name'])
      .output.split('\n')
      .filter((name) => name.includes('bulkhead'));
  const walls = rendered().filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep');
  expect(left('validatingadmissionpolicies').length + left('validatingadmissionpolicybindings').length).toBe(
    walls.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy')).length,
  );
  expect(left('crd')).toHaveLength(6);
  expect(left('clusterroles').sort()).toEqual(
    ['admin', 'external-sharer', 'member', 'operator', 'sharer', 'sharer-part', 'viewer'].map(
      (role) => `clusterrole.rbac.authorization.k8s.io/bulkhead:lab-${role}`,
    ),
  );
  expect(left('storageclass')).toHaveLength(1);
});

function attributes([verb, resource, namespace, name]: Question) {
  const grouped = resource.split('/')[0]?.match(/[.]|^(apps|batch)$/);
  const [group, plural, subresource] = grouped ? resource.split('/') : ['', ...resource.split('/')];
  return { verb, group, resource: plural, ...(subresource && { subresource }), ...(namespace && { namespace }), ...(name && { name }) };
}

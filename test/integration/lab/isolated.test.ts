// The condition Isolated on a real API server: each wall that is taken away or opened is named, nobody new comes in meanwhile, and what
// somebody else has made under our names is never adopted. Whoever breaks a wall here is a controller of kube-system, which the policies let pass.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { labLabel } from '../../../src/api/labels.ts';
import { rootClaimName, rootVolumeName } from '../../../src/api/names.ts';
import { Config } from '../../../src/config.ts';
import type { Kind } from '../../../src/kube/kind.ts';
import * as kinds from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { admissionOf } from '../../../src/lab/gather.ts';
import { rolesOfChart } from '../../../src/rbac/clusterroles.ts';
import { labPod, withoutData } from '../../../src/verify/draft.ts';
import { sceneOf } from './scene.ts';
import { makeLab, type Stage, setStage, withoutWall } from './stage.ts';

const { ClusterRoles, NetworkPolicies, PersistentVolumes, RoleBindings, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings } =
  kinds;
/** Their names are the same in every installation. */
const admission = admissionOf({ ...Config.parse({ image: 'any' }), operatorNamespace: 'bulkhead-system', facilityKey: Buffer.alloc(32) });

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await makeLab(stage, 'smith', { members: [pi] });
});
afterAll(() => stage?.end());

const pi = { user: 'pi@uni.edu', roles: ['full-read-write'] };
const jo = { user: 'jo@uni.edu', roles: ['full-read-write'] };
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000, interval: 50 });
const condition = async (name: string, type: string) =>
  (await stage.admin.read(Labs, name))?.status?.conditions?.find((found) => found.type === type);
const isolated = async (name = 'smith') => {
  const { status, message } = (await condition(name, 'Isolated')) ?? { status: 'absent', message: '' };
  return `${status}: ${message}`;
};
const reason = async (name = 'smith') => (await condition(name, 'Ready'))?.reason;
const stands = () => eventually(isolated).toMatch(/^True/);
const events = async (name: string) =>
  stage
    .kubectl([
      'get',
      'events.events.k8s.io',
      '-n',
      'default',
      '-o',
      `jsonpath={range .items[?(@.regarding.name=="${name}")]}{.type} {.reason} {.note}{"\\n"}{end}`,
    ])
    .output.split('\n');

describe('a lab', () => {
  test('is isolated when every wall stands, and says so once it is ready', async () => {
    await eventually(reason).toBe('Ready');
    expect(await isolated()).toBe(
      `True: ${admission.length + rolesOfChart.length + 10} walls stand: ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ClusterRole, Namespace, RoleBinding, PersistentVolume, LabPolicy, NetworkPolicy, ConfigMap, LimitRange, PersistentVolumeClaim, ResourceQuota`,
    );
  });

  test.for(admission.map(({ kind, metadata }) => [kind!, metadata.name] as const))(
    'is not while %s %s is missing',
    async ([kind, name]) => {
      await stands();
      await withoutWall(
        stage,
        kind.endsWith('Binding') ? ValidatingAdmissionPolicyBindings : ValidatingAdmissionPolicies,
        name,
        async () => {
          await eventually(isolated).toContain(`False: ${kind} ${name} is missing; install the chart again`);
          await eventually(reason).toMatch('WallBroken');
        },
      );
      await stands();
      await eventually(reason).toBe('Ready');
    },
  );

  test.for<[string, Kind<KubeObject>, string, object, object, string]>([
    [
      'only writes to the audit log',
      ValidatingAdmissionPolicyBindings,
      'bulkhead-pods',
      { validationActions: ['Audit'] },
      { validationActions: ['Deny'] },
      'spec.validationActions',
    ],
    [
      'leaves namespaces out',
      ValidatingAdmissionPolicyBindings,
      'bulkhead-claims',
      { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
      { matchResources: { namespaceSelector: { matchLabels: null } } },
      'spec.matchResources',
    ],
    [
      'lets failures through',
      ValidatingAdmissionPolicies,
      'bulkhead-services',
      { failurePolicy: 'Ignore' },
      { failurePolicy: 'Fail' },
      'spec.failurePolicy',
    ],
  ] as [string, Kind<KubeObject>, string, object, object, string][])(
    'is not while a policy or binding %s',
    async ([, kind, name, change, back, field]) => {
      await stands();
      const found = (await stage.admin.read(kind, name))!;
      await stage.admin.mergePatch(kind, found, { spec: change });
      await eventually(isolated).toBe(
        `False: ${kind.kind} ${name} differs from the chart in ${field}; install the chart again with \`helm upgrade\`, with Helm 4 and --force-conflicts`,
      );
      await stage.admin.mergePatch(kind, found, { spec: back });
      await stands();
    },
  );

  test('stays isolated when a policy carries other labels and annotations', async () => {
    await stands();
    const found = (await stage.admin.read(ValidatingAdmissionPolicies, 'bulkhead-pods'))!;
    await stage.admin.mergePatch(ValidatingAdmissionPolicies, found, {
      metadata: { labels: { 'bulkhead.science/managed': null, team: 'x' } },
    });
    await delay(500);
    expect(await isolated()).toMatch(/^True/);
  });

  test.for(rolesOfChart)('is not while ClusterRole $name gives more than the chart', async ({ name }) => {
    await stands();
    const role = (await stage.admin.read(ClusterRoles, name))!;
    const shells = { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] };
    await stage.admin.mergePatch(ClusterRoles, role, { rules: [...role.rules!, shells] });
    await eventually(isolated).toBe(
      `False: ClusterRole ${name} gives more than the chart (create pods/exec); install the chart again with \`helm upgrade\`, with Helm 4 and --force-conflicts`,
    );
    await eventually(reason).toBe('WallBroken');
    await stage.admin.mergePatch(ClusterRoles, role, { rules: role.rules!.toReversed() });
    await stands();
    await eventually(reason).toBe('Ready');
  });

  test('is again when the chart is installed as the condition says, whatever the roles had become', async () => {
    await stands();
    const [viewer, member, admin] = await Promise.all(
      ['viewer', 'member', 'admin'].map(async (role) => (await stage.admin.read(ClusterRoles, `bulkhead:lab-${role}`))!),
    );
    await stage.admin.mergePatch(ClusterRoles, viewer!, { rules: admin!.rules });
    await eventually(isolated).toContain('ClusterRole bulkhead:lab-viewer gives more than the chart (');
    await stage.admin.mergePatch(ClusterRoles, member!, { rules: null });
    await eventually(isolated).toContain('ClusterRole bulkhead:lab-member lacks what the chart gives (');
    await stage.admin.delete(ClusterRoles, admin!);
    await eventually(isolated).toContain('ClusterRole bulkhead:lab-admin is missing; install the chart again');
    stage.reinstall();
    await stands();
    expect((await stage.admin.read(ClusterRoles, viewer!.metadata.name))?.rules).toEqual(rolesOfChart[0]?.rules);
  });

  test.for<[string, object, object, string]>([
    [
      'takes in the rules of others',
      { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: 'y' } }] } },
      { aggregationRule: null },
      'takes in the rules of other ClusterRoles; remove its aggregationRule',
    ],
    [
      'is taken into another',
      { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } } },
      { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': null } } },
      'is taken into ClusterRole edit by its labels; remove the label that the aggregationRule there selects',
    ],
  ])('is not while a ClusterRole of the chart %s', async ([, change, back, says]) => {
    await stands();
    const role = (await stage.admin.read(ClusterRoles, 'bulkhead:lab-sharer'))!;
    await stage.admin.mergePatch(ClusterRoles, role, change);
    await eventually(isolated).toContain(`False: ClusterRole bulkhead:lab-sharer ${says}`);
    await stage.admin.mergePatch(ClusterRoles, role, { ...back, rules: role.rules });
    await stands();
  });

  test('is not while a ClusterRole of somebody else takes in those of the chart', async () => {
    await stands();
    const taker = await stage.admin.create(ClusterRoles, {
      metadata: { name: 'everything-of-bulkhead' },
      aggregationRule: {
        clusterRoleSelectors: [{ matchExpressions: [{ key: 'app.kubernetes.io/part-of', operator: 'In', values: ['bulkhead'] }] }],
      },
    });
    await eventually(isolated).toContain('False: ClusterRole bulkhead:lab-viewer is taken into ClusterRole everything-of-bulkhead');
    await stage.admin.mergePatch(ClusterRoles, taker!, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { other: 'x' } }] } });
    await stands();
    await stage.admin.delete(ClusterRoles, taker!);
  });

  test('stays isolated, and nothing is written, when a role carries other labels or another role changes', async () => {
    await stands();
    await eventually(reason).toBe('Ready');
    await delay(500);
    const before = await stage.operator.writes();
    const viewer = (await stage.admin.read(ClusterRoles, 'bulkhead:lab-viewer'))!;
    const labelled = await stage.admin.mergePatch(ClusterRoles, viewer, {
      metadata: { labels: { team: 'x' }, annotations: { note: 'y' } },
    });
    const other = await stage.admin.create(ClusterRoles, {
      metadata: { name: 'other', labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
      rules: [{ apiGroups: ['other.test'], resources: ['things'], verbs: ['get'] }],
    });
    await delay(1000);
    expect(await isolated()).toMatch(/^True/);
    expect(await stage.operator.writes()).toBe(before);
    expect((await stage.admin.read(ClusterRoles, 'bulkhead:lab-viewer'))?.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    await stage.admin.delete(ClusterRoles, other!);
  });

  test('lets nobody in while a wall is down, and sends nobody away', async () => {
    await withoutWall(stage, ValidatingAdmissionPolicyBindings, 'bulkhead-claims', async () => {
      await eventually(reason).toBe('WallBroken');
      await makeLab(stage, 'smith', { members: [pi, jo] });
      await eventually(async () => (await stage.admin.read(Labs, 'smith'))?.status?.observedGeneration).toBe(2);
      const admins = await stage.admin.read(RoleBindings, 'bulkhead-admins', 'lab-smith');
      expect(admins?.subjects?.map(({ name }) => name)).toEqual(['pi@uni.edu']);
    });
    await eventually(async () => (await stage.admin.read(RoleBindings, 'bulkhead-admins', 'lab-smith'))?.subjects).toHaveLength(2);
  });

  test('names a role binding of somebody else, with whom it lets in', async () => {
    const binding = await stage.platform.create(RoleBindings, {
      metadata: { name: 'back-door', namespace: 'lab-smith' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve@uni.edu' }],
    });
    await eventually(isolated).toBe(
      'False: RoleBinding back-door was not made by Bulkhead and gives ClusterRole edit to User eve@uni.edu; delete it',
    );
    await stage.platform.delete(RoleBindings, binding!);
    await stands();
  });

  test('names a network policy of somebody else', async () => {
    const policy = await stage.platform.create(NetworkPolicies, {
      metadata: { name: 'open', namespace: 'lab-smith', labels: { 'bulkhead.science/managed': 'true' } },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    await eventually(isolated).toContain('False: NetworkPolicy open was not made by Bulkhead');
    await stage.platform.delete(NetworkPolicies, policy!);
    await stands();
  });

  test('tells in events when a wall broke, what was repaired, and that all stand again', async () => {
    await makeLab(stage, 'eventful'); // events of one object are limited
    await eventually(() => reason('eventful')).toBe('Ready');
    const policy = (await stage.admin.read(NetworkPolicies, 'bulkhead-default-deny', 'lab-eventful'))!;
    await stage.platform.mergePatch(NetworkPolicies, policy, { spec: { ingress: [{}] } });
    const foreign = await stage.platform.create(NetworkPolicies, {
      metadata: { name: 'open', namespace: 'lab-eventful' },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] },
    });
    await eventually(() => isolated('eventful')).toContain('False: NetworkPolicy open');
    await stage.platform.delete(NetworkPolicies, foreign!);
    await eventually(() => events('eventful')).toEqual(
      expect.arrayContaining([
        'Warning WallBroken NetworkPolicy bulkhead-default-deny holds more than the lab needs (written by janitor); made again',
        'Warning WallBroken NetworkPolicy open was not made by Bulkhead and can only open what ours close; delete it',
        'Normal WallsStand every wall stands',
      ]),
    );
  });
});

describe('an object under a name that a lab needs', () => {
  const volume = (name: string, labels = {}): KubeObject => ({
    metadata: { name: rootVolumeName(name, 'projects'), labels },
    ...{
      spec: {
        accessModes: ['ReadWriteMany'],
        capacity: { storage: '1Mi' },
        hostPath: { path: '/gpfs/labs/eve', type: 'Directory' },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'other',
      },
    },
  });

  test.for<[string, string, object]>([
    ['without our labels', 'vera', {}],
    ['with our labels', 'viktor', { 'bulkhead.science/managed': 'true', [labLabel]: 'viktor' }],
  ])('a volume of somebody else %s is never adopted', async ([, name, labels]) => {
    const planted = await stage.admin.create(PersistentVolumes as Kind<KubeObject>, volume(name, labels));
    await makeLab(stage, name, { members: [pi] });
    await eventually(() => reason(name)).toBe('ObjectTaken');
    expect((await condition(name, 'Ready'))?.message).toContain(`PersistentVolume ${planted!.metadata.name} was not made by Bulkhead`);
    const untouched = await stage.admin.read(PersistentVolumes, planted!.metadata.name);
    expect(untouched).toMatchObject({ metadata: { uid: planted!.metadata.uid }, spec: { storageClassName: 'other' } });
    expect(untouched?.metadata.managedFields?.map(({ manager }) => manager)).not.toContain('bulkhead');
    expect(await stage.admin.read(RoleBindings, 'bulkhead-admins', `lab-${name}`)).toBeUndefined();
    await stage.admin.delete(PersistentVolumes as Kind<KubeObject>, planted!);
    await makeLab(stage, name, { members: [pi, jo] }); // else it looks again by itself, within half a minute
    await eventually(() => reason(name)).toBe('Ready');
  });

  test.for<[string, string, Record<string, string>]>([
    ['lab-early', 'early', {}],
    ['lab-eager with our label', 'eager', { [labLabel]: 'eager' }],
  ])('a namespace %s that was there before the walls is never adopted, nor deleted with the Lab', async ([, name, labels]) => {
    const namespace = { metadata: { name: `lab-${name}`, labels } };
    const attempt = { apiVersion: 'v1', kind: 'Namespace', ...namespace };
    await eventually(async () => stage.kubectl(['create', '--dry-run=server', '-f', '-'], attempt).accepted).toBe(false);
    await withoutWall(stage, ValidatingAdmissionPolicyBindings, 'bulkhead-namespaces', async () => {
      await eventually(async () => (await stage.admin.create(kinds.Namespaces, namespace).catch(() => undefined)) !== undefined).toBe(true);
    });
    await makeLab(stage, name, { members: [pi] });
    await eventually(() => reason(name)).toBe('NamespaceTaken');
    const { uid } = (await stage.admin.read(kinds.Namespaces, `lab-${name}`))!.metadata;
    expect((await condition(name, 'Ready'))?.message).toContain(`bulkhead.science/adopt-namespace: ${uid}`);
    expect((await stage.admin.readAll(RoleBindings, { namespace: `lab-${name}` })).map(({ metadata }) => metadata.name)).toEqual([]);
    await stage.admin.delete(Labs, (await stage.admin.read(Labs, name))!);
    await eventually(() => stage.admin.read(Labs, name)).toBeUndefined();
    expect((await stage.admin.read(kinds.Namespaces, `lab-${name}`))?.metadata).toMatchObject({ uid });
  });
});

describe('a lab of an earlier time', () => {
  const make = (identity?: { uid: number; gid: number }) => makeLab(stage, 'phoenix', { members: [pi], ...(identity && { identity }) });

  test('is taken up again by a Lab of the same name, identity and path, and by no other', async () => {
    const first = await make();
    await eventually(() => reason('phoenix')).toBe('Ready');
    const { uid = 0, gid = 0 } = (await stage.admin.read(Labs, 'phoenix'))?.status ?? {};
    await stage.admin.delete(Labs, first);
    await eventually(() => stage.admin.read(Labs, 'phoenix')).toBeUndefined();

    await make();
    await eventually(() => reason('phoenix')).toBe('PathTaken');
    expect((await condition('phoenix', 'Ready'))?.message).toContain(`UserID ${uid}, GroupID ${gid}; to take over its files`);
    expect(await stage.admin.read(kinds.Namespaces, 'lab-phoenix')).toBeUndefined();
    await stage.admin.delete(Labs, (await stage.admin.read(Labs, 'phoenix'))!);
    await eventually(() => stage.admin.read(Labs, 'phoenix')).toBeUndefined();

    await make({ uid: uid + 7, gid: gid + 7 });
    await eventually(() => reason('phoenix')).toBe('PathTaken');
    expect(await stage.admin.read(kinds.Namespaces, 'lab-phoenix')).toBeUndefined();
    await stage.admin.delete(Labs, (await stage.admin.read(Labs, 'phoenix'))!);
    await eventually(() => stage.admin.read(Labs, 'phoenix')).toBeUndefined();

    await make({ uid, gid });
    await eventually(() => reason('phoenix')).toBe('Ready');
    expect((await stage.admin.read(Labs, 'phoenix'))?.status).toMatchObject({ uid, gid });
    expect(await stage.admin.read(LabPolicies, 'policy', 'lab-phoenix')).toMatchObject({ spec: { uid, gid } });
  });
});

describe('the order', () => {
  /** Requests of the operator about one lab, in order: verb, resource, name. */
  const requests = async (lab: string) =>
    (await readFile(stage.plane.auditLog, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ stage, user, verb }) => stage === 'ResponseComplete' && user.username.endsWith(':bulkhead') && verb !== 'watch')
      .filter(({ requestURI }) => requestURI.includes(`lab-${lab}`) || requestURI.includes(`labs/${lab}`))
      .map(({ verb, objectRef, requestURI }) =>
        `${verb} ${objectRef.resource} ${objectRef.name ?? ''}${requestURI.includes('dryRun') ? ' dry' : ''}`.trim(),
      );

  test('of onboarding: guards, then the probe, then people', async () => {
    await makeLab(stage, 'orderly', { members: [pi] });
    await eventually(() => reason('orderly')).toBe('Ready');
    const seen = await requests('orderly');
    const at = (wanted: string) => seen.indexOf(wanted);
    const guards = [
      'labpolicies policy',
      'networkpolicies bulkhead-default-deny',
      'networkpolicies bulkhead-dns',
      'resourcequotas bulkhead',
      'limitranges bulkhead',
      `persistentvolumeclaims ${rootClaimName('projects')}`,
    ];
    for (const guard of guards)
      expect([guard, at(`patch ${guard}`) >= 0 && at(`patch ${guard}`) < at('create pods bulkhead-probe dry')]).toEqual([guard, true]);
    expect(at('create pods bulkhead-probe dry')).toBeLessThan(at('patch rolebindings bulkhead-admins'));
    expect(seen.slice(at('patch rolebindings bulkhead-admins') + 1).filter((request) => !request.startsWith('patch labs'))).toEqual([]);
  });

  test('of the end: people, work, and only then the namespace with its walls', async () => {
    await makeLab(stage, 'ending', { members: [pi] });
    await eventually(() => reason('ending')).toBe('Ready');
    const { spec } = labPod(await sceneOf(stage, 'ending'), withoutData({ serviceAccountName: 'default' }));
    // As the kubelet of a node that takes its time: a finalizer holds the pod.
    const pod = await stage.accomplice.create(kinds.Pods, {
      metadata: { name: 'lasting', namespace: 'lab-ending', finalizers: ['test.bulkhead.science/kubelet'] },
      spec,
    });
    await stage.admin.delete(Labs, (await stage.admin.read(Labs, 'ending'))!);
    await eventually(async () => (await condition('ending', 'Ready'))?.message).toContain('waiting for Pod lasting to end');
    expect(await stage.admin.read(RoleBindings, 'bulkhead-admins', 'lab-ending')).toBeUndefined();
    expect(await stage.admin.read(NetworkPolicies, 'bulkhead-default-deny', 'lab-ending')).toBeDefined();
    expect((await stage.admin.read(kinds.Namespaces, 'lab-ending'))?.metadata.deletionTimestamp).toBeUndefined();
    await expect(stage.accomplice.create(kinds.Pods, { ...pod!, metadata: { name: 'late', namespace: 'lab-ending' } })).rejects.toThrow(
      'no params found',
    );
    await stage.platform.mergePatch(kinds.Pods, pod!, { metadata: { finalizers: null } });
    await eventually(() => stage.admin.read(Labs, 'ending')).toBeUndefined();
    const seen = await requests('ending');
    expect(seen.indexOf('delete rolebindings bulkhead-admins')).toBeLessThan(seen.indexOf('delete pods lasting'));
    expect(seen.indexOf('delete pods lasting')).toBeLessThan(seen.indexOf('delete namespaces lab-ending'));
  });
});

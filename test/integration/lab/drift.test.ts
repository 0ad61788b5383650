// Drift: whatever a lab needs is deleted, changed, or stripped of its labels by somebody whom the policies let pass, and comes back. The time
// that each repair took is written beside its test.
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { labLabel, managedLabel } from '../../../src/api/labels.ts';
import { rootClaimName, rootVolumeName } from '../../../src/api/names.ts';
import type { Kind } from '../../../src/kube/kind.ts';
import * as kinds from '../../../src/kube/kind.ts';
import type { KubeObject, Stored } from '../../../src/kube/object.ts';
import { makeLab, type Stage, setStage, withoutWall } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await makeLab(stage, 'smith', { members: people, quota: { pods: 60 } });
});
afterAll(() => stage?.end());

const people = [
  { user: 'pi@uni.edu', roles: ['full-read-write'] },
  { user: 'jo@uni.edu', roles: ['basic-read-write'] },
];
/** A repair takes tens of milliseconds; the limit leaves room for a machine that is busy with other things. */
const limitMs = 5000;
const namespace = 'lab-smith';
const isReady = () =>
  expect
    .poll(
      async () => {
        const ready = (await stage.admin.read(Labs, 'smith'))?.status?.conditions?.find(({ type }) => type === 'Ready');
        return `${ready?.reason}: ${ready?.message}`;
      },
      { timeout: 30_000, interval: 50 },
    )
    .toMatch(/^Ready/);

interface Child {
  kind: Kind<KubeObject>;
  name: string;
  /** Absent: nothing of it can be changed, by anybody. */
  change?: object;
  /** A policy that refuses the change to everybody. */
  guardedBy?: string;
}
const eve = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'eve@uni.edu' }];
const children = [
  { kind: LabPolicies, name: 'policy', change: { spec: { uid: 0 } } },
  { kind: LabPolicies, name: 'policy', change: { spec: { runtimeClassName: 'runc' } } },
  { kind: kinds.ResourceQuotas, name: 'bulkhead', change: { spec: { hard: { pods: '9999' } } } },
  { kind: kinds.LimitRanges, name: 'bulkhead', change: { spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } } },
  { kind: kinds.NetworkPolicies, name: 'bulkhead-default-deny', change: { spec: { policyTypes: ['Egress'] } } },
  { kind: kinds.NetworkPolicies, name: 'bulkhead-default-deny', change: { spec: { ingress: [{}], egress: [{}] } } },
  { kind: kinds.NetworkPolicies, name: 'bulkhead-dns', change: { spec: { egress: [{}] } } },
  { kind: kinds.RoleBindings, name: 'bulkhead-operator', change: { subjects: eve } },
  { kind: kinds.RoleBindings, name: 'bulkhead-members', change: { subjects: eve } },
  { kind: kinds.RoleBindings, name: 'bulkhead-admins', change: { subjects: eve } },
  { kind: kinds.PersistentVolumeClaims, name: rootClaimName('projects') },
  {
    kind: kinds.PersistentVolumes,
    name: rootVolumeName('smith', 'projects'),
    change: { spec: { persistentVolumeReclaimPolicy: 'Delete', mountOptions: ['suid'] } },
    guardedBy: 'bulkhead-volumes',
  },
] as unknown as Child[];

const read = ({ kind, name }: Child) => stage.admin.read(kind, name, kind.namespaced ? namespace : undefined);

/** What we want of an object, without what the server and the volume binder write into it. */
function content(object: Stored<KubeObject> | undefined) {
  if (!object || object.metadata.deletionTimestamp) return undefined;
  const { status: _status, metadata, spec, ...rest } = object as Stored<KubeObject> & { spec?: { claimRef?: object }; status?: unknown };
  const { claimRef: _claimRef, ...parts } = spec ?? {};
  return { labels: metadata.labels, spec: parts, ...rest };
}

async function repaired({ annotate }: TestContext, child: Child, spoil: (found: Stored<KubeObject>) => Promise<unknown>, isNew: boolean) {
  await isReady();
  const before = (await read(child))!;
  const spoiled = await spoil(before);
  if (spoiled) expect(content(spoiled as Stored<KubeObject>)).not.toEqual(content(before));
  const began = performance.now();
  await expect.poll(async () => content(await read(child)), { timeout: limitMs, interval: 10 }).toEqual(content(before));
  await annotate(`repaired within ${Math.round(performance.now() - began)} ms`);
  if (isNew) expect((await read(child))?.metadata.uid).not.toBe(before.metadata.uid);
}

const named = (list: Child[]) => list.map((child) => [`${child.kind.kind} ${child.name}`, child] as const);
const each = children.filter(
  (child, index) => children.findIndex(({ kind, name }) => kind === child.kind && name === child.name) === index,
);

describe.sequential('comes back as it was', () => {
  test.for(named(each))('%s when it is deleted', ([, child], context) =>
    repaired(context, child, (found) => stage.platform.delete(child.kind, found), true),
  );

  test.for(named(children.filter(({ change }) => change)))('%s when it is changed', ([, child], context) =>
    repaired(
      context,
      child,
      async (found) => {
        const change = () => stage.platform.mergePatch(child.kind, found, child.change!);
        if (!child.guardedBy) return change();
        await expect(change()).rejects.toThrow('written by Bulkhead alone');
        return withoutWall(stage, kinds.ValidatingAdmissionPolicyBindings, child.guardedBy, async () => {
          await expect.poll(() => change().catch(() => undefined), { timeout: limitMs, interval: 100 }).toBeDefined();
        });
      },
      false,
    ),
  );

  test.for(named(each))('%s when it loses its labels', ([, child], context) =>
    repaired(
      context,
      child,
      (found) => stage.platform.mergePatch(child.kind, found, { metadata: { labels: { [managedLabel]: null, [labLabel]: null } } }),
      false,
    ),
  );
});

describe('the namespace', () => {
  const labels = async () => (await stage.admin.read(kinds.Namespaces, namespace))?.metadata.labels;

  // Only the operator may change these labels, whatever others are exempt from.
  test.for<[string, Record<string, string | null>]>([
    ['our label', { [labLabel]: null }],
    ['the level of Pod Security', { 'pod-security.kubernetes.io/enforce': 'privileged' }],
    ['every label of ours', { [labLabel]: null, [managedLabel]: null, 'bulkhead.science/seal': null }],
  ])('gets back %s', async ([, change], { annotate }) => {
    await isReady();
    const found = (await stage.admin.read(kinds.Namespaces, namespace))!;
    const spoil = () => stage.platform.mergePatch(kinds.Namespaces, found, { metadata: { labels: change } });
    await withoutWall(stage, kinds.ValidatingAdmissionPolicyBindings, 'bulkhead-namespaces', async () => {
      await expect.poll(() => spoil().catch(() => undefined), { timeout: limitMs, interval: 100 }).toBeDefined();
      const began = performance.now();
      await expect.poll(labels, { timeout: limitMs, interval: 10 }).toEqual(found.metadata.labels);
      await annotate(`repaired within ${Math.round(performance.now() - began)} ms`);
    });
  });

  test('is made again with all that it held when it is deleted', async ({ annotate }) => {
    await isReady();
    const before = (await stage.admin.read(kinds.Namespaces, namespace))!;
    const began = performance.now();
    await stage.platform.delete(kinds.Namespaces, before);
    const uid = async () => (await stage.admin.read(kinds.Namespaces, namespace))?.metadata.uid;
    await expect.poll(async () => [undefined, before.metadata.uid].includes(await uid()), { timeout: 60_000, interval: 100 }).toBe(false);
    await isReady();
    await annotate(`made again within ${Math.round(performance.now() - began)} ms`);
    expect(await labels()).toEqual(before.metadata.labels);
    expect((await stage.admin.read(Labs, 'smith'))?.status?.namespaceUID).toBe(await uid());
    for (const child of each) expect([child.name, (await read(child)) !== undefined]).toEqual([child.name, true]);
  });
});

// A definition or a namespace that is deleted all the same, past the policy that refuses it: walls stand, data and reservations stay, nothing is wedged.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LabPolicies, Labs, ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { allowDeletionAnnotation } from '../../../src/api/labels.ts';
import { operatorNamespaceDefault, operatorUser, peopleBindings, policyName, workloadName } from '../../../src/api/names.ts';
import { CustomResourceDefinitions, Namespaces, PersistentVolumes, Pods, RoleBindings, StatefulSets } from '../../../src/kube/kind.ts';
import type { Stored } from '../../../src/kube/object.ts';
import { labPod } from '../../../src/verify/draft.ts';
import type { Scene } from '../../../src/verify/scene.ts';
import { makeWalledLab } from '../../attacks/node/walledlab.ts';
import { waitUntilReady } from '../../demo/ready.ts';
import { until } from '../../demo/until.ts';
import { type Stage, setStage } from './stage.ts';

/** Each test waits for several things that take half a minute on a busy machine. */
vi.setConfig({ testTimeout: 240_000 });

let stage: Stage;
let scene: Scene;
const quiet = { became: () => undefined, waiting: () => undefined };
const soon = { timeoutMs: 60_000, pollMs: 100 };

beforeAll(async () => {
  stage = await setStage();
  scene = await makeWalledLab(stage);
});
afterAll(() => stage?.close());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const read = {
  lab: () => stage.site.client.get(Labs, 'walled'),
  namespace: () => stage.site.client.get(Namespaces, scene.namespace),
  reservations: async () =>
    (await stage.site.client.list(Reservations)).map(({ metadata, spec }) => `${metadata.name} ${spec.holder?.name}`).sort(),
  people: async () =>
    (await stage.site.client.list(RoleBindings, { namespace: scene.namespace })).map(({ metadata }) => metadata.uid).sort(),
};
const readyReason = (object: { status?: { conditions?: { type: string; reason: string }[] } } | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const definition = (plural: string) => `${plural}.bulkhead.science`;

async function deleteDefinition(plural: string): Promise<void> {
  await expect(kubectl('delete', 'crd', definition(plural), '--wait=false')).rejects.toThrow(allowDeletionAnnotation);
  await kubectl('annotate', 'crd', definition(plural), `${allowDeletionAnnotation}=true`);
  await kubectl('delete', 'crd', definition(plural), '--wait=false');
}
const definitionGone = (plural: string) =>
  until(`${plural} to be gone`, async () => !(await stage.site.client.get(CustomResourceDefinitions, definition(plural))), soon);

/** Whether a pod is admitted that the workspace of the lab may run. */
const admitsItsPods = () =>
  stage.site.client.create(Pods, { ...labPod(scene), metadata: { name: 'attempt', namespace: scene.namespace } }, { dryRun: true }).then(
    () => true,
    () => false,
  );

describe('the definition of Labs is deleted', () => {
  let before: { namespace?: Stored<{ metadata: { name: string } }> | undefined; people: string[]; reservations: string[] };
  beforeAll(async () => {
    before = { namespace: await read.namespace(), people: await read.people(), reservations: await read.reservations() };
    await deleteDefinition('labs');
    await until('the lab to be marked', async () => (await read.lab())?.metadata.deletionTimestamp, soon);
  });

  test('labs are held, and say how to be saved', async () => {
    await until('the lab to say so', async () => readyReason(await read.lab()) === 'DefinitionDeleted', soon);
    expect((await read.lab())?.metadata.finalizers).toHaveLength(1);
    expect((await stage.site.client.list(Labs)).map(({ metadata }) => metadata.name)).toEqual(['jones', 'microscopy', 'smith', 'walled']);
  });

  test('their walls stay and are repaired, their people and what they run stay', async () => {
    await kubectl(
      'delete',
      'networkpolicy',
      'bulkhead-default-deny',
      '-n',
      scene.namespace,
      '--as',
      'system:serviceaccount:bulkhead-system:bulkhead',
    );
    await until(
      'the network policy to be back',
      () => kubectl('get', 'networkpolicy', 'bulkhead-default-deny', '-n', scene.namespace),
      soon,
    );
    expect((await read.namespace())?.metadata.uid).toBe(before.namespace?.metadata.uid);
    expect(await read.people()).toEqual(before.people);
    expect(await read.reservations()).toEqual(before.reservations);
    expect(await stage.site.client.get(StatefulSets, workloadName('app'), scene.namespace)).toBeDefined();
  });

  test('without their finalizers they go, and come back as they were when the chart and the Labs are applied again', async () => {
    const saved = (await stage.site.client.list(Labs)).map(({ apiVersion, kind, metadata, spec, status }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name },
      spec: { ...spec, identity: { uid: status!.uid!, gid: status!.gid! } },
    }));
    const uids = (await stage.site.client.list(Labs)).map(({ metadata }) => metadata.uid);
    for (const { metadata } of saved)
      await kubectl('patch', 'lab', metadata.name, '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]');
    await definitionGone('labs');
    await stage.install();
    await kubectl('wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all');
    await stage.cluster.kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: saved }),
    });
    await waitUntilReady(
      stage.site,
      saved.map(({ metadata }) => ({ kind: Labs, name: metadata.name })),
      quiet,
      60_000,
    );
    const after = await stage.site.client.list(Labs);
    expect(after.map(({ metadata }) => metadata.uid)).not.toEqual(uids);
    expect(after.map(({ status }) => status?.uid)).toEqual(saved.map(({ spec }) => spec.identity.uid));
    expect((await read.namespace())?.metadata.uid).toBe(before.namespace?.metadata.uid);
    expect(await read.people()).toEqual(before.people);
    expect(await read.reservations()).toEqual(before.reservations);
  });
});

test('the definition of LabPolicies is deleted: no pod of a lab is admitted until the operator has written them again', async () => {
  expect(await admitsItsPods()).toBe(true);
  await deleteDefinition('labpolicies');
  await definitionGone('labpolicies');
  await until('pods to be refused', async () => !(await admitsItsPods()), soon);
  await stage.install();
  await until('pods to be admitted', admitsItsPods, { timeoutMs: 120_000 });
});

test('the definition of Reservations is deleted: those of every lab that exists are made again', async () => {
  const before = await read.reservations();
  await deleteDefinition('reservations');
  await definitionGone('reservations');
  await stage.install();
  await expect.poll(read.reservations, { timeout: 120_000 }).toEqual(before);
});

test('a lab namespace is deleted: it is made again, guards before people; volumes and reservations stay', async () => {
  const { client } = stage.site;
  const name = 'lab-smith';
  const find = () => client.get(Namespaces, name);
  const { reservations, namespace } = { reservations: await read.reservations(), namespace: await find() };
  const roots = async () =>
    (await client.list(PersistentVolumes)).flatMap(({ spec }) => (spec?.claimRef?.namespace === name ? [spec.nfs?.path] : [])).sort();
  const paths = await roots();
  expect(paths).toContain('/labs/labs/smith/projects');
  await expect(kubectl('delete', 'namespace', name, '--wait=false')).rejects.toThrow('delete the Lab instead');
  // past the policy: with the stolen token of the operator
  await kubectl('delete', 'namespace', name, '--wait=false', '--as', operatorUser(operatorNamespaceDefault));
  const again = await until(
    'another namespace',
    async () => {
      const found = await find();
      return found && found.metadata.uid !== namespace?.metadata.uid && found;
    },
    { timeoutMs: 120_000, pollMs: 20 },
  );
  await waitUntilReady(stage.site, [{ kind: Labs, name: 'smith' }], quiet, 120_000);
  const policy = await client.get(LabPolicies, policyName, name);
  const people = (await client.list(RoleBindings, { namespace: name })).filter(({ metadata }) =>
    Object.values(peopleBindings).some(({ name }) => name === metadata.name),
  );
  expect(people.length).toBeGreaterThan(0);
  for (const { metadata } of people) expect(Number(metadata.resourceVersion)).toBeGreaterThan(Number(policy?.metadata.resourceVersion));
  expect((await find())?.metadata.uid).toBe(again.metadata.uid);
  expect(await read.reservations()).toEqual(reservations);
  await expect.poll(roots).toEqual(paths);
});

test('the definition of ProcessingInstances is deleted: what runs is left alone, and a lab can still be deleted', async () => {
  const { client } = stage.site;
  const workload = () => client.get(StatefulSets, workloadName('app'), scene.namespace);
  const uid = (await workload())?.metadata.uid;
  await deleteDefinition('processinginstances');
  const app = () => client.get(ProcessingInstances, 'app', scene.namespace);
  await until('the instance to say so', async () => readyReason(await app()) === 'DefinitionDeleted', soon);
  expect((await workload())?.metadata.uid).toBe(uid);
  // The owner of the grant stays: then the lab as a whole goes, and its instances with it.
  await kubectl('delete', 'lab', 'walled', '--wait=false');
  await until('the lab to be gone', async () => !(await read.lab()) && !(await read.namespace()), { timeoutMs: 120_000 });
  await definitionGone('processinginstances');
});

// The generated CRDs on a real API server: accepted without a warning, and refusing what they should in words that help.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../../src/api/kinds.ts';
import type { Runtime } from '../../../src/kube/connect.ts';
import type { Kind } from '../../../src/kube/kind.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { runtimeOn } from '../kube/runtime.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';
import { changes, newObjects } from './samples.ts';

const crds = join(import.meta.dirname, '../../../crds');
const apply = ['apply', '--server-side', '--force-conflicts', '-f'];
let plane: ControlPlane;
let kubectl: Kubectl;
let admin: Runtime;

beforeAll(async () => {
  plane = await startControlPlane();
  kubectl = kubectlFor(plane);
  admin = runtimeOn(plane.kubeconfig, { fieldManager: 'test' });
});
afterAll(async () => {
  await admin?.stop();
  await plane?.stop();
});

test('every definition is accepted without a warning and served', () => {
  const answer = kubectl([...apply, crds]);
  expect(answer.errors).toBe('');
  expect(answer.output.match(/serverside-applied/g)).toHaveLength(definitions.length);
  const established = kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
  expect(established.errors).toBe('');
  const problems = kubectl(['get', 'crd', '-o', 'jsonpath={.items[*].status.conditions[?(@.type=="NonStructuralSchema")].message}']);
  expect(problems.output).toBe('');
});

test('applying them again changes nothing', () => {
  const versions = () => kubectl(['get', 'crd', '-o', 'jsonpath={.items[*].metadata.generation}']).output;
  const before = versions();
  kubectl([...apply, crds]);
  expect(versions()).toBe(before);
});

test('kubectl explain prints the descriptions of the schema', () => {
  expect(kubectl(['explain', 'lab.spec.storage']).output).toContain('Never equal to, above or below a root of');
  expect(kubectl(['explain', 'pi.spec.data.from']).output).toContain('Lab that owns the data.');
});

test('a new object says that nobody has looked at it yet', () => {
  kubectl([...apply, '-'], { apiVersion: 'bulkhead.science/v1alpha1', kind: 'Lab', metadata: { name: 'unseen' }, spec: {} });
  const { status } = JSON.parse(kubectl(['get', 'lab', 'unseen', '-o', 'json']).output);
  expect(status).toEqual({
    observedGeneration: -1,
    conditions: [expect.objectContaining({ type: 'Ready', status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' })],
  });
  expect(kubectl(['get', 'bulkhead']).output).toMatch(/unseen +Unknown +Pending/);
});

/** The words of a refusal; undefined when it was accepted. */
const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: Error) => error.message,
  );
const kindOf = ({ kind }: KubeObject) => definitions.find((definition) => definition.kind.kind === kind)!.kind as Kind<KubeObject>;

describe('a new object', () => {
  const create = (object: KubeObject) => refusal(admin.create(kindOf(object), object, { dryRun: true }));
  test.for(Object.entries(newObjects))('%s is refused, its twin is accepted', async ([, { refused, accepted, says }]) => {
    expect(await create(accepted)).toBeUndefined();
    expect(await create(refused)).toContain(says);
  });
});

describe('a change', () => {
  const apply = (object: KubeObject) => refusal(admin.apply(kindOf(object), object));
  test.for(Object.entries(changes))('%s is refused, its twin is accepted', async ([, { before, refused, accepted, says }]) => {
    expect(await apply(before)).toBeUndefined();
    expect(await apply(refused)).toContain(says);
    expect(await apply(accepted)).toBeUndefined();
    const { name, namespace } = before.metadata;
    await admin.delete(kindOf(before), (await admin.read(kindOf(before), name, namespace))!);
  });
});

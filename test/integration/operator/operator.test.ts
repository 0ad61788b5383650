// The operator as the chart runs it: its own process, service account and configuration. Two copies, one of which leads.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { provideHelm } from '../../cluster/helm.ts';
import { type Kubectl, kubectlFor } from '../kubectl.ts';

const root = join(import.meta.dirname, '../../..');
const namespace = 'bulkhead-system';
const apiVersion = 'bulkhead.science/v1alpha1';
const directory = mkdtempSync(join(tmpdir(), 'bulkhead-operator-'));
const kubeconfig = join(directory, 'kubeconfig');
const configuration = join(directory, 'config.yaml');
const copies: ChildProcess[] = [];
let plane: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  const [started, helm] = await Promise.all([startControlPlane({ controllerManager: true }), provideHelm()]);
  plane = started;
  kubectl = kubectlFor(plane);
  const { status, stderr } = spawnSync(
    helm,
    ['install', 'bulkhead', join(root, 'charts/bulkhead'), '--create-namespace', '-n', namespace, '-f', '-'],
    {
      input: JSON.stringify({ replicas: 0, config: { storage: { backends: [{ name: 'gpfs', type: 'hostPath', path: '/gpfs' }] } } }),
      env: { ...process.env, KUBECONFIG: plane.kubeconfig },
      encoding: 'utf8',
    },
  );
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  writeFileSync(configuration, kubectl(['get', 'configmap', 'bulkhead', '-n', namespace, '-o', 'jsonpath={.data.config\\.yaml}']).output);
  const token = kubectl(['create', 'token', 'bulkhead', '-n', namespace]).output;
  const user = { name: 'operator', user: { token } };
  const admin = parse(readFileSync(plane.kubeconfig, 'utf8'));
  const contexts = [{ name: 'operator', context: { cluster: admin.clusters[0].name, user: user.name } }];
  writeFileSync(kubeconfig, stringify({ ...admin, users: [user], contexts, 'current-context': 'operator' }));
});
afterAll(async () => {
  for (const copy of copies) copy.kill('SIGKILL');
  await plane?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** @returns the process and what it has written so far */
function start(podName: string, ...args: string[]) {
  const env = { ...process.env, KUBECONFIG: kubeconfig, POD_NAMESPACE: namespace, POD_NAME: podName };
  const copy = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'src/main.ts'), '--port', '0', '--review-port', '0', ...args], {
    env,
  });
  copies.push(copy);
  const output: string[] = [];
  for (const stream of [copy.stdout, copy.stderr]) stream.on('data', (data: Buffer) => output.push(data.toString()));
  return { copy, output: () => output.join('') };
}
const holder = () => kubectl(['get', 'lease', 'bulkhead', '-n', namespace, '-o', 'jsonpath={.spec.holderIdentity}']).output;
const facilityKey = () => kubectl(['get', 'secret', 'bulkhead-facility-key', '-n', namespace, '-o', 'jsonpath={.data.key}']).output;
const reasonOf = (lab: string) => kubectl(['get', 'lab', lab, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}']).output;
const onboard = (name: string) =>
  kubectl(['create', '-f', '-'], { apiVersion: 'bulkhead.science/v1alpha1', kind: 'Lab', metadata: { name }, spec: {} });
const eventually = { timeout: 20_000, interval: 200 };

test('one copy leads and makes labs; when it is ended the other follows at once, with the same key', async () => {
  const first = start('first', '--config', configuration);
  await expect.poll(holder, eventually).toMatch(/^first_/);
  const key = facilityKey();
  expect(Buffer.from(Buffer.from(key, 'base64').toString(), 'base64')).toHaveLength(32);
  const second = start('second', '--config', configuration);
  onboard('smith');
  await expect.poll(() => reasonOf('smith'), eventually).toBe('Ready');
  expect(holder()).toMatch(/^first_/);

  first.copy.kill('SIGTERM');
  expect(await once(first.copy, 'exit')).toEqual([0, null]);
  await expect.poll(holder, { ...eventually, timeout: 8000 }).toMatch(/^second_/);
  onboard('jones');
  await expect.poll(() => reasonOf('jones'), eventually).toBe('Ready');
  expect(facilityKey()).toBe(key);
  expect(first.output() + second.output()).not.toContain(key);
  second.copy.kill('SIGTERM');
  expect(await once(second.copy, 'exit')).toEqual([0, null]);
  expect(holder()).toBe('');
});

test('CS-3 CS-8 CS-10 labs and instances that want the same get it once, though the leader is killed meanwhile', async () => {
  const patient = { ...eventually, timeout: 90_000 };
  const leader = start('doomed', '--config', configuration);
  await expect.poll(holder, patient).toMatch(/^doomed_/);
  const heir = start('heir', '--config', configuration);
  const lab = (name: string, path: string, identity?: object) => ({
    apiVersion,
    kind: 'Lab',
    metadata: { name },
    spec: { storage: [{ name: 'data', backend: 'gpfs', path }], ...(identity && { identity }) },
  });
  const rivals = {
    path: [lab('same-a', 'dept/one'), lab('same-b', 'dept/one'), lab('above', 'dept'), lab('below', 'dept/one/two')],
    identity: [
      lab('id-a', 'id-a', { uid: 5000, gid: 5001 }),
      lab('id-b', 'id-b', { uid: 5000, gid: 5000 }),
      lab('id-c', 'id-c', { uid: 5002, gid: 5001 }),
    ],
  };
  kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items: [...rivals.path, ...rivals.identity] });
  await expect.poll(() => kubectl(['get', 'reservations', '-o', 'name']).output, patient).not.toBe('');
  leader.copy.kill('SIGKILL');
  const reasons = (labs: { metadata: { name: string } }[]) => labs.map(({ metadata }) => reasonOf(metadata.name)).sort();
  await expect.poll(() => reasons(rivals.path), patient).toEqual(['PathTaken', 'PathTaken', 'PathTaken', 'Ready']);
  // Whoever is first to both of its ids: one or two of them, never three, and none shares an id with another.
  await expect.poll(() => reasons(rivals.identity).filter((reason) => reason === 'IdentityTaken').length, patient).toBeGreaterThan(0);
  const identities = JSON.parse(kubectl(['get', 'labs', '-o', 'json']).output).items.flatMap(
    ({ status }: { status?: { uid?: number; gid?: number } }) => (status?.uid === undefined ? [] : [status]),
  );
  for (const id of ['uid', 'gid'] as const) {
    const ids = identities.map((status: Record<'uid' | 'gid', number>) => status[id]);
    expect(new Set(ids).size).toBe(ids.length);
  }

  for (const owner of ['miller', 'wright']) {
    onboard(owner);
    await expect.poll(() => reasonOf(owner), patient).toBe('Ready');
  }
  const secret = { apiVersion: 'v1', kind: 'Secret', stringData: { id: 'L-1' } };
  const spec = { license: { secretRef: { name: 'license', key: 'id' } } };
  for (const owner of ['miller', 'wright']) {
    const metadata = { name: 'license', namespace: `lab-${owner}` };
    kubectl(['create', '-f', '-'], { ...secret, metadata });
    kubectl(['create', '-f', '-'], { apiVersion, kind: 'ProcessingInstance', metadata: { ...metadata, name: 'relion' }, spec });
  }
  const ready = '-o=jsonpath={.status.conditions[?(@.type=="Ready")].reason}';
  const licensed = () => ['miller', 'wright'].map((owner) => kubectl(['get', 'pi', 'relion', '-n', `lab-${owner}`, ready]).output).sort();
  await expect.poll(licensed, patient).toEqual(['LicenseInUse', 'Workspace']);
  heir.copy.kill('SIGTERM');
  await once(heir.copy, 'exit');
}, 300_000);

test('a wrong configuration is named, and the process ends', async () => {
  const wrong = join(directory, 'wrong.yaml');
  writeFileSync(wrong, 'image: operator:1\nports: {first: 80, last: 90, blockSize: 16}\n');
  const { copy, output } = start('wrong', '--config', wrong);
  expect(await once(copy, 'exit')).toEqual([1, null]);
  expect(output()).toContain('ports.first: Too small: expected number to be >=1024 (is 80)');
  expect(output()).not.toContain('    at ');
});

test('a damaged key of the facility stops the operator before it could lock a database', async () => {
  kubectl(['patch', 'secret', 'bulkhead-facility-key', '-n', namespace, '-p', '{"data":{"key":"c2hvcnQ="}}']);
  const { copy, output } = start('locked', '--config', configuration);
  expect(await once(copy, 'exit')).toEqual([1, null]);
  expect(output()).toContain('must hold 32 bytes in base64 under "key"');
});

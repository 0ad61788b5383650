// `kubectl bulkhead uninstall` against a real API server with the operator and controllers: the plan, the refusals, the order, the end, and the way back
// by the inventory.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { DataGrants, Labs, ProcessingInstances, Reservations } from '../../../src/api/kinds.ts';
import { operatorNamespaceDefault, operatorUser, peopleBindings } from '../../../src/api/names.ts';
import { CustomResourceDefinitions, Namespaces } from '../../../src/kube/kind.ts';
import { makeWalledLab } from '../../attacks/node/walledlab.ts';
import { AuditLog, isWrite } from '../../bench/auditlog.ts';
import { CommandError, run } from '../../cluster/command.ts';
import { projectDirectory } from '../../cluster/directories.ts';
import { waitUntilReady } from '../../demo/ready.ts';
import { until } from '../../demo/until.ts';
import { type Stage, setStage } from './stage.ts';

/** Each test waits for several things that take half a minute on a busy machine. */
vi.setConfig({ testTimeout: 240_000 });

let stage: Stage;
let directory: string;
const quiet = { became: () => undefined, waiting: () => undefined };
const inventoryFile = () => join(directory, 'labs.yaml');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bulkhead-uninstall-'));
  stage = await setStage();
  await makeWalledLab(stage);
});
afterAll(async () => {
  await stage?.close();
  await rm(directory, { recursive: true, force: true });
});

/** The command as a user runs it. */
async function uninstall(...flags: string[]): Promise<{ exitCode: number; output: string }> {
  try {
    const env = { KUBECONFIG: stage.cluster.kubeconfig };
    return { exitCode: 0, output: await run(join(projectDirectory, 'bin/kubectl-bulkhead'), ['uninstall', ...flags], { env }) };
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
const names = async (kinds: string, ...flags: string[]) =>
  (await stage.cluster.kubectl(['get', kinds, '-o', 'name', ...flags])).split('\n').filter((name) => name.includes('bulkhead'));
const rights = 'clusterroles,clusterrolebindings,storageclasses';
const walls = 'validatingadmissionpolicies,validatingadmissionpolicybindings';
const reservations = async () =>
  (await stage.site.client.list(Reservations)).map(({ metadata, spec }) => `${metadata.name} ${spec.holder?.name}`).sort();

describe('before anything is taken away', () => {
  test('the plan names what goes, in its order, and where the data lies, and whose it is', async () => {
    const { exitCode, output } = await uninstall('--dry-run', '--inventory', inventoryFile());
    expect(exitCode).toBe(0);
    const order = ['1. Labs', '2. The operator', '3. Definitions', '4. Cluster roles', '5. Admission policies', 'This stays:'];
    expect(order.map((title) => output.indexOf(title))).toEqual(order.map((title) => output.indexOf(title)).sort((a, b) => a - b));
    expect(output.indexOf('1. Labs')).toBeGreaterThan(0);
    expect(output).toContain('Lab walled: 4 people, 2 instances, 2 grants, namespace lab-walled');
    expect(output).toMatch(
      /files of lab walled, root projects: facility:labs\/walled at files\.uni\.example:\/labs\/labs\/walled \(uid \d+, gid \d+\)/,
    );
    expect(output).toContain('helm uninstall bulkhead --namespace bulkhead-system');
    expect(await stage.site.client.list(Labs)).toHaveLength(4);
  });

  test('a user without the rights is told which are missing', async () => {
    const { exitCode, output } = await uninstall('--yes', '--as', 'facility@uni.example');
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('list validatingadmissionpolicies.admissionregistration.k8s.io'),
    });
    expect(output).not.toContain('list labs.bulkhead.science\n');
  });

  test('nobody is asked where there is no terminal', async () => {
    expect(await uninstall()).toMatchObject({ exitCode: 1, output: expect.stringContaining('give --yes') });
  });

  test('without an operator at work it refuses, and nothing is half gone', async () => {
    await stage.stopOperator();
    const { exitCode, output } = await uninstall('--yes');
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('no operator in namespace bulkhead-system'),
    });
    await stage.startOperator();
  });

  test('no Lab was touched', async () => {
    expect((await stage.site.client.list(Labs)).filter(({ metadata }) => metadata.deletionTimestamp)).toEqual([]);
  });
});

describe('with a Helm release', () => {
  let before: string[];
  beforeAll(async () => {
    before = await reservations();
  });

  test('it takes labs down, people first, and then asks for helm uninstall', async () => {
    const audit = new AuditLog(stage.plane.auditLog);
    await audit.skip();
    const { exitCode, output } = await uninstall('--yes');
    expect({ exitCode, output }).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('no lab is left. Not finished: the operator is a Helm release'),
    });
    expect(await stage.site.client.list(Labs)).toEqual([]);
    expect(await stage.site.client.list(Namespaces, { labelSelector: 'bulkhead.science/lab' })).toEqual([]);
    expect((await names(walls)).length).toBeGreaterThan(20);

    const deletions = (await audit.read()).filter((request) => isWrite(request) && request.verb === 'delete' && request.code < 300);
    const byOperator = deletions.filter(({ user }) => user === operatorUser(operatorNamespaceDefault));
    const at = (object: string) => byOperator.findIndex((request) => request.object === object);
    const people = Object.values(peopleBindings)
      .map(({ name }) => at(`lab-walled/${name}`))
      .filter((index) => index >= 0);
    expect(people.length).toBeGreaterThan(0);
    for (const later of ['lab-walled/app', 'lab-walled/work', 'lab-walled/shared', 'lab-walled/lab-walled'])
      for (const earlier of people) expect(at(later), later).toBeGreaterThan(earlier);
    for (const earlier of ['lab-walled/app', 'lab-walled/work', 'lab-walled/shared'])
      expect(at('lab-walled/lab-walled')).toBeGreaterThan(at(earlier));
  });

  test('repeated, it takes away the rest: definitions and rights before walls; only what keeps data safe stays', async () => {
    await stage.stopOperator();
    await stage.uninstall();
    const audit = new AuditLog(stage.plane.auditLog);
    await audit.skip();
    expect(await uninstall('--yes')).toMatchObject({ exitCode: 0, output: expect.stringContaining('files of the former lab walled') });
    expect(await names(`${rights},${walls}`)).toEqual([]);
    expect((await names('crd')).map((name) => name.split('/')[1])).toEqual(['reservations.bulkhead.science']);
    expect((await reservations()).filter((name) => !name.startsWith('ports-'))).toEqual(
      before.filter((name) => !name.startsWith('ports-')),
    );
    expect(await stage.site.client.get(Namespaces, operatorNamespaceDefault)).toBeDefined();

    const resources = (await audit.read())
      .filter((request) => isWrite(request) && request.verb === 'delete')
      .map(({ resource }) => resource);
    const wallIndex = resources.findIndex((resource) => resource.startsWith('validatingadmission'));
    for (const earlier of ['customresourcedefinitions', 'clusterroles', 'storageclasses']) {
      expect(resources).toContain(earlier);
      expect(resources.lastIndexOf(earlier)).toBeLessThan(wallIndex);
    }
  });

  test('once more, it finds nothing to do', async () => {
    expect(await uninstall('--yes')).toMatchObject({ exitCode: 0, output: expect.stringContaining('Nothing of Bulkhead is left') });
  });
});

describe('a later installation', () => {
  test('gives every lab of the inventory its ids and roots back', async () => {
    await stage.install();
    await stage.cluster.kubectl(['wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all']);
    await stage.startOperator();
    const saved = parseAllDocuments(await readFile(inventoryFile(), 'utf8')).flatMap((document) => document.toJS() ?? []);
    const labs = saved.filter(({ kind }) => kind === 'Lab');
    expect(labs).toHaveLength(4);
    const apply = () => stage.cluster.kubectl(['apply', '--server-side', '-f', inventoryFile()]);
    await apply().catch(() => undefined); // what lives in namespaces of labs has none yet
    await waitUntilReady(
      stage.site,
      labs.map(({ metadata }) => ({ kind: Labs, name: metadata.name })),
      quiet,
      120_000,
    );
    await until('everything to be admitted', () => apply(), { timeoutMs: 60_000 });
    const found = await stage.site.client.list(Labs);
    expect(found.map(({ status }) => ({ uid: status?.uid, gid: status?.gid }))).toEqual(labs.map(({ spec }) => spec.identity));
    const inNamespaces = saved.filter(({ metadata }) => metadata.namespace);
    expect(inNamespaces).toHaveLength(5);
    await waitUntilReady(
      stage.site,
      inNamespaces.map(({ kind, metadata }) => ({ kind: kind === 'DataGrant' ? DataGrants : ProcessingInstances, ...metadata })),
      quiet,
      120_000,
    );
  });
});

describe('without a Helm release', () => {
  test('one run takes everything away, the reservations too when they are to be forgotten', async () => {
    await stage.stopOperator();
    await stage.uninstall();
    await stage.cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-n', operatorNamespaceDefault, '-f', '-'], {
      input: await stage.rendered(),
    });
    await stage.startOperator();
    const { exitCode, output } = await uninstall('--yes', '--forget-reservations');
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining('Bulkhead is gone') });
    expect(await names(`${rights},${walls},crd`)).toEqual([]);
    expect(await names('deployments,services,configmaps,serviceaccounts,roles,rolebindings', '-n', operatorNamespaceDefault)).toEqual([]);
    expect(await stage.site.client.list(CustomResourceDefinitions)).toEqual([]);
  });
});

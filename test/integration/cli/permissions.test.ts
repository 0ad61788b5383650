// The permission tools on a real API server with the operator: what they read, what they say to people with few rights, and that they write nothing.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { DataGrants, Labs, ProcessingInstances } from '../../../src/api/kinds.ts';
import { ConfigMaps, ValidatingAdmissionPolicies } from '../../../src/kube/kind.ts';
import { projectDirectory } from '../../cluster/directories.ts';
import { makeLab, type Stage, setStage } from '../lab/stage.ts';

let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-tools-'));
  stage = await setStage({ access: { admins: { users: ['root@uni'], groups: [] }, allowAnonymous: false } });
  await makeLab(stage, 'smith', {
    members: [
      { user: 'pi@uni', roles: ['full-read-write'] },
      { user: 'vic@uni', roles: ['read-only'] },
    ],
  });
  await makeLab(stage, 'jones', { members: [{ user: 'eve@uni', roles: ['full-read-write'] }] });
  for (const lab of ['smith', 'jones'])
    await vi.waitFor(
      async () => {
        const conditions = (await stage.admin.read(Labs, lab))?.status?.conditions;
        expect(conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
      },
      { timeout: 60_000, interval: 200 },
    );
  await stage.admin.apply(DataGrants, {
    apiVersion: DataGrants.apiVersion,
    kind: DataGrants.kind,
    metadata: { name: 'to-jones', namespace: 'lab-smith' },
    spec: { volume: 'projects', paths: ['p1'], subjects: [{ kind: 'Lab', name: 'jones' }], expiresAt: '2040-01-01T00:00:00Z' },
  });
  await stage.admin.apply(ProcessingInstances, {
    apiVersion: ProcessingInstances.apiVersion,
    kind: ProcessingInstances.kind,
    metadata: { name: 'viewer', namespace: 'lab-jones' },
    spec: { data: [{ from: { lab: 'smith', grant: 'to-jones' }, path: 'p1', mountPath: '/in' }] },
  });
});
afterAll(async () => {
  await stage?.end();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  exitCode: number;
  output: string;
  /** Standard error: notes, and what went wrong. */
  errors: string;
}

/** The plugin as a user runs it. */
const bulkhead = (args: string[], kubeconfig = stage.plane.kubeconfig): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const child = execFile(join(projectDirectory, 'bin/kubectl-bulkhead'), args, { env }, (_, output, errors) =>
      resolve({ exitCode: child.exitCode ?? 1, output, errors }),
    );
  });

/** A kubeconfig of somebody: the API server takes the requests for theirs. */
async function kubeconfigOf(user: string): Promise<string> {
  const config = parse(await readFile(stage.plane.kubeconfig, 'utf8')) as { users: { user: object }[] };
  const file = join(folder, `${user}.yaml`);
  await writeFile(file, stringify({ ...config, users: config.users.map((one) => ({ ...one, user: { ...one.user, as: user } })) }));
  return file;
}

test('can-i reads labs, grants and facility administrators; yes is 0, no is 1, a mistake is 2', async () => {
  expect(await bulkhead(['can-i', 'read', 'smith:projects/p1/x', '--as', 'eve@uni'])).toEqual({
    exitCode: 0,
    output: 'eve@uni may read smith:projects/p1/x: DataGrant smith/to-jones gives it\n',
    errors: '',
  });
  expect(await bulkhead(['can-i', 'read', 'smith:projects/p2', '--as', 'eve@uni'])).toMatchObject({ exitCode: 1 });
  expect(await bulkhead(['can-i', 'delete', 'smith:projects', '--as', 'root@uni'])).toMatchObject({ exitCode: 0 });
  expect(await bulkhead(['can-i', 'read', 'smyth:projects', '--as', 'eve@uni'])).toMatchObject({ exitCode: 2 });
});

test('somebody asks about oneself, and reads only what one may: the answer says what it does not rest on', async () => {
  const { exitCode, output } = await bulkhead(['can-i', 'share', 'smith:projects'], await kubeconfigOf('pi@uni'));
  expect({ exitCode, output }).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('pi@uni may share smith:projects: a member of lab smith'),
  });
  const strange = await bulkhead(['can-i', 'read', 'smith:projects'], await kubeconfigOf('eve@uni'));
  expect(strange).toMatchObject({ exitCode: 2, errors: expect.stringContaining('you may not read lab smith') });
});

test('what is not read is said', async () => {
  const who = ['who-can', 'read', 'smith:projects'];
  const all = await bulkhead(who);
  expect([all.errors, all.output]).toEqual(['', expect.stringContaining('root@uni')]);
  const few = await bulkhead([...who, '--operator-namespace', 'elsewhere']);
  expect(few).toMatchObject({
    exitCode: 0,
    errors: expect.stringContaining('note: not read: namespace elsewhere has no ConfigMap bulkhead'),
  });
  expect(few.output).not.toContain('root@uni');
  const own = await bulkhead(who, await kubeconfigOf('pi@uni'));
  expect(own).toMatchObject({ exitCode: 0, output: expect.stringContaining('vic@uni') });
  expect(own.errors).toContain('note: not read: labs: you may read only smith');
});

test('a plain member reads the exported policy instead of the Lab', async () => {
  const own = await kubeconfigOf('vic@uni');
  await vi.waitFor(
    async () => {
      const policy = await stage.admin.read(ConfigMaps, 'access-policy', 'lab-smith');
      expect(policy?.data?.['policy.json']).toContain('to-jones');
    },
    { timeout: 20_000, interval: 200 },
  );
  const note =
    /note: not read: lab smith itself: the answer rests on its exported policy \(ConfigMap lab-smith\/access-policy, last changed 20/;
  const may = await bulkhead(['can-i', 'read', 'smith:projects/p1'], own);
  expect(may).toMatchObject({
    exitCode: 0,
    output: 'vic@uni may read smith:projects/p1: a member of lab smith with role read-only\n',
    errors: expect.stringMatching(note),
  });
  // Whom lab jones holds is its own business.
  const jones = ['can-i', 'read', 'smith:projects/p1', '--as', 'eve@uni'];
  expect([(await bulkhead(jones)).exitCode, (await bulkhead(jones, own)).exitCode]).toEqual([0, 1]);
  expect((await bulkhead(['can-i', 'read', 'smith:raw'], own)).errors).toContain('it has: projects');
});

test.for([
  ['write', 'vic@uni', 1],
  ['share', 'pi@uni', 0],
  ['delete', 'root@uni', 0],
  ['read', 'who@uni', 1],
] as const)('to a plain member can-i %s for %s says what it says to an administrator', async ([verb, user, exitCode]) => {
  const question = ['can-i', verb, 'smith:projects/p1', '--as', user];
  const asMember = await bulkhead(question, await kubeconfigOf('vic@uni'));
  expect({ ...asMember, errors: '' }).toEqual({ exitCode, output: (await bulkhead(question)).output, errors: '' });
});

test('a plain member sees who may what in the own lab, and its status', async () => {
  const own = await kubeconfigOf('vic@uni');
  const who = await bulkhead(['who-can', 'read', 'smith:projects'], own);
  expect(who).toMatchObject({ exitCode: 0, output: (await bulkhead(['who-can', 'read', 'smith:projects'])).output });
  expect(await bulkhead(['explain', 'smith:projects/p1'], own)).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/to-jones +Active +gives read to Lab jones +no +2040/),
  });
  expect(await bulkhead(['matrix', 'smith'], own)).toMatchObject({ exitCode: 0, output: expect.stringMatching(/vic@uni +rxf/) });
  expect(await bulkhead(['status', 'smith'], own)).toMatchObject({ exitCode: 0, output: expect.stringContaining('2 people in, 0 out') });
});

test.for(['who@uni', 'eve@uni'])('%s, who is not of the lab, gets no answer about it', async (user) => {
  const stranger = await kubeconfigOf(user);
  for (const command of [
    ['can-i', 'read', 'smith:projects'],
    ['who-can', 'read', 'smith:projects'],
    ['explain', 'smith:projects'],
    ['matrix', 'smith'],
    ['status', 'smith'],
  ])
    expect(await bulkhead(command, stranger), command.join(' ')).toMatchObject({
      exitCode: command[0] === 'can-i' ? 2 : 1,
      output: '',
      errors: expect.stringContaining('Error from server (Forbidden): you may not read lab smith'),
    });
});

test('the matrix and the status of a lab', async () => {
  expect((await bulkhead(['matrix', 'smith'])).output).toMatch(
    /jones\/viewer +everybody in the lab +the facility +\/in +smith\/to-jones: p1, ReadOnly, until 2040-01-01T00:00:00Z/,
  );
  expect((await bulkhead(['matrix', 'smith', '-o', 'html'])).output).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  expect((await bulkhead(['status'])).output).toMatch(/smith +yes +yes +2 +0 +0\/0 +1\/1 +2040-01-01T00:00:00Z grant to-jones ends/);
  expect((await bulkhead(['status', 'smith'])).output).toMatch(/Isolated +True/);
});

test('plan says what a file would do, and does nothing', async () => {
  const file = join(folder, 'grant.yaml');
  const grant = (await stage.admin.read(DataGrants, 'to-jones', 'lab-smith'))!;
  const { apiVersion, kind } = DataGrants;
  await writeFile(
    file,
    stringify({
      apiVersion,
      kind,
      metadata: { name: 'to-jones', namespace: 'lab-smith' },
      spec: { ...grant.spec, subjects: [{ kind: 'User', name: 'vic@uni' }] },
    }),
  );
  const { exitCode, output } = await bulkhead(['plan', '-f', file]);
  expect({ exitCode, output }).toMatchObject({
    exitCode: 2,
    output: expect.stringMatching(/everybody in lab jones \(1 person\) +smith:projects\/p1 +read/),
  });
  expect(output).toMatch(/jones\/viewer +loses +\/in/);
  expect((await bulkhead(['plan', '-f', file, '--delete'])).exitCode).toBe(2);
  expect((await stage.admin.read(DataGrants, 'to-jones', 'lab-smith'))?.metadata.resourceVersion).toBe(grant.metadata.resourceVersion);
  await writeFile(
    file,
    stringify({ apiVersion, kind, metadata: { name: 'to-jones', namespace: 'lab-smith' }, spec: { ...grant.spec, volume: 'other' } }),
  );
  expect(await bulkhead(['plan', '-f', file])).toMatchObject({ exitCode: 1, errors: expect.stringContaining('volume is immutable') });
  // A policy is not enough to say what others lose.
  const member = await bulkhead(['plan', '-f', file], await kubeconfigOf('vic@uni'));
  expect(member).toMatchObject({ exitCode: 1, output: '', errors: expect.stringContaining('you may not read lab smith') });
});

test('doctor finds what the chart installs as it is, and a policy that was changed', async () => {
  const before = await bulkhead(['doctor', '-o', 'json']);
  const found = JSON.parse(before.output) as { name: string; verdict: string; found: string }[];
  const verdicts = Object.fromEntries(found.map(({ name, verdict }) => [name, verdict]));
  expect(verdicts).toMatchObject({
    Kubernetes: 'ok',
    Definitions: 'ok',
    'Admission policies': 'ok',
    Configuration: 'ok',
    'Facility administrators': 'ok',
    'Storage backends': 'ok',
    'Node ports': 'ok',
    Nodes: 'warn', // there are none here
    'Pod Security': 'ok',
    Labs: 'ok',
  });
  const policy = (await stage.admin.read(ValidatingAdmissionPolicies, 'bulkhead-pods'))!;
  stage.kubectl(['patch', 'validatingadmissionpolicy', 'bulkhead-pods', '--type=merge', '-p', '{"spec":{"failurePolicy":"Ignore"}}']);
  try {
    const after = await bulkhead(['doctor']);
    expect(after).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/Admission policies +FAIL +ValidatingAdmissionPolicy bulkhead-pods differs in spec\.failurePolicy/),
    });
  } finally {
    stage.kubectl([
      'patch',
      'validatingadmissionpolicy',
      'bulkhead-pods',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { failurePolicy: policy.spec?.failurePolicy } }),
    ]);
  }
});

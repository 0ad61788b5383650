// `kubectl bulkhead verify` as an administrator runs it, on a node with real labs: everything green, then a wall is missing and it says so.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../../src/verify/report.ts';
import type { Result, Verdict } from '../../../src/verify/verdict.ts';
import { projectDirectory } from '../../cluster/directories.ts';
import { until } from '../../demo/until.ts';
import { type Facility, standingFacility } from '../../e2e/facility.ts';

type Printed = Report & { clean: boolean; labs: { counts: Record<Verdict, number> }[] };

let facility: Facility;
let folder: string;

beforeAll(async () => {
  facility = await standingFacility();
  folder = await mkdtemp(path.join(tmpdir(), 'bulkhead-verify-'));
});
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
  await facility?.close();
});

interface Run {
  code: number | null;
  output: string;
  errors: string;
}

const verify = (...args: string[]) =>
  new Promise<Run>((resolve, reject) => {
    const child = spawn(path.join(projectDirectory, 'bin/kubectl-bulkhead'), ['verify', ...args], {
      env: { ...process.env, KUBECONFIG: facility.cluster.kubeconfig },
    });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once('error', reject).once('close', (code) => resolve({ code, output, errors }));
  });
const verified = async (...args: string[]) => {
  const run = await verify('--output', 'json', ...args);
  return { ...run, report: JSON.parse(run.output || 'null') as Printed };
};
const bad = ({ verdict }: Result) => !['Refused', 'RefusedByAnother', 'NotTried'].includes(verdict);

test('every attack on a lab is refused, and the command ends with 0', async () => {
  const file = path.join(folder, 'report.md');
  const { code, errors, report } = await verified('--lab', 'smith', '--report', file);
  const [lab] = report.labs;
  expect(lab?.results.filter(bad)).toEqual([]);
  expect({ code, errors, clean: report.clean }).toEqual({ code: 0, errors: '', clean: true });
  expect(report).toMatchObject({ kubernetes: expect.stringMatching(/^v1[.]\d+/), server: expect.stringMatching(/^https:/) });
  expect(lab?.counts.Refused).toBeGreaterThan(500);
  const markdown = await readFile(file, 'utf8');
  expect(markdown).toContain('| result | passed |');
  for (const { id } of lab?.results ?? []) expect(markdown).toContain(`| ${id} |`);
});

test('attacks that a lab gives no occasion for are named as not tried', async () => {
  const { output, code } = await verify('--lab', 'microscopy');
  expect(code, output).toBe(0);
  expect(output).toMatch(/Not tried: \d+ of \d+ attacks/);
  expect(output).toContain('the lab has no database');
});

test('nothing is stored and nothing secret is said', async () => {
  const names = async () => await facility.cluster.kubectl(['get', 'all,secrets,pvc,networkpolicies,rolebindings', '-A', '-o', 'name']);
  const before = await names();
  const { output } = await verify('--all', '--output', 'markdown');
  expect(await names()).toBe(before);
  const secrets = await facility.cluster.kubectl(['get', 'secrets', '-A', '-o', 'json']);
  const values = (JSON.parse(secrets) as { items: { data?: Record<string, string> }[] }).items.flatMap(({ data = {} }) =>
    Object.values(data),
  );
  expect(values.length).toBeGreaterThan(0);
  const isSecret = (text: string) => text.length >= 16; // names of users and databases are no secrets
  for (const value of values)
    for (const text of [value, Buffer.from(value, 'base64').toString()].filter(isSecret)) expect(output.includes(text)).toBe(false);
});

test('a wall that is missing is seen, and the command ends with 1 until it is back', async () => {
  const { cluster } = facility;
  const binding = await cluster.kubectl(['get', 'validatingadmissionpolicybinding', 'bulkhead-managed-kinds', '-o', 'json']);
  await cluster.kubectl(['delete', 'validatingadmissionpolicybinding', 'bulkhead-managed-kinds']);
  try {
    await until('the API server to forget the binding', async () => (await verify('--lab', 'smith')).code === 1, { timeoutMs: 60_000 });
    const { output } = await verify('--lab', 'smith');
    expect(output).toMatch(/✗ bulkhead-managed-kinds /);
    expect(output).toMatch(/✗ KND-[0-9a-f]{6} {2}ADMITTED {2}bulkhead-managed-kinds: an administrator of the cluster opens the network/);
    expect(output).toMatch(/✓ bulkhead-pods /);
    expect(output).toContain('not every wall stands');
  } finally {
    const { metadata, ...rest } = JSON.parse(binding) as { metadata: Record<string, unknown> };
    const { name, labels, annotations } = metadata;
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ ...rest, metadata: { name, labels, annotations } }),
    });
  }
  await until('the wall to stand again', async () => (await verify('--lab', 'smith')).code === 0, { timeoutMs: 120_000 });
});

test.for(
  Object.entries({
    'a lab that does not exist': { args: ['--lab', 'nobody'], says: 'there is no such lab; Ready are: ' },
    'a format that does not exist': { args: ['--output', 'yaml'], says: 'give one of table, wide, markdown, json' },
    'an operator that is elsewhere': { args: ['--operator-namespace', 'default'], says: 'has no ConfigMap "bulkhead"' },
    'a context that does not exist': { args: ['--context', 'none'], says: 'context "none" does not exist' },
  }),
)('it ends with 2 and says why for %s', async ([, { args, says }]) => {
  const { code, errors } = await verify(...args);
  expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining(says) });
});

test('it ends with 2 and names the missing right for somebody who may not impersonate', async () => {
  const file = path.join(folder, 'member.kubeconfig');
  const { cluster } = facility;
  // impersonation is a right that is asked of the impersonated one as well: this user has none
  const config = JSON.parse(await cluster.kubectl(['config', 'view', '--raw', '-o', 'json'])) as {
    users: { user: Record<string, unknown> }[];
  };
  for (const { user } of config.users) user.as = 'ada.lin@uni.example';
  await writeFile(file, JSON.stringify(config));
  const { code, errors } = await verify('--kubeconfig', file);
  expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining('you may not impersonate users, impersonate groups') });
});

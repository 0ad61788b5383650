// The end of the facility, on a node with real files: nothing that happens to Bulkhead touches a byte of them. The last chapter: test/sequencer.ts.
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Labs } from '../../src/api/kinds.ts';
import { operatorName, operatorNamespaceDefault } from '../../src/api/names.ts';
import { Namespaces, ValidatingAdmissionPolicies } from '../../src/kube/kind.ts';
import { CommandError, run } from '../cluster/command.ts';
import { projectDirectory } from '../cluster/directories.ts';
import { toolbox } from '../cluster/images/catalogue.ts';
import { installChart } from '../demo/steps/install.ts';
import { bulkheadRun } from '../demo/steps/relion.ts';
import { groundOf } from '../demo/steps/values.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility, withLocalBackend } from './facility.ts';

/** Taking the whole facility down took 117 s on a busy machine. */
vi.setConfig({ testTimeout: 600_000 });

let facility: Facility;
let before: string;
const asMember = ['-n', 'lab-smith', '--as-instance', 'relion', '--as', 'ada.lin@uni.example', '--image', toolbox.reference];

beforeAll(async () => {
  facility = await standingFacility();
  await until('the workspace of lab smith to run Jobs', async () => (await say('true')).exitCode === 0, { timeoutMs: 120_000 });
  before = await inventory();
  expect(before).toContain('movie-001.mrcs');
});
afterAll(() => facility?.close());

const say = (script: string) => bulkheadRun(facility.site, asMember, ['sh', '-c', script]);
/** Path, mode, owner and checksum of every file of the example labs that nobody writes to any more. */
const inventory = async () =>
  [await facility.storage.inventory('microscopy/raw'), await facility.storage.inventory('labs/smith/projects')].join('\n');

async function uninstall(...flags: string[]): Promise<{ exitCode: number; output: string }> {
  try {
    const env = { KUBECONFIG: facility.cluster.kubeconfig };
    return { exitCode: 0, output: await run(path.join(projectDirectory, 'bin/kubectl-bulkhead'), ['uninstall', ...flags], { env }) };
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
const helmUninstall = () => facility.cluster.helm(['uninstall', operatorName, '--namespace', operatorNamespaceDefault, '--wait']);

test('after helm uninstall members work on as before, behind the same walls, and no file has changed', async () => {
  await helmUninstall();
  expect(await inventory()).toBe(before);
  expect((await say('ls /data/raw/krios-0512')).output).toContain('movie-001.mrcs');
  expect((await say('touch /data/raw/krios-0512/mine')).exitCode).not.toBe(0);
  expect(await inventory()).toBe(before);
});

test('after kubectl bulkhead uninstall nothing of Bulkhead is left, and no file has changed', async () => {
  await installChart(facility.site, withLocalBackend((await groundOf(facility.cluster)).values));
  const first = await uninstall('--yes', '--timeout', '2m');
  expect(first).toMatchObject({ exitCode: 1, output: expect.stringContaining('no lab is left') });
  expect(await facility.site.client.list(Labs)).toEqual([]);
  expect(await facility.site.client.list(Namespaces, { labelSelector: 'bulkhead.science/lab' })).toEqual([]);
  await helmUninstall();
  expect(await uninstall('--yes')).toMatchObject({ exitCode: 0, output: expect.stringContaining('every file is where it was') });
  const policies = (await facility.site.client.list(ValidatingAdmissionPolicies)).map(({ metadata }) => metadata.name);
  expect(policies.filter((name) => name.startsWith('bulkhead-'))).toEqual([]);
  expect(await inventory()).toBe(before);
});

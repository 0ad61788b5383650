// What the tools say about a facility is what happens in it, on a real node: pods that `plan` foretells end, and no others; `doctor` names what is broken;
// answers agree with RBAC; the policy in a running pod becomes new; a pod asks who may do what, through the walls of its lab.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, type DataGrant, DataGrants, type Lab, Labs, type ProcessingInstance } from '../../src/api/kinds.ts';
import { accessPolicyName, policyFile } from '../../src/api/names.ts';
import type { Plan } from '../../src/cli/plan/plan.ts';
import { planText } from '../../src/cli/plan/text.ts';
import { ConfigMaps, Jobs, type Pod, Pods } from '../../src/kube/kind.ts';
import type { Stored } from '../../src/kube/object.ts';
import { memberOf } from '../attacks/node/cast.ts';
import { type JobPodSpec, runAs, startJob } from '../attacks/node/job.ts';
import { toolbox } from '../cluster/images/catalogue.ts';
import { bulkhead } from '../demo/bulkhead.ts';
import { waitUntilReady } from '../demo/ready.ts';
import { applyObjects, identityOf } from '../demo/steps/facility.ts';
import { upgradeChart } from '../demo/steps/install.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';
import { dataMounted, grantIn, instanceIn } from './instances.ts';

const [lab, namespace, owner] = ['atlas', 'lab-atlas', 'microscopy'];
const [lead, ana, ben] = ['lead@atlas.example', memberOf(lab), 'ben@atlas.example'];
const root = 'labs/atlas';
const quiet = { became: () => undefined, waiting: () => undefined };

const atlas = (roleOfBen: string): Lab => ({
  apiVersion,
  kind: 'Lab',
  metadata: { name: lab },
  spec: {
    members: [
      { user: lead, roles: ['full-read-write'] },
      { user: ana, roles: ['basic-read-write'] },
      { user: ben, roles: [roleOfBen] },
    ],
    storage: [{ name: 'projects', backend: 'facility', path: root }],
    quota: { cpu: '2', memory: '4Gi', pods: 20 },
  },
});
const scans = (expiresAt?: string): DataGrant =>
  grantIn(owner, 'scans', { volume: 'raw', paths: ['scans'], subjects: [{ kind: 'Lab', name: lab }], ...(expiresAt && { expiresAt }) });
const [end, earlierEnd] = ['2031-01-31T00:00:00Z', '2030-01-31T00:00:00Z'];

const own = (directory: string) => ({ volume: 'projects', path: directory, mountPath: '/own', mode: 'ReadWrite' as const });
const granted = { from: { lab: owner, grant: 'scans' }, path: 'scans', mountPath: '/scans' };
const stay = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait; done'];
const instances: ProcessingInstance[] = [
  instanceIn(lab, 'viewer', {
    components: [{ name: 'app', image: toolbox.reference, command: stay }],
    audience: { users: [ana] },
    data: [own('viewer'), granted],
  }),
  instanceIn(lab, 'bench', { audience: { users: [ana, ben] }, data: [own('bench'), granted] }),
  instanceIn(lab, 'aside', { audience: { users: [ana] }, data: [own('aside')] }),
];

/** Prints the digest of the policy whenever it becomes another one. */
const watchPolicy = `
while :; do
  now=$(grep -o '"digest":"[^"]*"' "$BULKHEAD_POLICY_FILE")
  [ "$now" = "$last" ] || echo "$now"
  last=$now
  sleep 1
done`;

let facility: Facility;
let folder: string;
/** Name of the Job that watches the policy; it has only data of its own, so nothing here may end it. */
let watcher: string;
beforeAll(async () => {
  facility = await standingFacility();
  folder = await mkdtemp(path.join(tmpdir(), 'bulkhead-plan-'));
  const { site, storage } = facility;
  await apply(atlas('basic-read-write'));
  await waitUntilReady(site, [{ kind: Labs, name: lab }], quiet, 60_000);
  await storage.makeRoot(root, await identityOf(site, lab));
  await storage.makeRoot('microscopy/raw/scans', await identityOf(site, owner));
  await apply(...instances);
  await dataMounted(facility, lab, 'aside', 'True');
  watcher = await started('aside', ['sh', '-c', watchPolicy]);
  await until('the application', application, { timeoutMs: 60_000 });
});
afterAll(async () => {
  if (!facility) return;
  await rm(folder, { recursive: true, force: true });
  const { client } = facility.site;
  const grant = await client.get(DataGrants, 'scans', `lab-${owner}`);
  if (grant) await client.delete(DataGrants, grant);
  const found = await client.get(Labs, lab);
  if (found) await client.delete(Labs, found);
  await facility.close();
});

const apply = (...objects: (Lab | DataGrant | ProcessingInstance)[]) => applyObjects(facility.site, objects);
const ask = (...args: string[]) => bulkhead(facility.site, args);

/** A Job that runs until somebody ends it, once its pod runs. */
async function started(instance: string, command: string[] = stay, change?: (spec: JobPodSpec) => unknown): Promise<string> {
  const name = await startJob(facility, { lab, instance, command }, change);
  await until(`the pod of ${name}`, async () => (await pods()).some((pod) => pod.name.startsWith(name)), { timeoutMs: 60_000 });
  return name;
}

interface Running {
  name: string;
  uid: string;
  deadlineSeconds: number | undefined;
  isApplication: boolean;
}
/** Pods of people and applications that run and are not being ended. */
const pods = async (): Promise<Running[]> =>
  (await facility.site.client.list(Pods, { namespace }))
    .filter(({ metadata, status }: Stored<Pod>) => status?.phase === 'Running' && !metadata.deletionTimestamp)
    .map(({ metadata: { name, uid, ownerReferences = [] }, spec }) => ({
      name,
      uid,
      deadlineSeconds: spec?.activeDeadlineSeconds,
      isApplication: ownerReferences.some(({ kind }) => kind === 'StatefulSet'),
    }));
/** The pod of the one application of the lab. */
const application = async () => (await pods()).find(({ isApplication }) => isApplication);

describe('plan', () => {
  const file = () => path.join(folder, 'change.yaml');
  async function planned(object: Lab | DataGrant, ...flags: string[]) {
    await writeFile(file(), JSON.stringify(object));
    const { exitCode, output } = await ask('plan', '-f', file(), '-o', 'json', ...flags);
    const plan = JSON.parse(output) as Plan;
    const ended = plan.instances.flatMap((change) => change.ended.map((pod) => pod.replace(' (Job)', ''))).toSorted();
    return { exitCode, ...plan, text: planText(plan), ended };
  }

  /** Makes the change, and compares which pods it ended with those that were foretold.
   * @param settled resolves when everything that follows from the change has happened, apart from the end of pods */
  async function comesTrue(ended: string[], change: () => Promise<unknown>, settled: () => Promise<unknown>): Promise<void> {
    const before = await pods();
    const gone = async () => {
      const uids = new Set((await pods()).map(({ uid }) => uid));
      return before.filter(({ uid }) => !uids.has(uid)).map(({ name }) => name);
    };
    await change();
    await settled();
    await until(`the end of ${ended.join(', ')}`, async () => (await gone()).length >= ended.length, { timeoutMs: 35_000 });
    await until('the application', application, { timeoutMs: 60_000 });
    expect((await gone()).toSorted()).toEqual(ended);
  }
  const podOf = async (job: string) => (await pods()).find(({ name }) => name.startsWith(job))?.name;

  test('names who and what gains by a grant, and the application that starts again for it, but not its Jobs', async () => {
    await started('viewer');
    await writeFile(file(), JSON.stringify(scans()));
    expect(await ask('plan', '-f', file(), '--strict')).toMatchObject({ exitCode: 3, output: expect.stringContaining('NoEnd') });
    const plan = await planned(scans(end), '--strict');
    expect(plan).toMatchObject({ exitCode: 0, takesAway: false });
    expect(plan.text).toMatch(/everybody in lab atlas \(3 people\) +microscopy:raw\/scans +read/);
    expect(plan.instances.map(({ instance, gained }) => [instance, gained.map(({ mountPath }) => mountPath)])).toEqual([
      ['atlas/bench', ['/scans']],
      ['atlas/viewer', ['/scans']],
    ]);
    expect(plan.ended).toEqual([(await application())?.name]);
    await comesTrue(
      plan.ended,
      () => apply(scans(end)),
      () => Promise.all(['viewer', 'bench'].map((name) => dataMounted(facility, lab, name, 'True'))),
    );
  });

  test('says that an earlier end takes away and ends nothing now', async () => {
    const plan = await planned(scans(earlierEnd));
    expect(plan).toMatchObject({ exitCode: 2, ended: [] });
    expect(plan.text).toContain(`${earlierEnd}   DataGrant microscopy/scans ends`);
    const before = (await application())?.deadlineSeconds ?? Infinity;
    await comesTrue(
      [],
      () => apply(scans(earlierEnd)),
      () => until('an earlier deadline', async () => ((await application())?.deadlineSeconds ?? Infinity) < before, { timeoutMs: 20_000 }),
    );
  });

  test('names the Job that a lower role of a colleague ends, and leaves the others alone', async () => {
    const job = await started('bench');
    const plan = await planned(atlas('read-only'));
    expect(plan).toMatchObject({ exitCode: 2, ended: [await podOf(job)] });
    expect(plan.text).toMatch(/ben@atlas\.example +atlas:projects +write, import, compute/);
    expect(plan.text).toMatch(/atlas\/bench +loses +\/own: .*ben@atlas\.example may not write/);
    await comesTrue(
      plan.ended,
      () => apply(atlas('read-only')),
      () => dataMounted(facility, lab, 'bench', 'False'),
    );
    expect((await planned(atlas('basic-read-write'))).exitCode).toBe(0);
    await apply(atlas('basic-read-write'));
    await dataMounted(facility, lab, 'bench', 'True');
  });

  test('names what a deleted grant takes: the application, and of two Jobs the one that has the data', async () => {
    const holder = await started('bench');
    const other = await started('bench', stay, (spec) => {
      const isGranted = ({ mountPath }: { mountPath: string }) => mountPath === '/scans';
      const [container] = spec.containers;
      const volume = container?.volumeMounts?.find(isGranted)?.name;
      spec.containers = [{ ...container!, volumeMounts: container!.volumeMounts!.filter((mount) => !isGranted(mount)) }];
      spec.volumes = spec.volumes!.filter(({ name }) => name !== volume);
    });
    const plan = await planned(scans(earlierEnd), '--delete');
    expect(plan.exitCode).toBe(2);
    expect(plan.text).toMatch(/People lose:\n +everybody in lab atlas \(3 people\) +microscopy:raw\/scans +read/);
    expect(plan.instances.map(({ instance, lost }) => [instance, lost.map(({ mount }) => mount.mountPath)])).toEqual([
      ['atlas/bench', ['/scans']],
      ['atlas/viewer', ['/scans']],
    ]);
    expect(plan.ended).toEqual([(await application())?.name, await podOf(holder)].toSorted());
    expect(await podOf(other)).toBeDefined();
    const grant = await facility.site.client.get(DataGrants, 'scans', `lab-${owner}`);
    await comesTrue(
      plan.ended,
      () => facility.site.client.delete(DataGrants, grant!),
      () => Promise.all(['viewer', 'bench'].map((name) => dataMounted(facility, lab, name, 'False'))),
    );
    const gone = async () => !(await facility.site.client.get(DataGrants, 'scans', `lab-${owner}`));
    await until('the grant to be gone', gone, { timeoutMs: 30_000 });
  });

  test('ends with 1 when a manifest cannot be', async () => {
    await writeFile(file(), JSON.stringify({ ...scans(), spec: { volume: 'raw', paths: ['../other'] } }));
    expect(await ask('plan', '-f', file())).toMatchObject({ exitCode: 1, said: expect.stringContaining('change.yaml') });
  });
});

describe('questions', () => {
  beforeAll(async () => {
    await apply(scans(end));
    await Promise.all(['viewer', 'bench'].map((name) => dataMounted(facility, lab, name, 'True')));
  });

  test('matrix shows the lab as a table, CSV, JSON and a page', async () => {
    const [table, csv, json, html] = await Promise.all(['table', 'csv', 'json', 'html'].map((format) => ask('matrix', lab, '-o', format)));
    expect([table, csv, json, html].map((one) => one?.exitCode)).toEqual([0, 0, 0, 0]);
    expect(table?.output).toMatch(/^ben@atlas\.example +rxfwic +basic-read-write$/m);
    expect(csv?.output).toContain('atlas,ben@atlas.example,User,atlas:projects,read export fork write import compute,basic-read-write\r\n');
    const { rows, instances } = JSON.parse(json?.output ?? '{}');
    expect(rows).toContainEqual(expect.objectContaining({ name: ben, cells: [['read', 'export', 'fork', 'write', 'import', 'compute']] }));
    expect(instances.map(({ name, mounts }: { name: string; mounts: unknown[] }) => [name, mounts.length])).toEqual([
      ['aside', 1],
      ['bench', 2],
      ['viewer', 2],
    ]);
    expect(html?.output).toMatch(/^<!doctype html>.*<th scope="row">ben@atlas\.example<small>/s);
  });

  test('status, who-can and explain answer', async () => {
    const [all, one, who, why] = await Promise.all([
      ask('status'),
      ask('status', lab),
      ask('who-can', 'read', 'microscopy:raw/scans'),
      ask('explain', 'microscopy:raw/scans', '--as', ben),
    ]);
    expect(all?.output).toMatch(/^atlas +yes +yes +3 +0 +3\/3 /m);
    expect(one?.output).toMatch(/^viewer +yes +2\/2 +-/m);
    expect(who?.output).toMatch(/^ben@atlas\.example +User +DataGrant microscopy\/scans gives it$/m);
    expect(why?.output).toMatch(/^yes +read +DataGrant microscopy\/scans gives it$/m);
  });

  test('can-i agrees with kubectl auth can-i about what RBAC can say', async () => {
    const rbac = (user: string, verb: string, resource: string) =>
      facility.cluster.kubectl(['auth', 'can-i', verb, `${resource}.bulkhead.science`, '-n', namespace, '--as', user]).then(
        () => true,
        ({ output }: { output?: string }) => (output?.startsWith('no') ? false : Promise.reject(new Error(output))),
      );
    const questions = [lead, ben, 'nobody@atlas.example'].flatMap((user) => [
      { user, verb: 'compute', resource: 'processinginstances' },
      { user, verb: 'share', resource: 'datagrants' },
    ]);
    const answers = await Promise.all(
      questions.map(async ({ user, verb, resource }) => {
        const [tool, role] = await Promise.all([ask('can-i', verb, 'atlas:projects', '--as', user), rbac(user, verb, resource)]);
        return { user, verb, tool: tool.exitCode, role };
      }),
    );
    expect(answers.filter(({ tool, role }) => tool !== (role ? 0 : 1))).toEqual([]);
    expect(answers.map(({ role }) => role)).toEqual([true, true, true, false, false, false]);
  });
});

test('doctor names what is broken and what to do; when that is done, all is well again', async () => {
  const { cluster, site } = facility;
  const doctor = () => ask('doctor');
  expect(await doctor()).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^Labs +OK /m) });
  await cluster.kubectl(['delete', 'validatingadmissionpolicybinding', 'bulkhead-pods']);
  const broken = await doctor();
  expect(broken.exitCode).toBe(1);
  expect(broken.output).toMatch(/^Admission policies +FAIL +ValidatingAdmissionPolicyBinding bulkhead-pods is missing$/m);
  expect(broken.output).toMatch(/Admission policies: install the chart of this version again with `helm upgrade`/);
  await upgradeChart(site);
  await until('doctor to find nothing', async () => (await doctor()).exitCode === 0, { timeoutMs: 60_000, pollMs: 1000 });
});

test('the policy in a running pod becomes that of the lab, without a restart', async () => {
  const { client } = facility.site;
  const digest = async () => JSON.parse((await client.get(ConfigMaps, accessPolicyName, namespace))?.data?.[policyFile] ?? '{}').digest;
  const seen = async () => (await facility.cluster.kubectl(['logs', '-n', namespace, `job/${watcher}`])).match(/sha256:\w+/g) ?? [];
  // The kubelet looks about once a minute. The grant was made again before the questions above.
  await until('the pod to see it', async () => (await seen()).at(-1) === (await digest()), { timeoutMs: 150_000, pollMs: 1000 });
  expect((await seen()).length).toBeGreaterThan(1);
  expect((await client.get(Jobs, watcher, namespace))?.status).toMatchObject({ active: 1 });
  expect((await client.get(Jobs, watcher, namespace))?.status?.failed).toBeUndefined();
});

describe('an instance that may ask', () => {
  const settings = (instances: boolean) => [`config.review.instances=${instances}`];
  const place = { lab, volume: 'projects', path: 'viewer' };
  const questions = {
    'may do it': { ...place, user: ben, verb: 'write' },
    'may not do it': { ...place, user: ben, verb: 'share' },
    'somebody of another lab': { ...place, user: 'mia.berg@uni.example', verb: 'read' },
    'data of another lab': { ...place, user: ben, verb: 'read', lab: 'smith' },
  };
  const places = ['bulkhead-review.bulkhead-system.svc:80', 'bulkhead-metrics.bulkhead-system.svc:8080', 'kubernetes.default.svc:443'];
  /** What a Job of the lab sees of each place, and what it is answered. */
  async function asking() {
    const output = await runAs(facility, {
      lab,
      instance: 'aside',
      command: [
        'sh',
        '-c',
        `toolbox attempts "$1"; shift
         [ -z "$BULKHEAD_REVIEW_URL" ] || toolbox post "$BULKHEAD_REVIEW_URL" "$BULKHEAD_REVIEW_TOKEN_FILE" "$@"`,
        'sh',
        JSON.stringify(places.map((on) => ({ id: on, do: 'tcp', on }))),
        ...Object.values(questions).map((spec) => JSON.stringify({ spec })),
      ],
    });
    const lines = output.trim().split('\n');
    const seen = new Map(
      lines
        .slice(0, places.length)
        .map((line) => JSON.parse(line))
        .map(({ id, seen }) => [id, seen]),
    );
    const answers = lines.slice(places.length).map((line) => ({ code: line.slice(0, 3), ...JSON.parse(line.slice(4)) }));
    return { seen: places.map((on) => seen.get(on)), answers };
  }
  test('reaches nothing of the operator where the facility does not say so', async () => {
    expect(await asking()).toEqual({ seen: ['timeout', 'timeout', 'timeout'], answers: [] });
  });

  test('is answered about people and data of its lab, refused about others, and reaches nothing else', async () => {
    const { site } = facility;
    await upgradeChart(site, settings(true));
    try {
      await until(
        'the way to the operator',
        async () =>
          (await facility.cluster.kubectl(['get', 'labpolicy,networkpolicy', '-n', namespace, '-o', 'name'])).includes('bulkhead-review'),
        { timeoutMs: 30_000 },
      );
      const { seen, answers } = await asking();
      expect(answers).toMatchObject([
        { code: '200', status: { allowed: true, reason: 'Member' } },
        { code: '200', status: { allowed: false, reason: 'NothingAllows' } },
        { code: '403', error: expect.stringContaining('may ask about people of that lab only') },
        { code: '403', error: expect.stringContaining('smith:projects/viewer is neither') },
      ]);
      expect(seen).toEqual(['open', 'timeout', 'timeout']);
    } finally {
      await upgradeChart(site, settings(false));
    }
  });
});

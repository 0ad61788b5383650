// What people may do becomes what pods mount, on a real node and with real files: a person who may write in another lab, a directory that is
// restricted while work runs on it, a group that somebody leaves, and a restriction that begins while no operator runs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  apiVersion,
  type DataGrant,
  DataGrants,
  type Lab,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
} from '../../src/api/kinds.ts';
import { instanceLabel } from '../../src/api/labels.ts';
import { type Pod, Pods } from '../../src/kube/kind.ts';
import { toolbox } from '../cluster/images/catalogue.ts';
import { waitUntilReady } from '../demo/ready.ts';
import { applyObjects, identityOf } from '../demo/steps/facility.ts';
import { operatorReplicas, scaleOperator } from '../demo/steps/install.ts';
import { bulkheadRun } from '../demo/steps/relion.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';
import { dataMounted, grantIn, instanceIn } from './instances.ts';

const [lab, namespace] = ['trials', 'lab-trials'];
const [ana, ben] = ['ana@trials.example', 'ben@trials.example'];
/** What a revocation promises: a grace of 5 s, and 30 s more (design of the grant's life). */
const promisedMs = 35_000;
const quiet = { became: () => undefined, waiting: () => undefined };

const trials: Lab = {
  apiVersion,
  kind: 'Lab',
  metadata: { name: lab },
  spec: {
    members: [
      { user: ana, roles: ['basic-read-write'] },
      { user: ben, roles: ['basic-read-write'] },
    ],
    groups: [{ name: 'inner', users: [ana] }],
    storage: [{ name: 'projects', backend: 'facility', path: 'labs/trials' }],
    quota: { cpu: '2', memory: '4Gi', pods: 20 },
  },
};

let facility: Facility;
beforeAll(async () => {
  facility = await standingFacility();
  const { site, storage } = facility;
  await applyObjects(site, [trials]);
  await waitUntilReady(site, [{ kind: Labs, name: lab }], quiet, 60_000);
  await storage.makeRoot('labs/trials', await identityOf(site, lab));
  await storage.makeRoot('microscopy/raw/inbox', await identityOf(site, 'microscopy'));
});
afterAll(async () => {
  if (!facility) return;
  const { client } = facility.site;
  for (const found of await client.list(DataGrants, { namespace: 'lab-microscopy' }))
    if (found.metadata.name === 'inbox') await client.delete(DataGrants, found);
  const found = await client.get(Labs, lab);
  if (found) await client.delete(Labs, found);
  await facility.close();
});

/** An application that appends to a file in its data every second, or only looks at it. */
const instance = (name: string, spec: ProcessingInstance['spec']) =>
  instanceIn(lab, name, {
    components: [
      {
        name: 'app',
        image: toolbox.reference,
        command: ['sh', '-c', 'trap "exit 0" TERM; while :; do date >> /data/log || ls /data; sleep 1 & wait; done'],
      },
    ],
    ...spec,
  });

const apply = (...objects: (Lab | DataGrant | ProcessingInstance)[]) => applyObjects(facility.site, objects);
const isUp = (...names: string[]) =>
  waitUntilReady(
    facility.site,
    names.map((name) => ({ kind: ProcessingInstances, name, namespace })),
    quiet,
    60_000,
  );

/** Pods that run for an instance, whoever made them. */
const podsOf = async (name: string): Promise<Pod[]> =>
  (await facility.site.client.list(Pods, { namespace })).filter(
    ({ metadata, spec, status }) =>
      (metadata.labels?.[instanceLabel] === name || spec?.serviceAccountName === name) && status?.phase === 'Running',
  );
/** Whether any of them still has data in its hands. */
const holders = async (name: string) =>
  (await podsOf(name)).filter(({ spec }) =>
    spec?.containers.some(({ volumeMounts = [] }) => volumeMounts.some(({ mountPath }) => mountPath === '/data')),
  );

/** Milliseconds until nobody holds the data any more. */
async function gone(name: string, timeoutMs = promisedMs): Promise<number> {
  const began = Date.now();
  await until(`the data to be out of reach of ${name}`, async () => (await holders(name)).length === 0, { timeoutMs, pollMs: 100 });
  return Date.now() - began;
}

describe('a person who may write in another lab', () => {
  const inbox = (roles: string[]) =>
    grantIn('microscopy', 'inbox', { volume: 'raw', paths: ['inbox'], subjects: [{ kind: 'User', name: ana }], roles });
  const writing = { from: { lab: 'microscopy', grant: 'inbox' }, path: 'inbox', mountPath: '/data', mode: 'ReadWrite' as const };

  test('writes there through an instance of her own, under the identity of her lab and the group of the owner', async () => {
    await apply(inbox(['basic-read-write']), instance('anas', { audience: { users: [ana] }, data: [writing] }));
    await isUp('anas');
    await until('the file', async () => (await facility.storage.files('microscopy/raw/inbox')).includes('./log'), { timeoutMs: 20_000 });
    const [self, owner] = [await identityOf(facility.site, lab), await identityOf(facility.site, 'microscopy')];
    expect(await facility.storage.inventory('microscopy/raw/inbox')).toMatch(new RegExp(`^\\./log [0-7]+ ${self.uid}:${owner.gid}$`, 'm'));
  });

  test('an instance for the whole lab is refused, in the name of the first who lacks it', async () => {
    await apply(instance('everybodys', { data: [writing] }));
    expect(await dataMounted(facility, lab, 'everybodys', 'False')).toMatchObject({
      reason: 'AudienceLacks',
      message: expect.stringContaining(ben),
    });
    expect(await holders('everybodys')).toEqual([]);
  });

  test('when she may only read, writing ends within the promised time, and reading begins', async () => {
    await apply(inbox(['read-only']));
    expect(await gone('anas')).toBeLessThan(promisedMs);
    const before = await facility.storage.inventory('microscopy/raw/inbox');
    await apply(instance('anas', { audience: { users: [ana] }, data: [{ ...writing, mode: 'ReadOnly' }] }));
    await isUp('anas');
    await until('a reader', async () => (await holders('anas')).length === 1, { timeoutMs: 20_000 });
    expect(await facility.storage.inventory('microscopy/raw/inbox')).toBe(before);
  });
});

describe('a directory that is restricted while work runs on it', () => {
  const own = (path: string) => ({ volume: 'projects', path, mountPath: '/data', mode: 'ReadWrite' as const });
  const restricted = (path: string, more: Partial<DataGrant['spec']> = {}) =>
    grantIn(lab, `only-${path}`, {
      volume: 'projects',
      paths: [path],
      effect: 'Restrict',
      subjects: [{ kind: 'Group', name: `${lab}/inner` }],
      ...more,
    });

  test('is out of reach of the application and the Job of everybody within the promised time, and stays with those inside', async () => {
    await apply(instance('open', { data: [own('p1')] }), instance('inner', { audience: { groups: ['inner'] }, data: [own('p1')] }));
    await isUp('open', 'inner');
    const flags = ['-n', namespace, '--as-instance', 'open', '--as', ben, '--image', toolbox.reference];
    const job = bulkheadRun(facility.site, flags, ['sh', '-c', 'trap "exit 3" TERM; ls /data; sleep 600 & wait']);
    await until('the Job beside the application', async () => (await holders('open')).length === 2, { timeoutMs: 60_000 });

    await apply(restricted('p1'));
    expect(await gone('open')).toBeLessThan(promisedMs);
    expect((await job).exitCode).not.toBe(0);
    expect(await dataMounted(facility, lab, 'open', 'False')).toMatchObject({
      reason: 'AudienceLacks',
      message: expect.stringContaining(ben),
    });
    const again = await bulkheadRun(facility.site, flags, ['ls', '/data']);
    expect(again.exitCode).not.toBe(0);
    expect(await holders('inner')).toHaveLength(1);
  });

  test('leaves those inside, too, when they leave the group', async () => {
    await apply({ ...trials, spec: { ...trials.spec, groups: [{ name: 'inner', users: [] }] } });
    expect(await gone('inner')).toBeLessThan(promisedMs);
    await apply(trials);
    await until('the instance to come back with its data', async () => (await holders('inner')).length === 1, { timeoutMs: 60_000 });
  });

  test('is taken away at its moment though no operator runs', async () => {
    const begin = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
    await apply(restricted('p2', { notBefore: begin.toISOString().replace('.000', '') }), instance('timed', { data: [own('p2')] }));
    await isUp('timed');
    await until('a deadline on the running pod', async () => (await holders('timed'))[0]?.spec?.activeDeadlineSeconds !== undefined, {
      timeoutMs: 20_000,
    });
    await scaleOperator(facility.site, 0);
    try {
      await gone('timed', begin.getTime() - Date.now() + 40_000);
      expect(Date.now()).toBeGreaterThan(begin.getTime() - 15_000);
      const flags = ['-n', namespace, '--as-instance', 'timed', '--as', ben, '--image', toolbox.reference];
      expect((await bulkheadRun(facility.site, flags, ['ls', '/data'])).exitCode).not.toBe(0);
      expect(await holders('timed')).toEqual([]);
    } finally {
      await scaleOperator(facility.site, operatorReplicas);
    }
    expect(await dataMounted(facility, lab, 'timed', 'False')).toMatchObject({ reason: 'AudienceLacks' });
  });
});

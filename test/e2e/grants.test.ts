// The end of a grant: revoked while Jobs and applications use it, and expired while no operator runs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersion, type DataGrant, DataGrants, type ProcessingInstance, ProcessingInstances } from '../../src/api/kinds.ts';
import { grantClaimName } from '../../src/api/names.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { type Job, Jobs, PersistentVolumeClaims, Pods } from '../../src/kube/kind.ts';
import type { Stored } from '../../src/kube/object.ts';
import { toolbox } from '../cluster/images/catalogue.ts';
import { readinessOf, waitUntilReady } from '../demo/ready.ts';
import { applyObjects } from '../demo/steps/facility.ts';
import { operatorReplicas, scaleOperator } from '../demo/steps/install.ts';
import { bulkheadRun } from '../demo/steps/relion.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';

const path = 'sessions/krios-0512';
const display = { became: () => undefined, waiting: () => undefined };

let facility: Facility;
beforeAll(async () => {
  facility = await standingFacility();
});
afterAll(() => facility?.close());

const grantNamed = (name: string, expiresAt?: string): DataGrant => ({
  apiVersion,
  kind: 'DataGrant',
  metadata: { name, namespace: 'lab-microscopy' },
  spec: { volume: 'raw', paths: [path], subjects: [{ kind: 'Lab', name: 'smith' }], ...(expiresAt && { expiresAt }) },
});

/** An application of lab smith that does nothing but hold the granted data open. */
const readerOf = (grant: string): ProcessingInstance => ({
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name: `reads-${grant}`, namespace: 'lab-smith' },
  spec: {
    components: [
      {
        name: 'reader',
        image: toolbox.reference,
        command: ['sh', '-c', 'trap "exit 0" TERM; while :; do ls /raw >/dev/null; sleep 1 & wait; done'],
      },
    ],
    data: [{ from: { lab: 'microscopy', grant }, path, mountPath: '/raw' }],
  },
});

async function establish(grant: DataGrant): Promise<ProcessingInstance> {
  const reader = readerOf(grant.metadata.name);
  await applyObjects(facility.site, [grant, reader]);
  const { name, namespace } = reader.metadata;
  await waitUntilReady(facility.site, [{ kind: ProcessingInstances, name, namespace }], display, 60_000);
  return reader;
}

/** Running pods of lab smith that hold data of a grant: of applications and of Jobs. */
const holders = async (grant: string) =>
  (await facility.site.client.list(Pods, { namespace: 'lab-smith' })).filter(
    ({ spec, status }) =>
      status?.phase === 'Running' &&
      spec?.volumes?.some(({ persistentVolumeClaim: source }) => source?.claimName === grantClaimName('microscopy', grant)),
  );

/** What the API server says to the same Job once more; undefined when it would be admitted. */
async function refusalOf(job: Stored<Job>): Promise<string | undefined> {
  const spec = structuredClone(job.spec);
  delete spec?.selector;
  for (const label of Object.keys(spec?.template.metadata?.labels ?? {}))
    if (label.includes('uid') || label.includes('job-name')) delete spec?.template.metadata?.labels?.[label];
  const again: Job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'again', namespace: 'lab-smith' }, ...(spec && { spec }) };
  try {
    await facility.site.as('ada.lin@uni.example').create(Jobs, again, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

async function remove(reader: ProcessingInstance, grant: string): Promise<void> {
  const { client } = facility.site;
  const found = await client.get(ProcessingInstances, reader.metadata.name, 'lab-smith');
  if (found) await client.delete(ProcessingInstances, found);
  const given = await client.get(DataGrants, grant, 'lab-microscopy');
  if (given) await client.delete(DataGrants, given);
}

describe('a grant that is revoked', () => {
  const grant = 'revoked';

  test('ends the pods that mount it, takes the volume away, and refuses the mount from then on', async () => {
    const { site } = facility;
    const reader = await establish(grantNamed(grant));
    const jobName = `reads-on-${Date.now() % 1_000_000}`;
    const flags = ['-n', 'lab-smith', '--as-instance', reader.metadata.name, '--as', 'ada.lin@uni.example', '--name', jobName];
    const finished = bulkheadRun(site, flags, ['sh', '-c', 'trap "exit 3" TERM; ls /raw; sleep 600 & wait']);
    const job = await until(
      'the Job to run',
      async () => {
        const found = await site.client.get(Jobs, jobName, 'lab-smith');
        return found?.status?.ready === 1 && found;
      },
      { timeoutMs: 30_000 },
    );
    expect(await refusalOf(job)).toBeUndefined();
    expect((await holders(grant)).length).toBe(2);

    const given = await site.client.get(DataGrants, grant, 'lab-microscopy');
    const began = Date.now();
    await site.client.delete(DataGrants, given!);
    await until('the mount to be refused', async () => (await refusalOf(job)) !== undefined, { timeoutMs: 10_000, pollMs: 50 });
    const refusedAfter = Date.now() - began;
    await until('the grant to be gone', async () => (await site.client.get(DataGrants, grant, 'lab-microscopy')) === undefined, {
      timeoutMs: 60_000,
    });

    const { exitCode, output } = await finished;
    expect(output).toContain('movie-001.mrcs');
    expect(exitCode).not.toBe(0);
    expect(await holders(grant)).toEqual([]);
    expect(await site.client.get(PersistentVolumeClaims, grantClaimName('microscopy', grant), 'lab-smith')).toBeUndefined();
    expect(await refusalOf(job)).toContain(`is not for service account ${reader.metadata.name}`);
    expect(refusedAfter).toBeLessThan(5_000);
    const dataMounted = await until(
      'the instance to say so',
      async () => {
        const found = await site.client.get(ProcessingInstances, reader.metadata.name, 'lab-smith');
        return found?.status?.conditions?.find(({ type, status }) => type === 'DataMounted' && status === 'False');
      },
      { timeoutMs: 20_000 },
    );
    expect(dataMounted.reason).toMatch(/^Grant/);
    await remove(reader, grant);
  });

  test('leaves the data of the owner as it was', async () => {
    expect(await facility.storage.files('microscopy/raw/sessions')).toEqual(['./krios-0512/movie-001.mrcs', './krios-0512/movie-002.mrcs']);
  });
});

describe('a grant that expires while no operator runs', () => {
  const grant = 'short';

  test('ends the pods that mount it at that moment, and no other pod takes their place', async () => {
    const { site } = facility;
    const end = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
    const reader = await establish(grantNamed(grant, end.toISOString().replace('.000', '')));
    const [pod] = await until(
      'a deadline on the running pod',
      async () => {
        const pods = await holders(grant);
        return pods[0]?.spec?.activeDeadlineSeconds !== undefined && pods;
      },
      { timeoutMs: 20_000 },
    );
    await scaleOperator(site, 0);
    try {
      expect((await holders(grant)).map(({ metadata }) => metadata.uid)).toEqual([pod?.metadata.uid]);
      const seconds = (end.getTime() - Date.now()) / 1000;
      await until('the pod to end', async () => (await holders(grant)).length === 0, { timeoutMs: (seconds + 40) * 1000 });
      expect(Date.now()).toBeGreaterThan(end.getTime() - 15_000);
      await until('the replacement to be refused', async () => (await refusals(reader)).some((message) => message.includes('ends at')), {
        timeoutMs: 30_000,
      });
      expect(await holders(grant)).toEqual([]);
    } finally {
      await scaleOperator(site, operatorReplicas);
    }
    const given = await until(
      'the operator to catch up',
      async () => {
        const found = await site.client.get(DataGrants, grant, 'lab-microscopy');
        return found && readinessOf(found).why.startsWith('Expired') && found;
      },
      { timeoutMs: 60_000 },
    );
    expect(given.status?.consumers ?? []).toEqual([]);
    await remove(reader, grant);
  });

  /** What the StatefulSet was told when it tried to make its pod again. */
  async function refusals({ metadata }: ProcessingInstance): Promise<string[]> {
    const events = JSON.parse(await facility.cluster.kubectl(['get', 'events', '-n', 'lab-smith', '-o', 'json'])) as {
      items: { reason?: string; message?: string; involvedObject: { kind: string; name: string } }[];
    };
    return events.items
      .filter(({ reason, involvedObject }) => reason === 'FailedCreate' && involvedObject.name.startsWith(metadata.name))
      .map(({ message }) => message ?? '');
  }
});

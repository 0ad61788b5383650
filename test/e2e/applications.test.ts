// Real applications in their labs: RELION through `kubectl bulkhead run`, Orthanc with its database.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Jobs } from '../../src/kube/kind.ts';
import { toolbox } from '../cluster/images/catalogue.ts';
import { identityOf } from '../demo/steps/facility.ts';
import { find, patientId, replacePod, upload } from '../demo/steps/orthanc.ts';
import { asRelion, bulkheadRun, recoverDrift } from '../demo/steps/relion.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';

let facility: Facility;
beforeAll(async () => {
  facility = await standingFacility();
});
afterAll(() => facility?.close());

describe('RELION in lab smith', () => {
  const sh = (script: string, flags: string[] = []) => bulkheadRun(facility.site, [...asRelion, ...flags], ['sh', '-c', script]);

  test('recovers the drift of the granted movies within half a pixel', async () => {
    const recovered = await recoverDrift(facility.site, () => undefined);
    expect(recovered.map(({ shifts }) => shifts.length)).toEqual([6, 6]);
    for (const { error } of recovered) expect(error).toBeLessThan(0.5);
  });

  test('runs under the identity of its lab, with the group of the grantor', async () => {
    const [{ uid, gid }, grantor] = [await identityOf(facility.site, 'smith'), await identityOf(facility.site, 'microscopy')];
    const { output } = await sh('id -u; id -g; id -G');
    const [user, group, groups] = output.trim().split('\n');
    expect([Number(user), Number(group)]).toEqual([uid, gid]);
    expect(groups?.split(' ').map(Number)).toEqual(expect.arrayContaining([gid, grantor.gid]));
  });

  test('returns the exit code of the command and both its streams', async () => {
    const { exitCode, output } = await sh('echo to stdout; echo to stderr >&2; exit 7');
    expect({ exitCode, lines: output.trim().split('\n').sort() }).toEqual({ exitCode: 7, lines: ['to stderr', 'to stdout'] });
  });

  test('cannot write to the granted session, while it writes to its own projects', async () => {
    const refused = await sh('touch /data/raw/krios-0512/mine');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain('Read-only file system');
    expect((await sh('touch /data/projects/mine')).exitCode).toBe(0);
  });

  test('sees the granted session and nothing beside it', async () => {
    const { output } = await sh('ls /data/raw; ls /data/raw/krios-0512');
    expect(output.trim().split('\n')).toEqual(['krios-0512', 'movie-001.mrcs', 'movie-002.mrcs']);
  });

  test('is not for a viewer, nor for somebody of another lab, in the words of the API server', async () => {
    for (const [user, words] of [
      ['vic.ray@uni.example', 'cannot create resource "jobs"'],
      ['lee.park@uni.example', 'cannot get resource "processinginstances"'],
    ] as const) {
      const flags = ['-n', 'lab-smith', '--as-instance', 'relion', '--as', user, '--image', 'any'];
      const { exitCode, said } = await bulkheadRun(facility.site, flags, ['true']);
      expect({ exitCode, said }).toEqual({ exitCode: 1, said: expect.stringContaining(words) });
      expect(said).toContain('Error from server (Forbidden)');
    }
  });

  test('is refused more GPUs than its lab has', async () => {
    const { exitCode, said } = await sh('true', ['--gpu', '3']);
    expect({ exitCode, said }).toEqual({
      exitCode: 1,
      said: expect.stringContaining('exceeded quota: bulkhead, requested: requests.nvidia.com/gpu=3'),
    });
  });

  test('ends at its deadline', async () => {
    const { exitCode, said } = await sh('trap "exit 3" TERM; sleep 300 & wait', ['--deadline', '8s']);
    expect(exitCode).not.toBe(0);
    expect(said).toContain('its deadline passed');
  });

  test('is ended with its Job by Ctrl-C', async () => {
    const interrupt = new AbortController();
    const flags = [...asRelion, '--name', 'interrupted'];
    const script = ['sh', '-c', 'trap "exit 3" TERM; echo started; sleep 300 & wait'];
    const show = (line: string) => line === 'started' && interrupt.abort();
    const { exitCode, said } = await bulkheadRun(facility.site, flags, script, { show, interrupt: interrupt.signal });
    expect({ exitCode, said }).toEqual({ exitCode: 130, said: expect.stringContaining('deleting job.batch/interrupted') });
    await until('the Job to be gone', async () => !(await facility.site.client.get(Jobs, 'interrupted', 'lab-smith')), {
      timeoutMs: 20_000,
    });
  });

  test('names the instances that there are, when the one it was given does not exist', async () => {
    const flags = ['-n', 'lab-smith', '--as-instance', 'relino', '--as', 'ada.lin@uni.example', '--image', 'any'];
    const { exitCode, said } = await bulkheadRun(facility.site, flags, ['true']);
    expect({ exitCode, said }).toEqual({
      exitCode: 1,
      said: expect.stringContaining('"relino" not found in namespace "lab-smith"; this namespace has: relion'),
    });
  });

  test('does not reach the database and the ports of another lab, while it resolves names', async () => {
    const flags = ['-n', 'lab-smith', '--as-instance', 'relion', '--as', 'ada.lin@uni.example', '--image', toolbox.reference];
    const address = await serviceAddress('orthanc');
    // the data plane of the test node may drop the first packet of a pod, before it knows the pod's labels
    const resolve = 'toolbox resolve orthanc.lab-jones.svc.cluster.local';
    const toDatabase = `toolbox tcp ${await databaseAddress()}:5432`;
    const tries = `${resolve} >/dev/null; ${resolve}; toolbox tcp ${address}:31000; ${toDatabase}`;
    const { output } = await bulkheadRun(facility.site, flags, ['sh', '-c', `${tries}; true`]);
    const [resolved, web, database] = output.trim().split('\n');
    expect(resolved).toMatch(/^OK/);
    expect([web, database]).toEqual([expect.stringMatching(/^TIMEOUT/), expect.stringMatching(/^TIMEOUT/)]);

    // The twin: the same question at the same address, asked by a Job of the instance whose database it is.
    const twin = ['-n', 'lab-jones', '--as-instance', 'orthanc', '--as', 'lee.park@uni.example', '--image', toolbox.reference];
    const own = await bulkheadRun(facility.site, twin, ['sh', '-c', `${toDatabase} >/dev/null; ${toDatabase}`]);
    expect(own.output).toMatch(/^OK/m);
  });

  const serviceAddress = async (name: string) =>
    facility.cluster.kubectl(['get', 'service', '-n', 'lab-jones', name, '-o', 'jsonpath={.spec.clusterIP}']);
  const databaseAddress = async () => {
    const selector = 'bulkhead.science/instance=orthanc,bulkhead.science/part=database';
    return facility.cluster.kubectl(['get', 'pod', '-n', 'lab-jones', '-l', selector, '-o', 'jsonpath={.items[0].status.podIP}']);
  };
});

describe('Orthanc in lab jones', () => {
  test('keeps an image in its database and on its path when its pod is gone', async () => {
    const id = await upload(facility.site);
    const before = await find(facility.site, facility.storage, id);
    expect(before).toEqual({ patient: patientId, rows: 4, files: [expect.any(String)] });
    await replacePod(facility.site);
    expect(await find(facility.site, facility.storage, id)).toEqual(before);
  });

  test('writes its files under the identity of its lab', async () => {
    const { uid, gid } = await identityOf(facility.site, 'jones');
    const inventory = await facility.storage.inventory('labs/jones/archive/orthanc');
    const owners = new Set([...inventory.matchAll(/ (\d+:\d+)$/gm)].map(([, owner]) => owner));
    expect([...owners]).toEqual([`${uid}:${gid}`]);
  });
});

// The end of a lab: people and objects go, files stay as they were, and nobody ever gets its ids again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiVersion, type Lab, Labs } from '../../src/api/kinds.ts';
import { namespaceOf } from '../../src/api/names.ts';
import { Namespaces, PersistentVolumes } from '../../src/kube/kind.ts';
import { waitUntilReady } from '../demo/ready.ts';
import { applyObjects, identityOf } from '../demo/steps/facility.ts';
import { until } from '../demo/until.ts';
import { type Facility, standingFacility } from './facility.ts';

const root = 'labs/closing/data';
const quiet = { became: () => undefined, waiting: () => undefined };

let facility: Facility;
beforeAll(async () => {
  facility = await standingFacility();
});
afterAll(() => facility?.close());

async function makeLab(name: string, storage: Lab['spec']['storage'] = []): Promise<{ uid: number; gid: number }> {
  const members = [{ user: 'head@uni.example', roles: ['full-read-write'] }];
  await applyObjects(facility.site, [{ apiVersion, kind: 'Lab', metadata: { name }, spec: { members, storage, quota: {} } }]);
  await waitUntilReady(facility.site, [{ kind: Labs, name }], quiet, 60_000);
  return identityOf(facility.site, name);
}

async function removeLab(name: string): Promise<void> {
  const { client } = facility.site;
  const lab = await client.get(Labs, name);
  if (lab) await client.delete(Labs, lab);
  await until(`lab ${name} to be gone`, async () => !(await client.get(Labs, name)) && !(await client.get(Namespaces, namespaceOf(name))), {
    timeoutMs: 90_000,
  });
}

test('leaves every file of a deleted lab byte for byte, and gives its ids to nobody', async () => {
  const { site, storage } = facility;
  const identity = await makeLab('closing', [{ name: 'data', backend: 'facility', path: root }]);
  await storage.makeRoot(root, identity);
  for (const name of ['notes.txt', 'run-1/table.star', 'run-1/deep/er/raw.bin'])
    await storage.writeFile(`${root}/${name}`, Buffer.from(`content of ${name}\0`), identity);
  const before = await storage.inventory(root);

  await removeLab('closing');

  expect(await storage.inventory(root)).toBe(before);
  const volumes = await site.client.list(PersistentVolumes);
  expect(volumes.filter(({ spec }) => JSON.stringify(spec).includes(root))).toEqual([]);
  const next = await makeLab('opening');
  expect([next.uid, next.gid]).not.toContain(identity.uid);
  const namesake = await makeLab('closing');
  expect([namesake.uid, namesake.gid]).not.toContain(identity.uid);
  await removeLab('opening');
  await removeLab('closing');
});

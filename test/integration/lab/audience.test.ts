// The LabPolicy follows the people of the lab, and says for whom each instance is; with the operator's own rights and both controllers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataGrants, LabPolicies, Labs } from '../../../src/api/kinds.ts';
import { directoriesAccount, outputsGrantName } from '../../../src/api/names.ts';
import { eventually, makeInstance } from '../processinginstance/play.ts';
import { makeLab, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({}, { withInstances: true });
});
afterAll(() => stage?.end());

const namespace = 'lab-smith';
const storage = [{ name: 'projects', backend: 'gpfs', path: 'smith' }];
const [jo, vic] = [
  { user: 'jo', roles: ['basic-read-write'] },
  { user: 'vic', roles: ['read-only'] },
];
const ready = async () => (await stage.admin.read(Labs, 'smith'))?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const policy = async () => (await stage.admin.read(LabPolicies, 'policy', namespace))!;
/** `account paths rw|ro`, one line per mount of people's instances. */
const mounts = async () =>
  (await policy()).spec.mounts
    .filter(({ serviceAccount }) => serviceAccount !== directoriesAccount)
    .map(({ serviceAccount, subPaths, readOnly }) => `${serviceAccount} ${subPaths} ${readOnly ? 'ro' : 'rw'}`);

test('an instance writes while everybody in its audience may, and one that somebody may not write for keeps nothing', async () => {
  await makeLab(stage, 'smith', { members: [jo!], storage });
  await eventually(ready).toBe('Ready');
  const item = { volume: 'projects', path: 'p1', mountPath: '/p1', mode: 'ReadWrite' as const };
  await makeInstance(stage, namespace, 'all', { data: [item] });
  await makeInstance(stage, namespace, 'some', { owner: 'jo', audience: { users: ['jo'] }, data: [item] });
  await eventually(mounts).toEqual(['all p1 rw', 'some p1 rw']);
  await makeLab(stage, 'smith', { members: [jo!, vic!], storage });
  await eventually(mounts).toEqual(['some p1 rw']);
  expect((await policy()).spec.audiences).toEqual([{ serviceAccount: 'some', users: ['jo'], groups: [] }]);
  await makeLab(stage, 'smith', { members: [jo!, { ...vic!, roles: ['basic-read-write'] }], storage });
  await eventually(mounts).toEqual(['all p1 rw', 'some p1 rw']);
});

test('GX-11 what outputs were derived from is recorded with the rights of the operator, and nobody of the lab can change that', async () => {
  const data = [{ volume: 'projects', path: 'p2', mountPath: '/p2' }];
  await makeInstance(stage, namespace, 'deriver', { outputs: { volume: 'projects', path: 'results' }, data });
  const name = outputsGrantName('deriver', 'projects', 'results');
  const inputs = async () => (await stage.admin.read(DataGrants, name, namespace))?.spec.derivedFrom;
  await eventually(inputs).toEqual([{ lab: 'smith', volume: 'projects', path: 'p2' }]);
  const patch = [
    'patch',
    'datagrant',
    name,
    '-n',
    namespace,
    '--type=merge',
    '-p',
    '{"spec":{"derivedFrom":[],"subjects":[{"kind":"Everyone"}]}}',
  ];
  expect(stage.kubectl(patch)).toMatchObject({ accepted: false, errors: expect.stringContaining('are written by Bulkhead alone') });
  // Whoever may act for others says that the data is gone; while the instance lives, its inputs are recorded again.
  expect(stage.kubectl(['delete', 'datagrant', name, '-n', namespace])).toMatchObject({ accepted: true });
  await eventually(inputs).toEqual([{ lab: 'smith', volume: 'projects', path: 'p2' }]);
});

test('a settled LabPolicy is not written again', async () => {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const before = (await policy()).metadata.resourceVersion;
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect((await policy()).metadata.resourceVersion).toBe(before);
});

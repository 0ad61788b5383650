// Attacks that only a real node can show: what a running pod of a lab reaches, reads, becomes. All of them twice: with the operator and without.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatorReplicas, scaleOperator } from '../../demo/steps/install.ts';
import { type Facility, standingFacility } from '../../e2e/facility.ts';
import { fileAttacks } from './fileattacks.ts';
import { identityAttacks, kernelAttacks } from './kernelattacks.ts';
import { networkAttacks } from './networkattacks.ts';
import { type Row, tryOnNode } from './nodeattack.ts';
import { writeRows } from './report.ts';
import { makeStage, removeStage, type Stage } from './stage.ts';

let facility: Facility;
let stage: Stage;

beforeAll(async () => {
  facility = await standingFacility();
  stage = await makeStage(facility);
});
afterAll(async () => {
  if (facility) await scaleOperator(facility.site, operatorReplicas);
  if (stage) await removeStage(stage);
  await facility?.close();
});

const fallen = (rows: Row[]) => rows.filter(({ stands }) => !stands);

describe.for([operatorReplicas, 0])('with %i copies of the operator', (replicas) => {
  let rows: Row[];
  let before: string;

  beforeAll(async () => {
    await scaleOperator(facility.site, replicas);
    before = await stage.inventory();
    const tables = [networkAttacks(stage, await stage.operator()), fileAttacks(stage), identityAttacks(stage), kernelAttacks()];
    rows = await tryOnNode(stage, tables.flat());
    await writeRows(`operator-${replicas}`, rows);
  });

  test.for(['network', 'names', 'files on facility', 'files on local', 'identity', 'node'])('%s', (category) => {
    const here = rows.filter((row) => row.category === category);
    expect(here.length).toBeGreaterThan(0);
    expect(fallen(here)).toEqual([]);
  });

  test('leaves every file of the granting lab as it was: content, inode, mode, owner, time', async () => {
    expect(await stage.inventory()).toBe(before);
  });
});

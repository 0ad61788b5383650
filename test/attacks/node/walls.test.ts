// Every attack that the tables of src/verify know, on a real node with real labs and no operator: refused, and its twin admitted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../../../src/verify/attack.ts';
import { attackTables } from '../../../src/verify/attacks.ts';
import type { Scene } from '../../../src/verify/scene.ts';
import { operatorReplicas, scaleOperator } from '../../demo/steps/install.ts';
import { tryAttacks } from '../../demo/steps/walls.ts';
import { until } from '../../demo/until.ts';
import { type Facility, standingFacility } from '../../e2e/facility.ts';
import { addWhatIsOver, giveEveryRight, makeWalledLab } from './walledlab.ts';

let facility: Facility;
let scene: Scene;
let takeRightsBack: () => Promise<unknown>;

beforeAll(async () => {
  facility = await standingFacility();
  scene = await makeWalledLab(facility);
  await scaleOperator(facility.site, 0);
  await addWhatIsOver(facility, scene);
  takeRightsBack = await giveEveryRight(facility, scene);
  // The API server takes in a change of the LabPolicy a moment after it has stored it.
  const [fits] = attackTables['the end of a grant']!(scene).filter(({ name }) => name.includes('that is over'));
  await until('the parameters to be taken in', async () => (await tryAttacks(facility.site, [fits!]))[0]?.byWall, { timeoutMs: 20_000 });
});
afterAll(async () => {
  await takeRightsBack?.();
  if (facility) await scaleOperator(facility.site, operatorReplicas);
  await facility?.close();
});

const wrong = ({ refused, admitted }: Outcome) => !refused || !admitted;

/** A lab at rest has nothing in it that an attack here could use: test/integration/lab/suspension.test.ts brings one to rest and back. */
const tables = Object.entries(attackTables).filter(([name]) => name !== 'labs at rest');

test.for(tables)('with the operator scaled to zero: attacks on %s', async ([, table]) => {
  const outcomes = await tryAttacks(facility.site, table(scene));
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes.filter(wrong).map(({ attack: { name }, said }) => ({ name, ...said }))).toEqual([]);
});

// Takes each wall of the API server away in turn, as an administrator of the cluster could by mistake, and sees that the attacks notice: what no
// attack notices is not tested. Down to single rules: with one validation of a policy put out of force, some attack must get through.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor, Impersonator } from '../../../src/verify/actor.ts';
import type { Attack } from '../../../src/verify/attack.ts';
import { catalogue } from '../../../src/verify/attacks.ts';
import { tryAll } from '../../../src/verify/trial.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { awaitPolicy, furnish, impersonatorFor, must, prepare, raiseWalls, scene, until } from './lab.ts';
import { openings, type PolicyWall, policyWalls, respecify } from './removed/openings.ts';

let controlPlane: ControlPlane;
let impersonator: Impersonator;

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllerManager: true });
  impersonator = impersonatorFor(controlPlane.kubeconfig);
  await prepare(impersonator);
  await furnish(impersonator);
  await raiseWalls(impersonator);
  await awaitPolicy(impersonator);
});
afterAll(async () => {
  await impersonator?.close();
  await controlPlane?.stop();
});

const attacks = catalogue(scene).map(({ attack }) => attack);
const attacksOn = (name: string) => attacks.filter(({ wall }) => wall === name);
const send = (request: Parameters<typeof must>[2]) => must(impersonator, scene.actors.clusterAdmin, request);

/** Attacks that their wall does not refuse now. */
async function through(these: Attack[]): Promise<Attack[]> {
  const outcomes = await tryAll(impersonator, these.map(withoutTwin));
  return these.filter(({ wall }, index) => !outcomes[index]!.said.attack.includes(`'${wall}'`));
}
/** Only the attack itself matters here, and it is sent once. */
const withoutTwin = (attack: Attack): Attack => ({ ...attack, admitted: attack.refused });

/** One attack for each policy, to see whether the API server has taken in a change. */
const samples = policyWalls.flatMap(({ name }) => attacksOn(name).slice(0, 1));
const standing = () => until('every wall stands', async () => (await through(samples)).length === 0);

test('every policy has attacks that name it', () => {
  expect(policyWalls.filter(({ name }) => attacksOn(name).length === 0).map(({ name }) => name)).toEqual([]);
});

describe('without a policy every attack on it gets through', () => {
  test.for(Object.entries(openings))('%s', async ([, { open, close }]) => {
    for (const wall of policyWalls) await send(open(wall));
    await until('every wall is open', async () => (await through(samples)).length === samples.length);
    const named = policyWalls.flatMap(({ name }) => attacksOn(name));
    const open_ = new Set(await through(named));
    for (const wall of policyWalls) await send(close(wall));
    await standing();
    expect(named.filter((attack) => !open_.has(attack)).map(({ name }) => name)).toEqual([]);
  });
});

/** Members of this group are refused by every changed policy, whatever they do: so one sees that the change has been taken in. */
const canary = (round: number) => `test:canary-${round}`;

/** The policy with one validation that always holds. */
function weakened({ policy }: PolicyWall, index: number, round: number) {
  const validations = policy.spec?.validations ?? [];
  const told = { expression: `!('${canary(round)}' in request.userInfo.groups)`, message: canary(round) };
  return respecify(policy, {
    ...policy.spec,
    validations: [told, ...validations.map((validation, at) => (at === index ? { ...validation, expression: 'true' } : validation))],
  });
}
const tells = async ({ refused }: Attack, round: number) => {
  const as: Actor = { user: refused.as.user ?? 'test:canary', groups: [...(refused.as.groups ?? [scene.everyRight]), canary(round)] };
  return (await impersonator.send(as, refused.request, { dryRun: !refused.live })).message.includes(canary(round));
};

test('without one validation some attack on its policy gets through', { timeout: 300_000 }, async () => {
  const uncovered: string[] = [];
  const rounds = Math.max(...policyWalls.map(({ policy }) => policy.spec?.validations?.length ?? 0));
  /** An attack that one validation alone refuses teaches nothing about another. */
  const learnt = new Set<Attack>();
  for (let round = 0; round < rounds; round++) {
    const walls = policyWalls.filter(({ policy }) => round < (policy.spec?.validations?.length ?? 0));
    for (const wall of walls) await send(weakened(wall, round, round));
    for (const { name } of walls) await until(`${name} is weakened`, () => tells(attacksOn(name)[0]!, round));
    const open = await through(walls.flatMap(({ name }) => attacksOn(name)).filter((attack) => !learnt.has(attack)));
    for (const attack of open) learnt.add(attack);
    for (const { name, policy } of walls)
      if (!open.some(({ wall }) => wall === name)) uncovered.push(`${name}: ${policy.spec?.validations?.[round]?.expression}`);
  }
  for (const { policy } of policyWalls) await send(respecify(policy));
  await standing();
  expect(uncovered).toEqual([]);
});

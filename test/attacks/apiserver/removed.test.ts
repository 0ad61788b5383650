// Takes each wall of the API server away in turn, as an administrator of the cluster could by mistake, and sees that the attacks notice: what no
// attack notices is not tested. Down to single rules: each validation of a policy must be what alone refuses some attack.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Impersonator } from '../../../src/verify/actor.ts';
import type { Attack } from '../../../src/verify/attack.ts';
import { catalogue } from '../../../src/verify/attacks.ts';
import { tryAll } from '../../../src/verify/trial.ts';
import { must, scene, until } from './lab.ts';
import { openings, policyWalls, respecify } from './removed/openings.ts';
import { type Stage, setStage } from './stage.ts';

let stage: Stage;
let impersonator: Impersonator;

beforeAll(async () => {
  stage = await setStage();
  impersonator = stage.impersonator;
});
afterAll(() => stage?.end());

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
  test.for(Object.entries(openings))('%s', { timeout: 120_000 }, async ([, { open, close }]) => {
    for (const wall of policyWalls) await send(open(wall));
    await until('every wall is open', async () => (await through(samples)).length === samples.length);
    const named = policyWalls.flatMap(({ name }) => attacksOn(name));
    const open_ = new Set(await through(named));
    for (const wall of policyWalls) await send(close(wall));
    await standing();
    expect(named.filter((attack) => !open_.has(attack)).map(({ name }) => name)).toEqual([]);
  });
});

const rbacAttacks = attacks.filter(({ wall }) => wall === 'RBAC').map(withoutTwin);
/** Names of the attacks on RBAC that get through now. */
const throughRbac = async () =>
  (await tryAll(impersonator, rbacAttacks)).filter(({ refused }) => !refused).map(({ attack: { name } }) => name);

test.for(['viewer', 'member', 'admin'])('a role that holds more than that of the chart is noticed: %s', async (role) => {
  const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/bulkhead:lab-${role}`;
  const { rules } = (await send({ method: 'GET', path })).body as { rules: object[] };
  const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] };
  expect(await throughRbac()).toEqual([]);
  await send({ method: 'PATCH', path, body: { rules: [...rules, secrets] } });
  await until('an attack gets through', async () => (await throughRbac()).length > 0);
  await send({ method: 'PATCH', path, body: { rules } });
  await until('the role is as before', async () => (await throughRbac()).length === 0);
});

/** Indices of all validations of its policy that an attack fails, while the bindings only warn. */
async function failed({ wall, refused }: Attack): Promise<number[]> {
  const { warnings } = await impersonator.send(refused.as, refused.request, { dryRun: !refused.live });
  return warnings.filter((words) => words.includes(`'${wall}'`)).flatMap((words) => /#(\d+)$/.exec(words)?.slice(1).map(Number) ?? []);
}

test('every validation of every policy alone refuses some attack', { timeout: 120_000 }, async () => {
  for (const { policy, binding } of policyWalls) {
    const validations = policy.spec?.validations?.map(({ expression }, index) => ({ expression, message: `#${index}` }));
    await send(respecify(policy, { ...policy.spec, validations }));
    await send(respecify(binding, { ...binding.spec, validationActions: ['Warn'] }));
  }
  const named = policyWalls.flatMap(({ name }) => attacksOn(name));
  await until('every policy warns', async () => (await Promise.all(samples.map(failed))).every((indices) => indices.length > 0));
  const alone = new Set<string>();
  const waiting = named.values();
  const work = async () => {
    for (const attack of waiting) {
      const [index, ...more] = await failed(attack);
      if (more.length === 0) alone.add(`${attack.wall} ${index}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  for (const { policy, binding } of policyWalls) for (const object of [policy, binding]) await send(respecify(object));
  await standing();
  const unneeded = policyWalls.flatMap(({ name, policy }) =>
    (policy.spec?.validations ?? []).flatMap(({ expression }, index) => (alone.has(`${name} ${index}`) ? [] : [`${name}: ${expression}`])),
  );
  expect(unneeded).toEqual([]);
});

// The model that somebody rebuilds from the exported policy of a lab, against the whole one: the same decisions, with the same rule, wherever no
// grant speaks of another lab; and never a yes where the whole model says no.
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { can } from '../../src/access/can.ts';
import { exportedPolicy } from '../../src/access/exported.ts';
import type { GrantFacts } from '../../src/access/facts.ts';
import { importedPolicy, setPolicy } from '../../src/access/imported.ts';
import { AccessModel } from '../../src/access/model.ts';
import { modelOf } from './model.ts';
import type { World } from './naive.ts';
import { labs, now, randomFrom, randomPlace, randomQuestion, randomWorld, verbs } from './worlds.ts';

const seed = Number(process.env.BULKHEAD_SEED ?? Math.floor(Math.random() * 2 ** 32));
const worlds = 4_000;
const placesEach = 2;
type Random = ReturnType<typeof randomFrom>;

/** As a person of the lab reads it. */
function rebuilt(world: World, model: AccessModel, lab: string): AccessModel {
  const given = world.grants.filter((grant) => grant.lab !== lab && grant.subjects.some(({ name }) => name?.split('/')[0] === lab));
  const read = importedPolicy(exportedPolicy(model, { lab, volumes: ['v', 'w'], given }, now).text, lab);
  if (!read.usable) throw new Error(read.why);
  const own = new AccessModel(read.policy.facility);
  setPolicy(own, read.policy);
  return own;
}

const speaksOfOthers = ({ lab, subjects, derivedFrom }: GrantFacts): boolean =>
  derivedFrom.some((input) => input.lab !== lab) ||
  subjects.some(({ kind, name = '' }) => (kind === 'Lab' || (kind === 'Group' && name.includes('/'))) && name.split('/')[0] !== lab);

function* questions(random: Random) {
  for (let place = randomPlace(random), index = 0; index < placesEach; place = randomPlace(random), index++)
    for (const verb of verbs) yield { ...randomQuestion(random), place, verb };
}

test(`every decision about places of a lab whose grants speak of no other is the same (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const counts = { yes: 0, no: 0 };
  for (let index = 0; index < worlds; index++) {
    const any = randomWorld(random);
    const world = { ...any, grants: any.grants.filter((grant) => !speaksOfOthers(grant)) };
    const model = modelOf(world);
    for (const { name: lab } of world.labs) {
      const own = rebuilt(world, model, lab);
      for (const { place, ...question } of questions(random)) {
        const asked = { ...question, place: { ...place, lab } };
        const decision = can(model, asked);
        counts[decision.allowed ? 'yes' : 'no']++;
        const mine = can(own, asked);
        if (!isDeepStrictEqual(mine, decision)) expect.fail(`seed ${seed}: ${JSON.stringify({ asked, mine, decision, world })}`);
      }
    }
  }
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan((counts.yes + counts.no) / 20); // 11 % when this was written
});

test(`whatever grants speak of, it never allows what the whole model refuses, to anybody and anywhere (seed ${seed})`, () => {
  const random = randomFrom(seed + 1);
  const counts = { yes: 0, less: 0 };
  for (let index = 0; index < worlds; index++) {
    const world = randomWorld(random);
    const model = modelOf(world);
    for (const lab of labs.filter((name) => model.lab(name))) {
      const own = rebuilt(world, model, lab);
      for (const asked of questions(random)) {
        const [mine, whole] = [can(own, asked), can(model, asked)];
        if (mine.allowed) counts.yes++;
        else if (whole.allowed) counts.less++;
        if (mine.allowed && !whole.allowed) expect.fail(`seed ${seed}: ${JSON.stringify({ asked, mine, whole, world })}`);
      }
    }
  }
  expect(Math.min(counts.yes, counts.less)).toBeGreaterThan(worlds / 2); // both happen
});

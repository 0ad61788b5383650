// The access model and the naive evaluator give the same answer to 100,000 questions about random facilities, also after changes in place.
import { expect, test } from 'vitest';
import { can } from '../../src/access/can.ts';
import type { AccessModel } from '../../src/access/model.ts';
import { modelOf } from './model.ts';
import { naive, type World } from './naive.ts';
import { now, randomFrom, randomQuestion, randomWorld } from './worlds.ts';

const seed = Number(process.env.BULKHEAD_SEED ?? Math.floor(Math.random() * 2 ** 32));
const worlds = 20_000;
const questionsEach = 5;

/** Counts answers, so that a generator that only ever asks for what is refused is noticed. */
function agree(model: AccessModel, world: World, random: ReturnType<typeof randomFrom>, counts: { yes: number; no: number }): void {
  for (let index = 0; index < questionsEach; index++) {
    const question = randomQuestion(random);
    const { allowed, rule } = can(model, question);
    const expected = naive(world, question.person, question.place, question.verb, now);
    counts[allowed ? 'yes' : 'no']++;
    if (allowed !== expected)
      expect.fail(
        `seed ${seed}: the model says ${allowed} (${JSON.stringify(rule)}), the texts say ${expected}\n${JSON.stringify({ question, world })}`,
      );
  }
}

test(`agree on ${worlds * questionsEach} questions about ${worlds} facilities (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const counts = { yes: 0, no: 0 };
  for (let index = 0; index < worlds; index++) {
    const world = randomWorld(random);
    agree(modelOf(world), world, random, counts);
  }
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan((worlds * questionsEach) / 20); // 10 % when this was written
});

test(`agree after every change of a facility that lives on (seed ${seed})`, () => {
  const random = randomFrom(seed + 1);
  const counts = { yes: 0, no: 0 };
  let world = randomWorld(random);
  const model = modelOf(world);
  for (let change = 0; change < 2_000; change++) {
    const other = randomWorld(random);
    const lab = other.labs[0];
    if (lab && random.maybe(0.3)) {
      world = { ...world, labs: [...world.labs.filter(({ name }) => name !== lab.name), lab] };
      model.setLab(lab);
    }
    for (const grant of other.grants) {
      const isGone = random.maybe(0.5);
      const rest = world.grants.filter(({ lab, name }) => lab !== grant.lab || name !== grant.name);
      world = { ...world, grants: isGone ? rest : [...rest, grant] };
      if (isGone) model.removeGrant(grant.lab, grant.name);
      else model.setGrant(grant);
    }
    agree(model, world, random, counts);
  }
});

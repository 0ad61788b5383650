// What an instance may mount, and until when, against a reading of the texts that knows neither index nor shortcut: everybody in the audience is
// asked about the place and about every directory below it that a rule speaks of, now and an instant later.
import { expect, test } from 'vitest';
import type { LabFacts, Person, Place } from '../../src/access/facts.ts';
import { decideMount, type InstanceFacts } from '../../src/access/instance.ts';
import { modelOf } from './model.ts';
import { belongs, naive, type World } from './naive.ts';
import { groupNames, labs, now, randomFrom, randomPlace, randomWorld, users } from './worlds.ts';

const seed = Number(process.env.BULKHEAD_SEED ?? Math.floor(Math.random() * 2 ** 32));
const count = 20_000;
const verbs = { ReadOnly: ['read'], ReadWrite: ['read', 'write'], Import: ['read', 'import'] };
const modes = ['ReadOnly', 'ReadWrite', 'Import'] as const;

/** Everybody whom the instance is for; nobody means the lab itself. */
function audience(world: World, lab: LabFacts, { owner, users, groups }: InstanceFacts, at: number): Person[] {
  const isForAll = users.length === 0 && groups.length === 0;
  const people: Person[] = [];
  for (const { user } of lab.members) if (isForAll || users.includes(user)) people.push({ user });
  for (const user of users) people.push({ user });
  for (const group of lab.groups) {
    if (!isForAll && !groups.includes(group.name)) continue;
    for (const user of group.users) people.push({ user });
    for (const external of group.externalGroups) people.push({ user: `anybody in ${external}`, groups: [external] });
  }
  const all = [...people.filter((person) => belongs(world, lab, person, at)), ...(owner === undefined ? [] : [{ user: owner }])];
  return all.map((person) => ({ ...person, through: `${lab.name}/relion` }));
}

function mayMount(world: World, instance: InstanceFacts, place: Place, mode: (typeof modes)[number], at: number): boolean {
  const lab = world.labs.find(({ name }) => name === instance.lab);
  if (!lab) return false;
  const below = world.grants
    .filter(
      ({ lab, volume, effect, derivedFrom }) =>
        lab === place.lab && volume === place.volume && (effect === 'Restrict' || derivedFrom.length > 0),
    )
    .flatMap(({ paths }) => paths.map((path) => ({ ...place, path })))
    .filter(({ path }) => path.length > place.path.length && place.path.every((segment, index) => segment === path[index]));
  return audience(world, lab, instance, at).every((person) =>
    [place, ...below].every((where) => verbs[mode].every((verb) => naive(world, person, where, verb, at))),
  );
}

test(`agree on ${count} mounts and their ends (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const seen = { refused: 0, forGood: 0, ending: 0 };
  for (let index = 0; index < count; index++) {
    const whole = randomWorld(random);
    // a visit moves the end of inactivity, so it is no end that is known beforehand
    const world = { ...whole, labs: whole.labs.map((lab) => ({ ...lab, inactivity: [] })) };
    const instance: InstanceFacts = {
      lab: random.one(labs),
      name: 'relion',
      ...(random.maybe(0.5) && { owner: random.one(users) }),
      users: random.some(users, 2),
      groups: random.some(groupNames, 1),
    };
    const lab = world.labs.find(({ name }) => name === instance.lab);
    if (!lab || [now, now + 1].some((at) => audience(world, lab, instance, at).length === 0)) continue; // the lab as a whole is tried elsewhere
    const [place, mode] = [randomPlace(random), random.one(modes)];
    const decision = decideMount(modelOf(world), instance, place, mode, now);
    const [today, tomorrow] = [now, now + 1].map((at) => mayMount(world, instance, place, mode, at));
    const expected = today ? { allowed: true, ...(!tomorrow && { until: now + 1 }) } : { allowed: false };
    const { allowed, ...rest } = decision;
    const got = 'until' in rest ? { allowed, until: rest.until } : { allowed };
    if (JSON.stringify(got) !== JSON.stringify(expected))
      expect.fail(
        `seed ${seed}: ${JSON.stringify(decision)} instead of ${JSON.stringify(expected)}\n${JSON.stringify({ instance, place, mode, world })}`,
      );
    seen[today ? (tomorrow ? 'forGood' : 'ending') : 'refused']++;
  }
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(20);
});

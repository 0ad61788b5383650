// One attack from inside a running pod: something that a wall must stop, beside a twin that must work. The same program tries both, so a wall
// that stops nothing and a tool that does nothing are told apart.
import { hostile, toolbox } from '../../cluster/images/catalogue.ts';
import { application, attacker, neighbour, workspace } from './cast.ts';
import { runAs } from './job.ts';
import type { Stage } from './stage.ts';

/** Where something is tried: Jobs of members of the labs, as `kubectl bulkhead run` makes them, and pods outside all labs. */
export type Place = keyof typeof jobs | keyof typeof pods;

const jobs = {
  /** Of the attacker, with the whole of its own directories and the granted ones. */
  workspace: { lab: attacker, instance: workspace, image: toolbox.reference },
  /** Of the attacker, as its application, whose database it may use. */
  application: { lab: attacker, instance: application, image: toolbox.reference },
  /** Of the attacker, with an image that an attacker built. */
  'hostile image': { lab: attacker, instance: workspace, image: hostile.reference },
  /** Of the other lab, as its application and as its workspace. */
  'application of the neighbour': { lab: neighbour, instance: application, image: toolbox.reference },
  'workspace of the neighbour': { lab: neighbour, instance: workspace, image: toolbox.reference },
};
const pods = { outside: 'plain', 'hostile image outside': 'hostile', 'root on the node': 'root' } as const;

/** A verb of the toolbox (test/cluster/go/toolbox) with what it needs. */
export interface Try {
  in: Place;
  do: string;
  on?: string;
  with?: string;
}

export interface NodeAttack {
  category: string;
  name: string;
  attack: Try;
  /** What shows that the wall holds: any of these, or text of this form. */
  held: string[] | RegExp;
  twin: Try;
  works: string | RegExp;
  /** No wall: known, written down in docs/security.md, and here so that a change of it is noticed. */
  residual?: true;
}

/** A row of the table for auditors. */
export interface Row {
  category: string;
  name: string;
  tried: string;
  expected: string;
  observed: string;
  twin: { tried: string; expected: string; observed: string };
  /** Whether the attack was stopped and its twin worked. */
  stands: boolean;
  residual: boolean;
}

/** Tries all attacks, in as many pods as there are places, at the same time. */
export async function tryOnNode(stage: Stage, attacks: NodeAttack[]): Promise<Row[]> {
  const tries = attacks.flatMap(({ attack, twin, works }) => [
    { ...attack, until: '' },
    { ...twin, until: typeof works === 'string' ? works : '' },
  ]);
  const places = [...new Set(tries.map((each) => each.in))];
  const seen = new Map<string, string>();
  await Promise.all(
    places.map(async (place) => {
      const here = new Map(tries.filter((each) => each.in === place).map((each) => [idOf(each), asked(each)]));
      const program = ['toolbox', 'attempts', JSON.stringify([...here].map(([id, rest]) => ({ ...rest, id })))];
      const output =
        place in pods ? await stage.outside.run(pods[place as keyof typeof pods], program) : await runIn(stage, place, program);
      for (const { id, seen: came } of outcomesIn(output)) seen.set(place + id, came);
    }),
  );
  const came = (each: Try, works: string | RegExp) =>
    seen.get(each.in + idOf({ ...each, until: typeof works === 'string' ? works : '' })) ?? 'nothing';
  return attacks.map(({ category, name, attack, held, twin, works, residual = false }) => {
    const [observed, control] = [came(attack, /./), came(twin, works)];
    return {
      category,
      name,
      tried: describe(attack),
      expected: `${held instanceof RegExp ? held : held.join(' or ')}`,
      observed,
      twin: { tried: describe(twin), expected: `${works}`, observed: control },
      stands:
        (held instanceof RegExp ? held.test(observed) : held.includes(observed)) &&
        (works instanceof RegExp ? works.test(control) : works === control),
      residual,
    };
  });
}

type Asked = Try & { until: string };
/** What the toolbox reads; the same thing in one place is tried once, however many attacks ask for it. */
const asked = ({ do: verb, on, with: other, until }: Asked) => ({ do: verb, on, with: other, until });
const idOf = (each: Asked) => JSON.stringify(asked(each));

/** What the toolbox printed of its attempts. */
export const outcomesIn = (output: string): { id: string; seen: string }[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { id: string; seen: string });

const describe = ({ in: place, do: verb, on, with: other }: Try) => [`${place}:`, verb, on, other].filter(Boolean).join(' ');

async function runIn(stage: Stage, place: string, command: string[]): Promise<string> {
  const { lab, instance, image } = jobs[place as keyof typeof jobs];
  return runAs(stage.facility, { lab, instance, image, command });
}

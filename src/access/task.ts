// Whether a person may do a task of CellEngine: every permission it needs, each at the place where it is needed (CE-22, CE-24). Pure.
import { can, type Rule } from './can.ts';
import { type CellEnginePermission, type Requirement, type Task, verbOf, type Where } from './cellengine.ts';
import type { Person, Place } from './facts.ts';
import type { AccessModel } from './model.ts';

/** What the request is about. A place that it has none of is absent. */
export interface TaskRequest {
  person: Person;
  task: Task;
  /** The experiment or the folder itself. */
  here: Place;
  places?: Partial<Record<Exclude<Where, 'Here'>, Place[]>>;
  /** Whether what is read is replaced. */
  replacing?: boolean;
  at: number;
}

export type TaskDecision = { allowed: true } | { allowed: false; missing: CellEnginePermission[]; place: Place; rule: Rule };

export function mayDo(model: AccessModel, request: TaskRequest): TaskDecision {
  const { person, task, at } = request;
  for (const need of task.needs) {
    for (const place of placesOf(request, need)) {
      const answers = need.anyOf.map((permission) => can(model, { person, place, verb: verbOf(permission), at }));
      const [first] = answers;
      if (first && answers.every(({ allowed }) => !allowed)) return { allowed: false, missing: need.anyOf, place, rule: first.rule };
    }
  }
  return { allowed: true };
}

function placesOf({ here, places = {}, replacing }: TaskRequest, { where, whenReplacing }: Requirement): Place[] {
  if (whenReplacing && !replacing) return [];
  return where === 'Here' ? [here] : (places[where] ?? []);
}

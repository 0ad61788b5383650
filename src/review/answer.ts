// The answer to one question, from the model that decides about mounts and role bindings as well. Pure.
import { can, type Rule } from '../access/can.ts';
import { tasks, verbOf } from '../access/cellengine.ts';
import { explain } from '../access/explain.ts';
import { asUserOf, type InstanceFacts } from '../access/instance.ts';
import type { AccessModel } from '../access/model.ts';
import { mayDo } from '../access/task.ts';
import { hereOf, othersOf, personOf, type ReviewSpec } from './question.ts';

type Contacts = { name: string; email: string }[];

export interface ReviewStatus {
  allowed: boolean;
  /** What decided, in one word: `by` of the rule. */
  reason: string;
  /** What decided, in parts; instants are RFC 3339. */
  rule: object;
  /** For people. */
  message: string;
  /** Whom a person may ask who is kept out of the lab; empty for everybody else. */
  contacts: Contacts;
}

export interface Asked {
  spec: ReviewSpec;
  /** The instance that asks, about somebody who is there. Absent: a gateway. */
  inside: InstanceFacts | undefined;
}

/** @param contactsOf contacts of a lab, for those whom the lab keeps out without saying more */
export function answer(model: AccessModel, { spec, inside }: Asked, contactsOf: (lab: string) => Contacts, at: number): ReviewStatus {
  const person = inside ? asUserOf(model, inside, personOf(spec), at) : personOf(spec);
  const here = hereOf(spec);
  const status = (allowed: boolean, rule: Rule, message: string): ReviewStatus => ({
    allowed,
    reason: rule.by,
    rule: shown(rule),
    message,
    contacts: rule.by === 'NotActive' ? (rule.period?.contacts ?? contactsOf(spec.lab)) : [],
  });
  const task = tasks.find(({ id }) => id === spec.task);
  if (!task) {
    const question = { person, place: here, verb: spec.verb ?? '', at };
    const decision = can(model, question);
    return status(decision.allowed, decision.rule, explain(question, decision));
  }
  const decision = mayDo(model, { person, task, here, places: othersOf(spec), replacing: spec.replacing, at });
  const who = spec.user ?? 'anybody (not logged in)';
  if (decision.allowed) {
    const message = `${who} may do ${task.id} (${task.title})`;
    return { allowed: true, reason: 'Task', rule: { by: 'Task', task: task.id }, message, contacts: [] };
  }
  const { missing, place, rule } = decision;
  const verb = missing.map(verbOf).join(' or ');
  const lacks = explain({ person, place, verb }, { allowed: false, rule });
  return status(false, rule, `${who} may not do ${task.id} (${task.title}): ${lacks}`);
}

/** Instants as text: a number of milliseconds is no date to whoever reads JSON. */
function shown(rule: Rule): object {
  if (rule.by === 'NotActive') {
    const { since, period, ...rest } = rule;
    return {
      ...rest,
      ...(since !== undefined && { since: new Date(since).toISOString() }),
      ...(period && { group: period.group, maxInactivitySeconds: period.maxMs / 1000 }),
    };
  }
  return rule.by === 'Input' ? { ...rule, rule: shown(rule.rule) } : rule;
}

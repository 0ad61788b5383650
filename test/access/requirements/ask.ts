// Questions about a facility in a few words, for the tables of requirements.
import { can } from '../../../src/access/can.ts';
import type { Person, Place } from '../../../src/access/facts.ts';
import type { AccessModel } from '../../../src/access/model.ts';
import { segments } from '../../../src/access/read.ts';

export const now = Date.parse('2026-05-12T08:00:00Z');
export const hour = 3_600_000;

/** `smith:projects/p1`; without a lab: of lab smith. */
export function place(text: string): Place {
  const [lab, rest] = text.includes(':') ? (text.split(':') as [string, string]) : ['smith', text];
  const [volume = '', ...path] = segments(rest);
  return { lab, volume, path };
}

/** `jo`, `jo@oidc:students`, `-` for somebody who is not logged in. */
function person(text: string): Person {
  const [user = '', group] = text.split('@');
  return text === '-' ? {} : { user, ...(group !== undefined && { groups: [group] }) };
}

/** `jo write projects/p1` → whether, and the rule that decided. */
export function ask(model: AccessModel, question: string, at = now): string {
  const [who = '', verb = '', where = ''] = question.split(' ');
  const { allowed, rule } = can(model, { person: person(who), place: place(where), verb, at });
  return `${allowed ? 'yes' : 'no'} ${rule.by}`;
}

/** Those of them who may. */
export const whoOf = (model: AccessModel, people: string[], verb: string, where: string, at = now): string[] =>
  people.filter((one) => ask(model, `${one} ${verb} ${where}`, at).startsWith('yes'));

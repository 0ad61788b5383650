// Who can do something at a place: everybody whom the model knows by name, and the groups and crowds that rules speak of. Pure.
import { everybodyIn } from './audience.ts';
import { can, type Rule } from './can.ts';
import type { Person, Place } from './facts.ts';
import type { AccessModel } from './model.ts';

/** `Crowd`: everybody of an external group, anybody who is logged in, or anybody at all. */
export interface Candidate {
  kind: 'User' | 'ExternalGroup' | 'ServiceAccount' | 'Authenticated' | 'Everyone';
  name: string;
  person: Person;
}

export interface Holder extends Candidate {
  rule: Rule;
}

export const whoCan = (model: AccessModel, place: Place, verb: string, at: number): Holder[] =>
  candidates(model).flatMap((candidate) => {
    const { allowed, rule } = can(model, { person: candidate.person, place, verb, at });
    return allowed ? [{ ...candidate, rule }] : [];
  });

/** Everybody about whom a question makes sense, sorted. Somebody logged in whom no rule names stands for all the others like him. */
function candidates(model: AccessModel): Candidate[] {
  const users = new Set(model.facility.admins.users);
  const groups = new Set(model.facility.admins.groups);
  const accounts = new Set<string>();
  for (const { facts } of model.labs) {
    for (const { user } of facts.members) users.add(user);
    for (const group of facts.groups) {
      for (const user of group.users) users.add(user);
      for (const external of group.externalGroups) groups.add(external);
    }
    for (const { subjects } of model.grantsOf(facts.name)) {
      for (const { kind, name = '' } of subjects) {
        if (kind === 'User') users.add(name);
        if (kind === 'Group' && !name.includes('/')) groups.add(name);
        if (kind === 'ServiceAccount') accounts.add(name);
      }
    }
  }
  return [
    ...[...users].sort().map((name): Candidate => ({ kind: 'User', name, person: { user: name } })),
    ...[...groups].sort().map((name): Candidate => ({ kind: 'ExternalGroup', name, person: everybodyIn(name) })),
    ...[...accounts].sort().map((name): Candidate => ({ kind: 'ServiceAccount', name, person: { user: accountUser(name) } })),
    { kind: 'Authenticated', name: 'anybody who is logged in', person: { user: 'system:authenticated' } },
    { kind: 'Everyone', name: 'anybody at all', person: {} },
  ];
}

/** @param name `lab/instance` */
export function accountUser(name: string): string {
  const [lab, instance] = name.split('/');
  return `system:serviceaccount:lab-${lab}:${instance}`;
}

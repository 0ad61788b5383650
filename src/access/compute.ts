// Whether somebody may run pods and Jobs in the name of an instance: the verb compute in the whole lab, and a place in its audience. Pure.
import { can, type Rule } from './can.ts';
import { ruleText } from './explain.ts';
import type { Person } from './facts.ts';
import type { InstanceFacts } from './instance.ts';
import type { AccessModel } from './model.ts';
import { standingOf } from './standing.ts';

export interface Use {
  allowed: boolean;
  /** What decided, in words. */
  why: string;
  rule: Rule;
}

export function mayUse(model: AccessModel, { lab: labName, owner, users, groups }: InstanceFacts, person: Person, at: number): Use {
  // No root and no path: what holds in the whole lab. A grant over some path gives nobody the right to run anything.
  const { allowed, rule } = can(model, { person, place: { lab: labName, volume: '', path: [] }, verb: 'compute', at });
  if (!allowed) return { allowed, rule, why: ruleText(rule) };
  if (users.length + groups.length === 0) return { allowed, rule, why: `${ruleText(rule)}, and the instance is for the whole lab` };
  const lab = model.lab(labName);
  const standing = lab && standingOf(lab, person, at);
  const group = standing?.is === 'in' ? groups.find((name) => standing.groups.includes(name)) : undefined;
  const place =
    person.user !== undefined && person.user === owner
      ? 'owns it'
      : person.user !== undefined && users.includes(person.user)
        ? 'is named in its audience'
        : group !== undefined && `is in group ${group} of its audience`;
  if (!place) return { allowed: false, rule: { by: 'NothingAllows' }, why: `is not in its audience (${[...users, ...groups].join(', ')})` };
  return { allowed, rule, why: `${ruleText(rule)}, and ${place}` };
}

// Who is inactive in a lab: not seen for longer than a period of one of the own groups allows (CM-20..CM-22). Pure. Whoever belongs to a group
// only through the identity provider is known by visits alone, and inactive for as long as the provider says so.
import type { InactivityFacts } from './facts.ts';
import type { AccessModel } from './model.ts';
import { lossesAhead, standingOf } from './standing.ts';

export interface Inactive {
  user: string;
  /** A period that is exceeded; any one suffices (CM-22). A person of several groups of the identity provider may be here for each. */
  period: InactivityFacts;
  /** Milliseconds since 1970. */
  since: number;
  /** Only for somebody in one of these groups of the identity provider. Empty: the lab lists the person. */
  externalGroups: string[];
}

export interface InactivePeople {
  /** Sorted; those whom the lab lists come first. */
  people: Inactive[];
  /** When time alone makes somebody inactive, unless there is a visit before. */
  nextChange: Date | undefined;
}

export function inactiveIn(model: AccessModel, labName: string, at: number): InactivePeople {
  const lab = model.lab(labName);
  const { inactivity = [], suspended } = lab?.facts ?? {};
  if (!lab || inactivity.length === 0 || suspended) return { people: [], nextChange: undefined };
  const users = new Set([...lab.members.keys(), ...lab.groupsByUser.keys(), ...lab.lastSeen.keys()]);
  const people: Inactive[] = [];
  const next: number[] = [];
  for (const user of [...users].sort()) {
    const standing = standingOf(lab, { user }, at);
    if (standing.is === 'out') {
      if (standing.period) people.push({ user, period: standing.period, since: standing.since ?? at, externalGroups: [] });
      continue;
    }
    const { inactive } = lossesAhead(lab, { user }, at);
    if (inactive !== undefined) next.push(inactive);
    for (const { group } of inactivity) {
      const externalGroups = lab.groups.get(group)?.externalGroups ?? [];
      const person = { user, groups: externalGroups };
      const there = standingOf(lab, person, at);
      if (there.is === 'out' && there.period?.group === group)
        people.push({ user, period: there.period, since: there.since ?? at, externalGroups });
      else next.push(...[lossesAhead(lab, person, at).inactive].filter((instant) => instant !== undefined));
    }
  }
  const named = people.filter(({ externalGroups }) => externalGroups.length === 0);
  const known = people.filter(({ externalGroups }) => externalGroups.length > 0);
  return { people: [...named, ...known], nextChange: next.length > 0 ? new Date(next.reduce((a, b) => Math.min(a, b))) : undefined };
}

// Whether a person is one of the subjects of a grant. Pure.
import type { Person, Subject } from './facts.ts';
import type { AccessModel } from './model.ts';
import { standingOf } from './standing.ts';

/** Everybody stands in their labs as of `at`: a suspended member of a lab is no subject through that lab, nor through its groups. */
export function isSubject(model: AccessModel, { kind, name = '' }: Subject, person: Person, at: number): boolean {
  switch (kind) {
    case 'Everyone':
      return true;
    case 'Authenticated':
      return person.user !== undefined || person.wholeLab !== undefined;
    case 'User':
      return person.user === name;
    case 'ServiceAccount': {
      const [lab, instance] = split(name);
      return person.through === name || person.user === `system:serviceaccount:lab-${lab}:${instance}`;
    }
    case 'Lab': {
      const lab = model.lab(name);
      return lab !== undefined && standingOf(lab, person, at).is === 'in';
    }
    case 'Group': {
      const [labName, group] = split(name);
      if (group === undefined) return person.groups?.includes(name) ?? false;
      const lab = model.lab(labName);
      if (!lab) return false;
      const standing = standingOf(lab, person, at);
      return standing.is === 'in' && standing.groups.includes(group);
    }
  }
}

/** Two subjects with one key are the same, whoever they hold. */
export const subjectKey = ({ kind, name = '' }: Subject): string => `${kind}:${name}`;

function split(name: string): [lab: string, rest: string | undefined] {
  const slash = name.indexOf('/');
  return slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
}

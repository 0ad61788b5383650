// Whom a lab concerns: its own people, whom its grants name, the people of labs that they name, and those who stand for many. Pure.
import { everybodyIn } from '../../access/audience.ts';
import type { Person } from '../../access/facts.ts';
import type { AccessModel } from '../../access/model.ts';
import { accountUser } from '../../access/who.ts';

export interface Somebody {
  kind: 'User' | 'Lab' | 'ExternalGroup' | 'ServiceAccount' | 'Authenticated' | 'Everyone';
  name: string;
  person: Person;
  /** A person whom nothing names but the lab that they belong to: stands in its row unless something is different. */
  through?: string;
}

/** Sorted: own people, other people, then the many. */
export function peopleConcernedBy(model: AccessModel, labName: string): Somebody[] {
  const own = new Set<string>();
  const named = new Set(model.facility.admins.users);
  const groups = new Set(model.facility.admins.groups);
  const accounts = new Set<string>();
  const labs = new Set<string>();
  const lab = model.lab(labName);
  for (const { user } of lab?.facts.members ?? []) own.add(user);
  for (const { users, externalGroups } of lab?.facts.groups ?? []) {
    for (const user of users) own.add(user);
    for (const group of externalGroups) groups.add(group);
  }
  for (const { kind, name = '' } of model.grantsOf(labName).flatMap(({ subjects }) => subjects)) {
    if (kind === 'User') named.add(name);
    if (kind === 'ServiceAccount') accounts.add(name);
    if (kind === 'Group' && !name.includes('/')) groups.add(name);
    if ((kind === 'Lab' || kind === 'Group') && name.split('/')[0] !== labName && model.lab(name.split('/')[0] ?? ''))
      labs.add(name.split('/')[0] ?? '');
  }
  const users = (names: Iterable<string>): Somebody[] =>
    [...names].toSorted().map((name) => ({ kind: 'User', name, person: { user: name } }));
  const others = [...named].filter((name) => !own.has(name));
  return [
    ...users(own),
    ...users(others),
    ...[...labs]
      .toSorted()
      .flatMap((name): Somebody[] => [
        { kind: 'Lab', name, person: { wholeLab: name } },
        ...users(peopleOf(model, name).filter((user) => !own.has(user) && !named.has(user))).map((one) => ({ ...one, through: name })),
      ]),
    ...[...groups].toSorted().map((name): Somebody => ({ kind: 'ExternalGroup', name, person: everybodyIn(name) })),
    ...[...accounts].toSorted().map((name): Somebody => ({ kind: 'ServiceAccount', name, person: { user: accountUser(name) } })),
    { kind: 'Authenticated', name: 'anybody who is logged in', person: { user: 'system:authenticated' } },
    { kind: 'Everyone', name: 'anybody at all', person: {} },
  ];
}

/** Members, and people whom groups of the lab name. */
export const peopleOf = (model: AccessModel, labName: string): string[] => {
  const { members = [], groups = [] } = model.lab(labName)?.facts ?? {};
  return [...new Set([...members.map(({ user }) => user), ...groups.flatMap(({ users }) => users)])];
};

/** How people read it. */
export function nameText({ kind, name }: Somebody): string {
  switch (kind) {
    case 'Lab':
      return `everybody in lab ${name}`;
    case 'ExternalGroup':
      return `group ${name}`;
    case 'ServiceAccount':
      return `instance ${name}`;
    default:
      return name;
  }
}

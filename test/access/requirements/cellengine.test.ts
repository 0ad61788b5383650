// CellEngine: its 47 permissions and 92 tasks against the table of its documentation (cellengine.json), inheritance, union, change.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { can } from '../../../src/access/can.ts';
import { tasks } from '../../../src/access/cellengine.ts';
import { standardRoles } from '../../../src/access/role.ts';
import { mayDo } from '../../../src/access/task.ts';
import { aFacility } from '../../fixtures/access.ts';
import { ask, now, place, whoOf } from './ask.ts';

interface Need {
  permission?: string;
  anyOf?: { permission: string }[];
}
const source = JSON.parse(readFileSync(join(import.meta.dirname, 'cellengine.json'), 'utf8')) as {
  permissions: { id: string; name: string; roles: string[] }[];
  tasks: { id: string; section: string; task: string; allOf: Need[]; see?: string }[];
};
const roles = ['limited-read-only', 'read-only', 'basic-read-write', 'full-read-write'] as const;
const model = aFacility()
  .lab('smith', (lab) => roles.reduce((lab, role) => lab.member(role, role), lab))
  .model();
const here = place('projects/trials/e1');

describe('CE-11 the table of the source', () => {
  test.for(source.permissions.flatMap(({ name, roles: holders }) => roles.map((role) => [name, role, holders.includes(role)] as const)))(
    'permission %s, role %s: %s',
    ([name, role, holds]) => {
      expect((standardRoles[role] as readonly string[]).includes(`cellengine:${name}`)).toBe(holds);
    },
  );

  test('CE-6 the four roles hold 2, 5, 36 and 47 of its 47 permissions', () => {
    expect(source.permissions).toHaveLength(47);
    expect(roles.map((role) => standardRoles[role].filter((verb) => verb.startsWith('cellengine:')).length)).toEqual([2, 5, 36, 47]);
  });

  /** Straight from the table, with no code of ours: a task is allowed when each of its needs is met; one refers to another. */
  function allows(id: string, role: string): boolean {
    const task = source.tasks.find((one) => one.id === id)!;
    const holds = (permission: string) => source.permissions.find(({ name }) => name === permission)!.roles.includes(role);
    if (task.see === 'see download FCS file') return allows('CE-T46', role);
    return task.allOf.every(({ permission, anyOf }) => (permission ? holds(permission) : anyOf!.some((one) => holds(one.permission))));
  }

  const table = source.tasks.flatMap(({ id }) => roles.map((role) => [id, role, allows(id, role)] as const));
  test.for(table)('%s as %s: %s', ([id, role, allowed]) => {
    const task = tasks.find((one) => one.id === id)!;
    const places = { Source: [here], Parent: [here], NewParent: [here], OldParent: [here], Below: [here] };
    expect(mayDo(model, { person: { user: role }, task, here, places, replacing: true, at: now }).allowed).toBe(allowed);
  });

  test('CE-22 all 92 tasks × 4 roles were asked, and both answers occur for every role but the highest', () => {
    expect(table).toHaveLength(368);
    expect(roles.map((role) => table.filter(([, one, allowed]) => one === role && allowed).length)).toEqual([11, 14, 81, 92]);
  });

  test('every task has the title of the source', () => {
    expect(tasks.map(({ id, title }) => [id, title])).toEqual(source.tasks.map(({ id, section, task }) => [id, `${section}: ${task}`]));
  });
});

const verbsOf = (role: (typeof roles)[number]) => standardRoles[role].filter((verb) => !verb.includes(':'));
test.for([
  ['CE-2 limited read-only looks', 'limited-read-only', ['read']],
  ['CE-3 read-only copies and downloads as well', 'read-only', ['read', 'export', 'fork']],
  ['CE-4 basic changes, and neither deletes nor shares', 'basic-read-write', ['read', 'export', 'fork', 'write', 'import', 'compute']],
  [
    'CE-5 full deletes and shares as well',
    'full-read-write',
    ['read', 'export', 'fork', 'write', 'import', 'compute', 'delete', 'share', 'shareExternal', 'administer'],
  ],
] as const)('%s', ([, role, want]) => {
  expect(verbsOf(role)).toEqual(want);
});

/** A folder with an experiment in it, and one beside. */
const trials = aFacility()
  .role('gate-editor', 'cellengine:gate.create', 'cellengine:gate.update', 'cellengine:gate.delete')
  .lab('smith', (lab) => lab.member('pi', 'full-read-write'))
  .grant('gating-tech', { paths: ['trials/2026'], to: ['User:tech'], roles: ['limited-read-only', 'gate-editor'] });

test.for(
  Object.entries({
    'CE-1, CE-9 a role on a folder': ['tech read projects/trials/2026', 'yes Grant'],
    'CE-10 holds for the experiments in it': ['tech read projects/trials/2026/e1', 'yes Grant'],
    'CE-10 and for the folders below': ['tech cellengine:gate.update projects/trials/2026/deep/e2', 'yes Grant'],
    'CE-10 not for the folder above': ['tech read projects/trials', 'no NothingAllows'],
    'CE-10 nor for one whose name begins alike': ['tech read projects/trials/2026b', 'no NothingAllows'],
    'CE-7 roles combine: gates': ['tech cellengine:gate.update projects/trials/2026', 'yes Grant'],
    'CE-7 and viewing, not more': ['tech export projects/trials/2026', 'no NothingAllows'],
    'CE-8 a custom role is there for everybody who may share': ['pi share projects/trials/2026', 'yes Member'],
  } as const),
)('%s', ([, [question, want]]) => {
  expect(ask(trials.model(), question)).toBe(want);
});

test('CE-12 what holds is the union over the experiment and every folder that contains it', () => {
  const union = trials
    .grant('all', { paths: ['trials'], to: ['User:tech'], permissions: ['export'] })
    .grant('one', { paths: ['trials/2026/e1'], to: ['User:tech'], permissions: ['write'] })
    .model();
  const held = (where: string) => ['read', 'export', 'write'].filter((verb) => ask(union, `tech ${verb} ${where}`).startsWith('yes'));
  expect(held('projects/trials/2026/e1')).toEqual(['read', 'export', 'write']);
  expect(held('projects/trials/2026/e2')).toEqual(['read', 'export']);
  expect(held('projects/trials/2025')).toEqual(['export']);
});

test('CE-13 a grant on the folder that comes or goes later counts at once in everything below', () => {
  const changing = trials.model();
  const question = 'late read projects/trials/2026/deep/e2';
  expect(ask(changing, question)).toBe('no NothingAllows');
  const [grant] = changing.grantsOf('smith');
  changing.setGrant({ ...grant!, name: 'late', subjects: [{ kind: 'User', name: 'late' }] });
  expect(ask(changing, question)).toBe('yes Grant');
  changing.removeGrant('smith', 'late');
  expect(ask(changing, question)).toBe('no NothingAllows');
});

test('CE-17 somebody whom a lab only names as a contact may do nothing', () => {
  expect(whoOf(trials.model(), ['researcher', 'pi'], 'read', 'projects/trials')).toEqual(['pi']);
});

test('CE-23 a task of an experiment is refused to who holds its permission and cannot read it', () => {
  const blind = aFacility()
    .role('renamer', 'cellengine:experiment.update')
    .lab('smith', (lab) => lab.member('jo', 'renamer').member('ada', 'renamer', 'limited-read-only'))
    .model();
  const task = tasks.find(({ title }) => title === 'Experiments: Rename experiment')!;
  const may = (user: string) => mayDo(blind, { person: { user }, task, here, at: now });
  expect(may('jo')).toMatchObject({ allowed: false, missing: ['experiment.read'] });
  expect(may('ada')).toEqual({ allowed: true });
});

const oneTask = (title: string, user: string) =>
  mayDo(
    aFacility()
      .role('internal', 'cellengine:experiment.changePermissionInternal')
      .role('external', 'cellengine:experiment.changePermissionExternal')
      .lab('smith', (lab) =>
        lab
          .member('viewer', 'limited-read-only')
          .member('in', 'limited-read-only', 'internal')
          .member('out', 'limited-read-only', 'external'),
      )
      .model(),
    { person: { user }, task: tasks.find((one) => one.title === `Experiments: Change permission: ${title}`)!, here, at: now },
  ).allowed;
test.for([
  ['CE-25 revoking the own permission needs only read', 'Revoke your own permission', { viewer: true, in: true, out: true }],
  [
    'CE-26 revoking that of others needs the internal or the external right',
    'Revoke other user’s permission',
    { viewer: false, in: true, out: true },
  ],
  ['CE-21 inside needs the internal right', 'Grant permission to user in same domain', { viewer: false, in: true, out: false }],
  ['CE-21 outside needs the external right', 'Grant permission to user outside of domain', { viewer: false, in: false, out: true }],
] as const)('%s', ([, title, want]) => {
  expect(Object.fromEntries(['viewer', 'in', 'out'].map((user) => [user, oneTask(title, user)]))).toEqual(want);
});

test('CE-31 retention: a grant ends at its very instant, with no further change', () => {
  const held = aFacility()
    .lab('smith')
    .grant('g', { paths: ['e1'], to: ['User:jo'], roles: ['read-only'], expiresAt: now })
    .model();
  const may = (at: number) => can(held, { person: { user: 'jo' }, place: place('projects/e1'), verb: 'read', at }).allowed;
  expect([may(now - 1), may(now)]).toEqual([true, false]);
});

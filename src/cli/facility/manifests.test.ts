import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectsOf, type ReadOptions, readManifests } from './manifests.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bulkhead-manifests-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
/** What is wrong, without the folder. */
const faults = async (options: ReadOptions = {}): Promise<string[]> =>
  readManifests([folder], options).then(
    () => [],
    (error: Error) => error.message.replaceAll(`${folder}/`, '').split('\n'),
  );

const api = 'apiVersion: bulkhead.science/v1alpha1';
const lab = (name: string, spec: string) => `${api}\nkind: Lab\nmetadata: {name: ${name}}\nspec:\n${spec}\n`;
const grant = (name: string, ...spec: string[]) =>
  [api, 'kind: DataGrant', `metadata: {name: ${name}, namespace: lab-smith}`, 'spec:', ...spec.map((line) => `  ${line}`), ''].join('\n');

test('all files of a folder, all documents of a file, all items of a List; other kinds, hidden folders and other files do not matter', async () => {
  await write({
    'labs/smith.yaml': `${lab('smith', '  members: [{user: jo, roles: [read-only]}]')}---\n${lab('jones', '  groups: []')}`,
    'all.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'bulkhead.science/v1alpha1',
          kind: 'DataRole',
          metadata: { name: 'gates' },
          spec: { permissions: ['cellengine:gate.update'] },
        },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
      ],
    }),
    'other.yaml': 'apiVersion: bulkhead.example/v1\nkind: Lab\nmetadata: {name: 1}\n---\n- a list\n---\n',
    'chart/templates/x.yaml': '{{- if .Values.x }}\nkind: {{ . }}\n',
    '.git/x.yaml': 'kind: Lab\napiVersion: bulkhead.science/v1alpha1\n',
    'README.md': api,
  });
  const { labs, roles, grants } = objectsOf((await readManifests([folder])).found);
  expect([labs.map(({ metadata }) => metadata.name), roles.map(({ metadata }) => metadata.name), grants]).toEqual([
    ['smith', 'jones'],
    ['gates'],
    [],
  ]);
});

test('facility administrators come from the ConfigMap of the operator, or from the values of the chart', async () => {
  await write({ 'values.yaml': 'facilityAdmins: {users: [root], groups: []}\nconfig: {access: {allowAnonymous: true}}\n' });
  expect((await readManifests([folder])).access).toEqual({ admins: { users: ['root'], groups: [] }, allowAnonymous: true });
  await write({
    'values.yaml': '',
    'config.yaml': 'kind: ConfigMap\nmetadata: {name: bulkhead}\ndata:\n  config.yaml: "image: x\\naccess: {admins: {users: [it]}}"\n',
  });
  expect((await readManifests([folder])).access?.admins.users).toEqual(['it']);
});

test('every fault is named with file, line, object and field', async () => {
  await write({
    'a.yaml': `# comment\n${lab('smith', '  members:\n  - user: jo\n    rolles: [x]\n  - user: 7\n  userRoot: ../users\n')}`,
    'b.yaml': grant('g', 'volume: projects', 'paths:', '- p1', '- ../p2', 'subjects: [{kind: Lab}]', 'effect: Deny'),
  });
  expect(await faults()).toEqual([
    expect.stringMatching(/^a\.yaml:9: Lab smith: spec\.members\[1\]\.user: .*expected string.* \(is 7\)$/),
    expect.stringMatching(/^a\.yaml:8: Lab smith: spec\.members\[0\]\.rolles: is no field here; there are user, roles/),
    expect.stringMatching(/^a\.yaml:10: Lab smith: spec\.userRoot: must be segments .* \(is "\.\.\/users"\)$/),
    expect.stringMatching(/^b\.yaml:10: DataGrant lab-smith\/g: spec\.effect: .*Allow.*Restrict/),
    expect.stringMatching(/^b\.yaml:8: DataGrant lab-smith\/g: spec\.paths\[1\]: must be segments/),
    expect.stringMatching(/^b\.yaml:9: DataGrant lab-smith\/g: spec\.subjects\[0\]: name is required/),
  ]);
});

test.for(
  Object.entries({
    'an object that is written twice': [
      { 'a.yaml': lab('x', '  {}'), 'b.yaml': lab('x', '  {}') },
      /b\.yaml:1: Lab x is written twice; .*a\.yaml:1/,
    ],
    'a grant that is in no namespace': [
      { 'a.yaml': grant('g', 'volume: projects').replace(', namespace: lab-smith', '') },
      /metadata\.namespace is required/,
    ],
    'a grant that is in the namespace of no lab': [
      { 'a.yaml': grant('g', 'volume: projects').replace('lab-smith', 'default') },
      /"default" is no namespace/,
    ],
    'an older version of the API': [
      { 'a.yaml': lab('x', '  {}').replace('v1alpha1', 'v1') },
      /apiVersion is bulkhead\.science\/v1; .*v1alpha1/,
    ],
    'a template that speaks of Bulkhead': [{ 'a.yaml': `${api}\nkind: {{ .x }}\n  a: b: c` }, /a\.yaml:\d: is no YAML: .*render it first/],
    'a name that no CRD takes': [
      { 'a.yaml': lab('Smith_Lab', '  {}') },
      /a\.yaml:3: Lab Smith_Lab: metadata\.name: metadata\.name must be at most 40/,
    ],
    'a Restrict that gives': [
      { 'a.yaml': grant('g', 'volume: p', 'paths: [a]', 'effect: Restrict', 'subjects: [{kind: User, name: jo}]', 'roles: [read-only]') },
      /a Restrict gives nothing/,
    ],
    'a person whom a list names twice': [
      { 'a.yaml': lab('x', '  members: [{user: jo}, {user: jo}]') },
      /spec\.members\[1\]: stands twice in the list/,
    ],
  } as const),
)('refused: %s', async ([, [files, want]]) => {
  await write(files);
  expect((await faults()).join('\n')).toMatch(want);
});

test('what must not change is compared with what is there', async () => {
  await write({ 'a.yaml': grant('g', 'volume: other', 'paths: [a]', 'subjects: [{kind: User, name: jo}]') });
  const before = { kind: 'DataGrant', metadata: { name: 'g' }, spec: { volume: 'projects', paths: ['a'], subjects: [] } };
  expect(await faults()).toEqual([]);
  expect((await faults({ before: new Map([['DataGrant lab-smith/g', before]]) })).join()).toMatch(
    /a\.yaml:5: .*spec\.volume: volume is immutable; make a new grant instead/,
  );
});

// What `plan` says about a change: each row changes one small facility in one way.
import { expect, test } from 'vitest';
import { aDataGrant } from '../../../test/fixtures/datagrant.ts';
import { aLab } from '../../../test/fixtures/lab.ts';
import { anInstance } from '../../../test/fixtures/processinginstance.ts';
import type { DataRole, ProcessingInstance } from '../../api/kinds.ts';
import { grantClaimName, rootClaimName } from '../../api/names.ts';
import type { DataMount } from '../../api/processinginstance.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Found, Manifest } from '../facility/manifests.ts';
import { facilityOf, nothing } from '../facility/objects.ts';
import { exitCode } from '../plancommand.ts';
import { type Plan, planOf } from './plan.ts';
import type { RunningPod } from './pods.ts';
import { planText } from './text.ts';

const at = Date.parse('2026-05-12T08:00:00Z');
const smith = aLab('smith').with('jo', 'full-read-write').with('ada', 'basic-read-write');
const microscopy = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).with('mia', 'full-read-write');
const krios = aDataGrant().until('2027-01-01T00:00:00Z');
const relion = anInstance('relion')
  .running()
  .data({ from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' })
  .data({ volume: 'projects', mountPath: '/data', mode: 'ReadWrite' });
const role = (name: string, ...permissions: string[]): DataRole => ({
  apiVersion: 'x',
  kind: 'DataRole',
  metadata: { name },
  spec: { permissions },
});
const before = facilityOf(
  {
    ...nothing,
    labs: [smith.build(), microscopy.build(), aLab('jones').with('eve', 'read-only').build()],
    roles: [role('gates', 'cellengine:gate.update')],
    grants: [krios.build()],
    instances: [relion.build()],
    access: { admins: { users: ['root'], groups: [] }, allowAnonymous: false },
  },
  'test',
);
const raw = { claim: grantClaimName('microscopy', 'krios-0512'), subPath: 'krios-0512', readOnly: true };
const own = { claim: rootClaimName('projects'), subPath: '', readOnly: false };
const pod = (name: string, part: RunningPod['part'], parts: RunningPod['parts'], instance = 'relion'): RunningPod => ({
  namespace: 'lab-smith',
  name,
  instance,
  account: instance,
  part,
  parts,
});
const pods = [
  pod('relion-0', 'application', [raw, own]),
  pod('db-relion-0', 'database', []),
  pod('job-raw', 'job', [raw]),
  pod('job-own', 'job', [own]),
  pod('other', 'application', [raw], 'orthanc'),
];
const found = (object: KubeObject): Found => ({ object: object as Manifest, at: 'x.yaml:1', lineOf: () => 'x.yaml:1' });
const plan = (objects: KubeObject[], deleting = false): Plan => planOf({ before, found: objects.map(found), deleting, pods, at });

/** `who place +gained -lost`. */
const rights = ({ rights }: Plan) =>
  rights.map(({ who, place, gained, lost }) =>
    [who, place, ...gained.map((verb) => `+${verb}`), ...lost.map((verb) => `-${verb}`)].join(' '),
  );
const withData = (instance: ProcessingInstance, spec: object): ProcessingInstance => ({ ...instance, spec: { ...instance.spec, ...spec } });

test('what is there already changes nothing', () => {
  const made = plan([smith.build(), krios.build(), relion.build()]);
  expect(made).toMatchObject({ rights: [], instances: [], takesAway: false });
  expect(made.changes.map(({ what }) => what)).toEqual(['same', 'same', 'same']);
});

test.for(
  Object.entries({
    'a new member gains in the lab, and through it': [
      smith.with('new', 'basic-read-write').build(),
      ['new microscopy:raw/krios-0512 +read', 'new smith:projects +read +export +fork +write +import +compute'],
      false,
    ],
    'a member who is suspended loses everything, also elsewhere': [
      aLab('smith')
        .with('jo', 'full-read-write')
        .member({ user: 'ada', roles: ['basic-read-write'], suspended: true })
        .build(),
      ['ada microscopy:raw/krios-0512 -read', 'ada smith:projects -read -export -fork -write -import -compute'],
      true,
    ],
    'a lower role loses verbs alone': [
      aLab('smith').with('jo', 'full-read-write').with('ada', 'read-only').build(),
      ['ada smith:projects -write -import -compute'],
      true,
    ],
    'another lab stands in one line': [
      krios.to('smith', 'jones').build(),
      ['everybody in lab jones (1 person) microscopy:raw/krios-0512 +read'],
      false,
    ],
    'a Restrict takes from whoever is not named': [
      aDataGrant({ spec: { effect: 'Restrict', subjects: [{ kind: 'User', name: 'ada' }] } })
        .named('only-ada')
        .build(),
      [
        'mia microscopy:raw/krios-0512 -read -export -fork -write -import -compute -delete',
        'everybody in lab smith (2 people) microscopy:raw/krios-0512 -read',
      ],
      true,
    ],
    'verbs of applications count when the change speaks of them': [
      aDataGrant({ spec: { roles: ['gates'], subjects: [{ kind: 'User', name: 'tech' }] } })
        .named('gating')
        .build(),
      ['tech microscopy:raw/krios-0512 +cellengine:gate.update'],
      false,
    ],
    'a role reaches every lab that uses it': [role('gates', 'cellengine:gate.update', 'read'), [], false],
  } as const),
)('%s', ([, [object, want, takesAway]]) => {
  const made = plan([object]);
  expect(rights(made)).toEqual(want);
  expect(made.takesAway).toBe(takesAway);
});

test('one place stands for all that lie below it, unless something else is so there', () => {
  const deep = [
    aDataGrant({ spec: { subjects: [{ kind: 'User', name: 'eve' }] } })
      .named('a')
      .paths('a')
      .build(),
    aDataGrant({ spec: { subjects: [{ kind: 'User', name: 'eve' }] } })
      .named('ab')
      .paths('a/b')
      .build(),
    aDataGrant({ spec: { subjects: [{ kind: 'User', name: 'eve' }], permissions: ['read', 'write'] } })
      .named('ac')
      .paths('a/c')
      .build(),
  ];
  expect(rights(plan(deep))).toEqual(['eve microscopy:raw/a +read', 'eve microscopy:raw/a/c +read +write']);
});

test('a grant that goes ends the pods that mount it, and no others', () => {
  const [change] = plan([krios.build()], true).instances;
  expect(change).toMatchObject({
    instance: 'smith/relion',
    lost: [{ mount: { mountPath: '/raw' } }],
    pods: 'pods and Jobs with a lost mount are ended; the application starts again without it',
    ended: ['relion-0', 'job-raw (Job)'],
  });
});

test('an end that comes sooner takes away, one that comes later does not; both say what becomes of pods', () => {
  const sooner = plan([krios.until('2026-06-01T00:00:00Z').build()]);
  expect(sooner).toMatchObject({ takesAway: true, rights: [], instances: [{ pods: 'running pods get the earlier end', ended: [] }] });
  expect(sooner.ahead).toEqual([
    {
      at: '2026-06-01T00:00:00Z',
      what: 'DataGrant microscopy/krios-0512 ends at microscopy:raw/krios-0512; pods with its data end by then',
      sooner: true,
    },
  ]);
  const later = plan([krios.until('2028-01-01T00:00:00Z').build()]);
  expect(later).toMatchObject({ takesAway: false, ahead: [{ sooner: false }] });
  expect(later.instances).toMatchObject([{ pods: expect.stringContaining('an end can only be brought forward'), ended: [] }]);
});

const relionWith = (...data: DataMount[]) => withData(relion.build(), { data });
const [rawItem, ownItem] = relion.build().spec.data as [DataMount, DataMount];
test.for(
  Object.entries({
    'a mount more: the application starts again, Jobs go on': [
      relionWith(rawItem, ownItem, { volume: 'projects', path: 'p', mountPath: '/p' }),
      'the application starts again',
      ['relion-0'],
    ],
    'the same part at another place: nothing is taken from Jobs': [
      relionWith(rawItem, { ...ownItem, mountPath: '/elsewhere' }),
      'the application starts again',
      ['relion-0'],
    ],
    'a mount that may only be read from now on: Jobs that may write end': [
      relionWith(rawItem, { ...ownItem, mode: 'ReadOnly' }),
      'Jobs that have data as it was given before are ended; the application starts again',
      ['relion-0', 'job-own (Job)'],
    ],
    'a mount that the instance asks for no longer': [
      relionWith(rawItem),
      'pods and Jobs with a lost mount are ended; the application starts again without it',
      ['relion-0', 'job-own (Job)'],
    ],
    'no component any more': [withData(relion.build(), { components: [] }), 'the application ends', ['relion-0']],
    'a component that is made otherwise': [
      withData(relion.build(), { components: [{ name: 'app', image: 'other:1' }] }),
      'the application starts again',
      ['relion-0'],
    ],
    'another placement of the lab': [smith.in('em').build(), 'the application starts again', ['relion-0']],
    'somebody else who answers: it is made as before': [withData(relion.build(), { owner: 'jo' }), undefined, []],
  } as const),
)('pods of an instance with %s', ([, [object, words, ended]]) => {
  const [change] = plan([object]).instances;
  expect([change?.pods, change?.ended ?? []]).toEqual([words, ended]);
});

test('a member for a time leaves by itself; that is sooner than never', () => {
  const limited = aLab('smith')
    .with('jo', 'full-read-write')
    .member({ user: 'ada', roles: ['basic-read-write'], expiresAt: '2026-12-31T00:00:00Z' });
  expect(plan([limited.build()])).toMatchObject({
    takesAway: true,
    ahead: [{ at: '2026-12-31T00:00:00Z', what: 'ada leaves lab smith', sooner: true }],
  });
});

test('somebody new in the audience who may not write costs the instance its mount, and is named', () => {
  const [change] = plan([smith.with('vic', 'read-only').build()]).instances;
  expect(change?.lost).toMatchObject([{ mount: { mountPath: '/data' }, why: expect.stringMatching(/^vic may not write smith:projects/) }]);
});

test('an audience changes who may run Jobs, and restarts nothing', () => {
  const made = plan([withData(relion.build(), { audience: { users: ['ada'] } })]);
  expect(made.instances).toMatchObject([{ usersGained: [], usersLost: ['jo', 'root'] }]);
  expect(made.instances[0]?.pods).toBeUndefined();
  expect(made.takesAway).toBe(true);
});

test('a lab that is suspended, and an instance that is deleted, end all their pods', () => {
  expect(plan([smith.suspended().build()]).instances).toMatchObject([
    { pods: 'its pods and Jobs are ended: the lab is suspended', ended: ['relion-0', 'db-relion-0', 'job-raw (Job)', 'job-own (Job)'] },
  ]);
  expect(plan([relion.build()], true).instances).toMatchObject([
    { pods: 'its pods and Jobs are ended; its state volumes and all files stay', lost: [{}, {}] },
  ]);
});

const grant = (spec: object) => aDataGrant({ spec }).named('g').paths('p').build();
test.for(
  Object.entries({
    'CE-19, CE-20 a role that copies but does not export': [role('copier', 'read', 'fork'), ['CopyOutPossible']],
    'CE-19 a grant that lets copy but not export': [
      grant({ subjects: [{ kind: 'User', name: 'eve' }], permissions: ['read', 'fork'] }),
      ['CopyOutPossible'],
    ],
    'and one that exports as well': [role('copier', 'read', 'fork', 'export'), []],
    'everybody, with no end': [grant({ subjects: [{ kind: 'Authenticated' }] }), ['OpenToAll', 'NoEnd']],
    'another lab, with no end, and nobody who asks': [grant({ subjects: [{ kind: 'Lab', name: 'jones' }] }), ['NoEnd', 'NobodyAsks']],
    'another lab, with an end, and nobody who asks': [
      grant({ subjects: [{ kind: 'Lab', name: 'jones' }], expiresAt: '2027-01-01T00:00:00Z' }),
      ['NobodyAsks'],
    ],
    'the own people, with no end': [
      grant({
        subjects: [
          { kind: 'Group', name: 'microscopy/x' },
          { kind: 'User', name: 'mia' },
        ],
      }),
      ['SubjectNotFound'],
    ],
    'a lab that does not exist': [
      grant({ subjects: [{ kind: 'Lab', name: 'smyth' }], expiresAt: '2027-01-01T00:00:00Z' }),
      ['SubjectNotFound'],
    ],
    'a role that does not exist': [grant({ subjects: [{ kind: 'User', name: 'eve' }], roles: ['reader'] }), ['RoleUnknown']],
    'a root that does not exist': [
      aDataGrant({ spec: { subjects: [{ kind: 'User', name: 'eve' }] } })
        .named('g')
        .of('scratch')
        .build(),
      ['VolumeUnknown'],
    ],
    'an end that has passed': [grant({ subjects: [{ kind: 'User', name: 'eve' }], expiresAt: '2026-05-12T08:00:00Z' }), ['AlreadyEnded']],
    'GX-24 a grantor who may not share': [
      grant({ subjects: [{ kind: 'User', name: 'eve' }], grantor: 'ada' }),
      ['NotAccepted', 'MoreThanGrantor'],
    ],
    'and one who may': [grant({ subjects: [{ kind: 'User', name: 'eve' }], grantor: 'mia' }), []],
    'a Restrict that leaves nobody': [grant({ effect: 'Restrict', subjects: [{ kind: 'User', name: 'eve' }] }), ['NobodyLeft']],
    'and one that leaves somebody': [grant({ effect: 'Restrict', subjects: [{ kind: 'User', name: 'mia' }] }), []],
    'a member with a role that does not exist': [smith.with('x', 'gone').build(), ['RoleUnknown']],
    'a lab that is open to all': [
      { ...smith.build(), spec: { ...smith.build().spec, defaults: { visibility: 'Public' as const } } },
      ['OpenToAll'],
    ],
    'an audience too wide for a mount that is written to': [
      anInstance('x')
        .data({ from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw', mode: 'ReadWrite' })
        .build(),
      ['MountRefused'],
    ],
  } as const),
)('warns of %s', ([, [object, want]]) => {
  expect(plan([object]).warnings.map(({ type }) => type)).toEqual(want);
});

test('warnings are about what changes, not about what has long been so', () => {
  expect(plan([microscopy.build()]).warnings).toEqual([]);
});

test('exit codes: a loss before warnings, and warnings only when they count', () => {
  const [warning] = plan([role('copier', 'fork')]).warnings;
  const codes = (takesAway: boolean, warnings: (typeof warning)[]) =>
    [false, true].map((strict) => exitCode({ takesAway, warnings: warnings as NonNullable<typeof warning>[] }, strict));
  expect([codes(false, []), codes(false, [warning]), codes(true, []), codes(true, [warning])]).toEqual([
    [0, 0],
    [0, 3],
    [2, 2],
    [2, 2],
  ]);
});

test('in words', () => {
  expect(planText(plan([krios.to('jones').build()]))).toBe(`\
Objects:
  ~   DataGrant lab-microscopy/krios-0512   x.yaml:1

People gain:
  everybody in lab jones (1 person)   microscopy:raw/krios-0512   read   DataGrant microscopy/krios-0512 gives it

People lose:
  everybody in lab smith (2 people)   microscopy:raw/krios-0512   read   no role, group or grant allows it; ask for a DataGrant or a role that holds it

Instances:
  smith/relion   loses   /raw: microscopy/krios-0512: krios-0512, ReadOnly: there is no grant "krios-0512" of lab "microscopy" for lab "smith"; ask the owner to name it in spec.subjects
  smith/relion   pods    pods and Jobs with a lost mount are ended; the application starts again without it
  smith/relion   now     relion-0, job-raw (Job)

Ahead, with no further change:
  2027-01-01T00:00:00Z   DataGrant microscopy/krios-0512 ends at microscopy:raw/krios-0512; pods with its data end by then

Warnings:
  NobodyAsks   DataGrant lab-microscopy/krios-0512   no instance of lab "jones" asks for it yet (data[].from: {lab: microscopy, grant: krios-0512}): nothing is mounted

This takes something away.
`);
});

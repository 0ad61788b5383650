// CryoSPARC: two labs on one installation. Who imports, what reaches an instance, and what admission lets its pods have.
import { describe, expect, test } from 'vitest';
import { lackOf } from '../../../src/access/audience.ts';
import type { Lab, ProcessingInstance } from '../../../src/api/kinds.ts';
import { namespaceOf, rootClaimName, rootVolumeName } from '../../../src/api/names.ts';
import { Config } from '../../../src/config.ts';
import { limitRange } from '../../../src/lab/objects/limitrange.ts';
import { resourceQuota } from '../../../src/lab/objects/resourcequota.ts';
import { labPolicyPlan } from '../../../src/lab/policy.ts';
import { podTemplate } from '../../../src/processinginstance/objects/pod.ts';
import { aFacility } from '../../fixtures/access.ts';
import { aDataGrant } from '../../fixtures/datagrant.ts';
import { facilityOf } from '../../fixtures/facilityof.ts';
import { aLab } from '../../fixtures/lab.ts';
import { anInstance } from '../../fixtures/processinginstance.ts';
import { ask, now, place, whoOf } from './ask.ts';

const lab1 = aLab('lab1').with('user1', 'full-read-write').ready(200_000);
const lab2 = aLab('lab2').with('user2', 'full-read-write').ready(200_001);
const core = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).with('facility', 'full-read-write').ready(300_000);
const session = aDataGrant({ spec: { permissions: ['read', 'import'] } })
  .named('krios')
  .paths('krios-0512')
  .to('lab1')
  .build();
const project = { volume: 'projects', path: 'p1', mountPath: '/data', mode: 'ReadWrite' } as const;
const raw = { from: { lab: 'microscopy', grant: 'krios' }, path: 'krios-0512', mountPath: '/raw', purpose: 'Import' } as const;

/** `account claim[paths]` of everything that pods of a lab may mount. */
const mountsIn = (lab: Lab, instances: ProcessingInstance[], labs: Lab[] = [lab1.build(), lab2.build(), core.build()]) => {
  const { uid = 0, gid = 0 } = lab.status ?? {};
  const facts = facilityOf(labs, [session]);
  const { spec } = labPolicyPlan({
    lab,
    identity: { uid, gid },
    instances,
    ...facts,
    config: Config.parse({ image: 'bulkhead:test' }),
    now: new Date(now),
  });
  return {
    ...spec,
    lines: spec.mounts.map(({ serviceAccount, subPaths, readOnly }) => `${serviceAccount} ${subPaths} ${readOnly ? 'ro' : 'rw'}`),
  };
};

describe('the two labs', () => {
  const of = (lab: typeof lab1) =>
    mountsIn(lab.build(), [anInstance('cryosparc').of(lab.build().metadata.name).data(project).build()]).lines;

  test('CS-1, CS-2, CS-3, CS-18 one installation, two labs: no volume, claim or namespace of one is that of the other', () => {
    expect([namespaceOf('lab1'), rootVolumeName('lab1', 'projects')]).not.toEqual([
      namespaceOf('lab2'),
      rootVolumeName('lab2', 'projects'),
    ]);
    expect([of(lab1), of(lab2)]).toEqual(Array(2).fill(['bulkhead-directories  rw', 'cryosparc p1 rw']));
    const model = facilityOf([lab1.build(), lab2.build()], []).model;
    for (const verb of ['read', 'write', 'import', 'share'])
      expect(
        [whoOf(model, ['user1', 'user2'], verb, 'lab1:projects/x'), whoOf(model, ['user1', 'user2'], verb, 'lab2:projects/x')],
        verb,
      ).toEqual([['user1'], ['user2']]);
  });

  test('CS-7 several instances of one lab, each with mounts of its own', () => {
    const two = [
      anInstance('live').of('lab1').data(project).build(),
      anInstance('viewer').of('lab1').data({ volume: 'projects', path: 'p2', mountPath: '/data' }).build(),
    ];
    const { lines } = mountsIn(lab1.build(), two);
    expect(lines).toEqual(expect.arrayContaining(['live p1 rw', 'viewer p2 ro']));
    expect(lines.filter((line) => line.startsWith('viewer'))).toEqual(['viewer p2 ro']);
  });

  test('CS-14 the quota of a lab limits all that runs in it, and every container has a limit', () => {
    const lab = aLab('lab1').quota({ cpu: '4', memory: '8Gi', pods: 20 }).build();
    const { spec } = resourceQuota({ lab, config: { gpuResource: 'nvidia.com/gpu', deviceClasses: [] }, nodePorts: 16, ownKinds: true });
    expect(spec?.hard).toMatchObject({ 'requests.cpu': '4', 'requests.memory': '8Gi', pods: '20' });
    expect(limitRange(lab).spec?.limits[0]).toMatchObject({
      type: 'Container',
      default: expect.anything(),
      defaultRequest: expect.anything(),
    });
  });
});

describe('importing', () => {
  const facility = aFacility()
    .role('importer', 'read', 'import')
    .lab('lab1', (lab) => lab.member('user1', 'limited-read-only').member('head', 'basic-read-write'))
    .lab('lab2', (lab) => lab.member('user2', 'full-read-write'))
    .lab('microscopy', (lab) => lab.member('facility', 'full-read-write'));
  const granted = facility.grant('krios', { lab: 'microscopy', paths: ['krios-0512'], to: ['User:head'], roles: ['importer'] });
  const importing = (model: ReturnType<typeof granted.model>, ...users: string[]) =>
    lackOf(
      model,
      users.map((user) => ({ user })),
      place('microscopy:projects/krios-0512'),
      'Import',
      now,
    )?.person.user ?? 'mounted';

  test('CS-6 an import reaches no file of another group: of the raw data of somebody else nothing is there at all', () => {
    const model = granted.model();
    expect(importing(model, 'user2')).toBe('user2');
    expect(ask(model, 'user2 read microscopy:projects/krios-0512')).toBe('no NothingAllows');
    expect(
      mountsIn(lab2.build(), [
        anInstance('cryosparc')
          .of('lab2')
          .data({ ...raw })
          .build(),
      ]).lines,
    ).toEqual([]);
  });

  test('CS-16 import is off for ordinary people: they have no source to import from, and neither has an instance that they use', () => {
    const model = granted.model();
    expect(whoOf(model, ['user1', 'head'], 'import', 'microscopy:projects/krios-0512')).toEqual(['head']);
    expect([importing(model, 'head'), importing(model, 'head', 'user1')]).toEqual(['mounted', 'user1']);
  });

  test('CS-17 the facility gives a session to one group, read-only, for importing, and to no other', () => {
    const { lines } = mountsIn(lab1.build(), [
      anInstance('cryosparc')
        .of('lab1')
        .data({ ...raw })
        .build(),
    ]);
    expect(lines).toEqual(['cryosparc krios-0512 ro']);
    expect(whoOf(granted.model(), ['user1', 'user2', 'head', 'facility'], 'write', 'microscopy:projects/krios-0512')).toEqual(['facility']);
  });

  test('the leak of the source: whoever imports by a path sees it in the application, so one account for all is refused', () => {
    const careless = facility.grant('all', { lab: 'microscopy', paths: ['krios-0512'], to: ['Lab:lab1'], roles: ['importer'] }).model();
    expect(importing(careless, 'head', 'user1')).toBe('mounted');
    expect(importing(careless, 'head', 'user1', 'user2')).toBe('user2');
  });
});

test('CS-21 what an instance writes belongs to the id of its lab, whatever is granted to it besides', () => {
  const instance = anInstance('cryosparc')
    .of('lab1')
    .running()
    .data(project, { ...raw })
    .build();
  const policy = mountsIn(lab1.build(), [instance]);
  const container = instance.spec.components![0]!;
  const { spec } = podTemplate({
    instance,
    part: 'component',
    identity: policy,
    placement: {},
    mounts: [],
    basePort: undefined,
    gpuResource: 'nvidia.com/gpu',
    container,
  });
  // The group of the facility is there to read with; files are made under the first group.
  expect(spec.securityContext).toMatchObject({
    runAsUser: 200_000,
    runAsGroup: 200_000,
    fsGroup: 200_000,
    supplementalGroups: [300_000],
    supplementalGroupsPolicy: 'Strict',
  });
});

test('CS-20 the degree of separation is a choice: an instance of one person mounts what that person may, one for all only what all may', () => {
  const model = aFacility()
    .lab('smith', (lab) => lab.userRoot('users').member('jo', 'limited-read-only').member('ada', 'limited-read-only'))
    .model();
  const writes = (...users: string[]) =>
    lackOf(
      model,
      users.map((user) => ({ user })),
      place('projects/users/jo'),
      'ReadWrite',
      now,
    )?.person.user;
  expect([writes('jo'), writes('jo', 'ada')]).toEqual([undefined, 'ada']);
});

test('CS-3 a claim is named for its root, so that two roots of a lab are two claims', () => {
  expect(rootClaimName('projects')).not.toBe(rootClaimName('raw'));
});

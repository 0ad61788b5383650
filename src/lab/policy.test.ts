import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { facilityOf } from '../../test/fixtures/facilityof.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { databaseName, directoriesAccount, grantClaimName, rootClaimName, stateClaimName } from '../api/names.ts';
import { labPolicyPlan, type PolicyInput } from './policy.ts';

const now = new Date('2026-05-12T08:00:00Z');
const second = (offset: number) => new Date(now.getTime() + offset * 1000).toISOString();
const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).ready(300_000);
const smith = aLab('smith').build();
const facts: PolicyInput = {
  lab: smith,
  identity: { uid: 200_000, gid: 200_000 },
  instances: [],
  ...facilityOf([smith, owner.build()], [aDataGrant().build()]),
  config: { gpuResource: 'nvidia.com/gpu', placement: [], review: { perSecond: 1, instances: false } },
  now,
};
const policy = (input: Partial<PolicyInput>) => labPolicyPlan({ ...facts, ...input }).spec;
/** `account claim[paths] rw|ro`, one line per mount. */
const lines = ({ mounts }: LabPolicySpec) =>
  mounts.map(({ serviceAccount, claim, subPaths, readOnly }) => `${serviceAccount} ${claim}[${subPaths}] ${readOnly ? 'ro' : 'rw'}`);

const projects = rootClaimName('projects');
const shared = grantClaimName('microscopy', 'krios-0512');
const reader = anInstance('relion').data({ from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' });

test('a lab without instances mounts nothing, though grants are there for it', () => {
  expect(policy({})).toEqual({
    uid: 200_000,
    gid: 200_000,
    supplementalGroups: [],
    resourceNames: ['cpu', 'ephemeral-storage', 'memory', 'nvidia.com/gpu'],
    gpuResource: 'nvidia.com/gpu',
    mounts: [],
    secrets: [],
  });
});

test.for(
  Object.entries({
    'a directory of the own lab, and whoever makes it when it is missing': {
      instance: anInstance('relion').data({ volume: 'projects', path: 'p1', mountPath: '/data', mode: 'ReadWrite' }),
      want: [`${directoriesAccount} ${projects}[] rw`, `relion ${projects}[p1] rw`],
    },
    'the whole root of the own lab, which needs no directory to be made': {
      instance: anInstance('relion').data({ volume: 'projects', mountPath: '/data' }),
      want: [`relion ${projects}[] ro`],
    },
    'the read-only directories of a root as an entry of their own': {
      instance: anInstance('relion').data(
        { volume: 'projects', path: 'b', mountPath: '/b', mode: 'ReadOnly' },
        { volume: 'projects', path: 'a', mountPath: '/a', mode: 'ReadWrite' },
      ),
      want: [`${directoriesAccount} ${projects}[] rw`, `relion ${projects}[b] ro`, `relion ${projects}[a] rw`],
    },
    'nothing of a root that the lab does not have': {
      instance: anInstance('relion').data({ volume: 'scratch', path: 'p1', mountPath: '/data' }),
      want: [],
    },
    'its state': {
      instance: anInstance('relion').state('home', '/home/relion'),
      want: [`relion ${stateClaimName('relion', 'home')}[] rw`],
    },
    'its database for the account of the database alone': {
      instance: anInstance('orthanc').running().database(),
      want: [`${databaseName('orthanc')} ${databaseName('orthanc')}[] rw`],
    },
    'a path that is granted and asked for, read-only': { instance: reader, want: [`relion ${shared}[krios-0512] ro`] },
    'no path beside the granted ones': {
      instance: anInstance('relion').data({ from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512/m1', mountPath: '/raw' }),
      want: [],
    },
    'nothing for an instance that is being deleted': { instance: reader.state('home', '/home').deleting(), want: [] },
  }),
)('an instance may mount %s', ([, { instance, want }]) => {
  expect(lines(policy({ instances: [instance.build()] }))).toEqual(want);
});

test.for(
  Object.entries({
    'while the grant is active': { grant: aDataGrant(), owner, gives: true },
    'until the second before the expiry': { grant: aDataGrant().until(second(1)), owner, gives: true },
    'not from the very instant of expiry': { grant: aDataGrant().until(second(0)), owner, gives: false },
    'not once the grant is being deleted': { grant: aDataGrant().deleting(), owner, gives: false },
    'not when the grant is for others': { grant: aDataGrant().to('jones'), owner, gives: false },
    'not from a volume that the owner does not have': { grant: aDataGrant().of('scratch'), owner, gives: false },
    'not from an owner without identity': { grant: aDataGrant(), owner: owner.status({}), gives: false },
    'not from another lab that has a grant of the same name': { grant: aDataGrant().by('genomics'), owner, gives: false },
  }),
)('granted data is mounted %s', ([, { grant, owner, gives }]) => {
  const spec = policy({ instances: [reader.build()], ...facilityOf([smith, owner.build()], [grant.build()]) });
  expect(lines(spec)).toEqual(gives ? [`relion ${shared}[krios-0512] ro`] : []);
  expect(spec.supplementalGroups).toEqual(gives ? [300_000] : []);
});

test('the end of a grant is the end of the mount', () => {
  const spec = policy({ instances: [reader.build()], ...facilityOf([smith, owner.build()], [aDataGrant().until(second(60)).build()]) });
  expect(spec.mounts[0]?.notAfter).toBe('2026-05-12T08:01:00Z');
});

test('an instance may use the Secrets of its database and its licence, the database only its own', () => {
  const { secrets } = policy({ instances: [anInstance('orthanc').running().database().license('key').build()] });
  const database = databaseName('orthanc');
  expect(secrets).toEqual([
    { serviceAccount: database, secret: database },
    { serviceAccount: 'orthanc', secret: database },
    { serviceAccount: 'orthanc', secret: 'key' },
  ]);
});

test('pods may request what the quota counts, and no resource beside it', () => {
  const lab = aLab('smith').quota({ resources: { 'example.org/fpga': 2, 'nvidia.com/gpu': 9 }, deviceClasses: { tpu: 1 } });
  expect(policy({ lab: lab.build() }).resourceNames).toEqual([
    'cpu',
    'deviceclass.resource.kubernetes.io/tpu',
    'ephemeral-storage',
    'example.org/fpga',
    'memory',
    'nvidia.com/gpu',
  ]);
});

const people = aLab('smith')
  .with('jo', 'basic-read-write')
  .with('vic', 'read-only')
  .group({ name: 'team', users: ['ada'], externalGroups: ['oidc:team'] });
const peopled = { lab: people.build(), ...facilityOf([people.build(), owner.build()], [aDataGrant().build()]) };

test('an instance for some people only is for them and its owner, whether they are active or not, and for nobody who is not of the lab', () => {
  const max = { user: 'max', roles: ['read-only'], suspended: true };
  const lab = people.member(max).build();
  const some = anInstance('some')
    .ownedBy('jo')
    .audience({ users: ['vic', 'max', 'eve'], groups: ['team', 'nobody'] });
  const instances = [some.build(), anInstance('all').ownedBy('jo').build()];
  expect(policy({ ...peopled, lab, ...facilityOf([lab]), instances }).audiences).toEqual([
    { serviceAccount: 'some', users: ['ada', 'jo', 'max', 'vic'], groups: ['oidc:team'] },
  ]);
});

test('a LabPolicy can always be written: what has no room runs for nobody and mounts nothing', () => {
  const crowd = Array.from({ length: 500 }, (_, index) => `${'a-long-name-'.repeat(5)}${index}@uni.edu`);
  const lab = crowd.reduce((lab, user) => lab.with(user, 'basic-read-write'), aLab('smith')).build();
  const instances = Array.from({ length: 40 }, (_, index) =>
    anInstance(`i${String(index).padStart(2, '0')}`)
      .forPeople(...crowd)
      .state('home', '/home')
      .build(),
  );
  const { audiences = [], mounts } = policy({ lab, ...facilityOf([lab]), instances });
  expect(audiences.length).toBeGreaterThan(5);
  expect(audiences.length).toBeLessThan(40);
  expect(JSON.stringify(audiences).length).toBeLessThan(500_000);
  expect(mounts.map(({ serviceAccount }) => serviceAccount)).toEqual(audiences.map(({ serviceAccount }) => serviceAccount));
});

test('CM-6 an instance writes only for an audience that may, and the policy says no more than the instance', () => {
  const writer = anInstance('relion').data({ volume: 'projects', path: 'p1', mountPath: '/data', mode: 'ReadWrite' });
  expect(lines(policy({ ...peopled, instances: [writer.build()] }))).toEqual([]);
  expect(lines(policy({ ...peopled, instances: [writer.forPeople('jo').build()] }))).toEqual([
    `${directoriesAccount} ${projects}[] rw`,
    `relion ${projects}[p1] rw`,
  ]);
});

test('own data ends when the membership of the owner does', () => {
  const lab = people.member({ user: 'max', roles: ['read-only'], expiresAt: second(60) }).build();
  const instance = anInstance('relion').ownedBy('max').forPeople('jo').data({ volume: 'projects', path: 'p1', mountPath: '/data' });
  expect(policy({ lab, ...facilityOf([lab]), instances: [instance.build()] }).mounts).toContainEqual({
    serviceAccount: 'relion',
    claim: projects,
    subPaths: ['p1'],
    readOnly: true,
    notAfter: '2026-05-12T08:01:00Z',
  });
});

test('the order in which caches list things does not show', () => {
  const instances = [
    reader.build(),
    anInstance('alpha').state('b', '/b').state('a', '/a').build(),
    anInstance('orthanc').database().build(),
  ];
  expect(policy({ instances: instances.toReversed() })).toEqual(policy({ instances }));
});

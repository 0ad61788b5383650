import { expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { facilityOf } from '../../test/fixtures/facilityof.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import type { Egress } from '../api/egress.ts';
import { Config } from '../config.ts';
import type { NetworkPolicy, PersistentVolume, ResourceQuota } from '../kube/kind.ts';
import { decide, type LabInput, unboundClaims } from './decide.ts';
import { persistentVolume } from './objects/persistentvolume.ts';
import { persistentVolumeClaim } from './objects/persistentvolumeclaim.ts';

const now = new Date('2026-05-12T08:00:00Z');
const backends = [
  { name: 'gpfs', type: 'hostPath' as const, path: '/gpfs/labs' },
  { name: 'archive', type: 'nfs' as const, server: 'nfs.uni.edu', path: '/export' },
];
const lab = aLab('smith').build();
const root = lab.spec.storage![0]!;
const facts: LabInput = {
  lab,
  identity: { uid: 200_000, gid: 200_000 },
  config: { ...Config.parse({ image: 'bulkhead:test', storage: { backends } }), operatorNamespace: 'bulkhead-system' },
  instances: [],
  ...facilityOf([lab]),
  given: [],
  volumes: [],
  claims: [],
  listedEgress: undefined,
  reviewEgress: undefined,
  quota: undefined,
  now,
};
const plan = (input: Partial<LabInput> = {}) => decide({ ...facts, ...input });
const of = <T>(kind: string, input?: Partial<LabInput>) =>
  plan(input)
    .guards.filter((guard) => guard.kind.kind === kind)
    .map(({ object }) => object as T);
const claim = stored(persistentVolumeClaim(lab, root), { uid: 'claim-1' });
const volume = stored(persistentVolume(lab, root, backends[0]!));
const boundTo = (uid: string) => ({ ...volume, spec: { ...volume.spec, claimRef: { ...volume.spec?.claimRef, uid } } });

test('volumes need no right in the namespace and stand first; what pods meet stands before claims; the quota last: until it is counted no claim is admitted', () => {
  expect(plan().guards.map(({ kind, object }) => `${kind.kind} ${object.metadata.name.replace(/-[0-9a-f]{10}$/, '')}`)).toEqual([
    'PersistentVolume lab-smith-projects',
    'LabPolicy policy',
    'NetworkPolicy bulkhead-default-deny',
    'NetworkPolicy bulkhead-dns',
    'ConfigMap access-policy',
    'LimitRange bulkhead',
    'PersistentVolumeClaim data-projects',
    'ResourceQuota bulkhead',
  ]);
});

test('volumes lie at the root, in the backend that the lab names', () => {
  const at = (backend: string) =>
    of<PersistentVolume>('PersistentVolume', { lab: aLab().storage({ name: 'raw', backend, path: 'dept/smith' }).build() })[0]?.spec;
  expect(at('gpfs')?.hostPath).toEqual({ path: '/gpfs/labs/dept/smith', type: 'Directory' });
  expect(at('archive')?.nfs).toEqual({ server: 'nfs.uni.edu', path: '/export/dept/smith' });
  expect(at('gone')).toBeUndefined();
});

test('the quota has node ports for the blocks of all instances and one more', () => {
  const ports = (...instances: LabInput['instances']) =>
    of<ResourceQuota>('ResourceQuota', { instances })[0]?.spec?.hard?.['services.nodeports'];
  expect(ports()).toBe('16');
  expect(ports(anInstance('a').ports(11).build(), anInstance('b').build())).toBe('27');
});

test.for(
  Object.entries({
    'is left alone while its claim is there': { volumes: [boundTo('claim-1')], claims: [claim], want: {} },
    'is left alone before it is bound': { volumes: [volume], claims: [claim], want: {} },
    'is unbound when its claim is gone': { volumes: [boundTo('claim-0')], claims: [], want: { unbind: 1 } },
    'is unbound when another claim has taken the name': { volumes: [boundTo('claim-0')], claims: [claim], want: { unbind: 1 } },
    'is let go when somebody has deleted it': {
      volumes: [{ ...boundTo('claim-1'), metadata: { ...volume.metadata, deletionTimestamp: '2026-05-12T07:59:00Z' } }],
      claims: [claim],
      want: { release: 1 },
    },
    'is made again for the very claim that was bound to it': {
      volumes: [],
      claims: [{ ...claim, status: { phase: 'Lost' } }],
      want: { restore: 1 },
    },
    'is made without a claim when that waits for its first volume': {
      volumes: [],
      claims: [{ ...claim, status: { phase: 'Pending' } }],
      want: {},
    },
  }),
)('a volume %s', ([, { volumes, claims, want }]) => {
  const { unbind, release, restore } = plan({ volumes, claims });
  expect({ unbind: unbind.length, release: release.length, restore: restore.length }).toEqual({
    unbind: 0,
    release: 0,
    restore: 0,
    ...want,
  });
  expect(restore.every(({ volume }) => volume.spec?.claimRef?.uid === 'claim-1')).toBe(true);
});

test('the egress list is one policy, which goes when nothing on it is left', () => {
  const open = { cidr: '203.0.113.0/24', ports: [443] };
  const inside = { cidr: '169.254.169.254/32', ports: [80] };
  const names = (input: Partial<LabInput>) => of<NetworkPolicy>('NetworkPolicy', input).map(({ metadata }) => metadata.name);
  const reaching = (...egress: Egress[]) => ({
    lab: aLab('smith')
      .reaching(...egress)
      .build(),
  });
  expect(names({})).not.toContain('bulkhead-egress');
  expect(names(reaching(open))).toContain('bulkhead-egress');
  const listedEgress = stored(of<NetworkPolicy>('NetworkPolicy', reaching(open)).at(-1)!);
  expect(plan({ ...reaching(open), listedEgress }).remove).toEqual([]);
  expect(plan({ listedEgress }).remove).toEqual([listedEgress]);
  expect(plan({ ...reaching(inside), listedEgress })).toMatchObject({ remove: [listedEgress], refusal: { reason: 'EgressForbidden' } });
});

test('time alone changes something at the next end of a grant that an instance uses', () => {
  const until = (name: string, time: string) => aDataGrant().named(name).until(time).build();
  const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).ready(300_000).build();
  const grants = [until('a', '2026-05-12T10:00:00Z'), until('b', '2026-05-12T09:00:00Z'), until('c', '2026-05-12T07:00:00Z')];
  const using = (...names: string[]) => [
    anInstance()
      .data(...names.map((grant) => ({ from: { lab: 'microscopy', grant }, path: 'krios-0512', mountPath: `/${grant}` })))
      .build(),
  ];
  const next = (...names: string[]) => plan({ ...facilityOf([lab, owner], grants), instances: using(...names) }).nextCheck;
  expect(next('c')).toBeUndefined();
  expect(next('a', 'c')).toEqual(new Date('2026-05-12T10:00:00Z'));
  expect(next('a', 'b', 'c')).toEqual(new Date('2026-05-12T09:00:00Z'));
});

test('a claim counts as bound only when the volume binder says so', () => {
  expect(unboundClaims(lab, [])).toEqual([claim.metadata.name]);
  expect(unboundClaims(lab, [{ ...claim, status: { phase: 'Pending' } }])).toEqual([claim.metadata.name]);
  expect(unboundClaims(lab, [{ ...claim, status: { phase: 'Bound' } }])).toEqual([]);
});

test('instances reach the operator only where the facility lets them ask, and no longer', () => {
  const review = (instances: boolean) => ({ config: { ...facts.config, review: { perSecond: 1, instances, url: 'http://review.test' } } });
  const named = (input: Partial<LabInput>) =>
    of<NetworkPolicy>('NetworkPolicy', input).find(({ metadata }) => metadata.name === 'bulkhead-review');
  expect(named(review(true))?.spec).toMatchObject({
    policyTypes: ['Egress'],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bulkhead-system' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'bulkhead' } },
          },
        ],
        ports: [{ port: 8090, protocol: 'TCP' }],
      },
    ],
  });
  expect(named(review(false))).toBeUndefined();
  const reviewEgress = stored(named(review(true))!);
  expect(plan({ ...review(false), reviewEgress }).remove).toEqual([reviewEgress]);
  expect(plan({ ...review(true), reviewEgress }).remove).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { Reservations } from '../api/kinds.ts';
import type { CustomResourceDefinition, Namespace, PersistentVolume } from '../kube/kind.ts';
import { ValidatingAdmissionPolicies } from '../kube/kind.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { describe as inWords, plan } from './uninstallplan.ts';
import { clusterKinds, type Found, operatorKinds, type Survey } from './uninstallsurvey.ts';

const stored = <T extends KubeObject>(object: T): Stored<T> => ({
  ...object,
  metadata: { uid: `uid-of-${object.metadata.name}`, resourceVersion: '1', creationTimestamp: '2026-05-01T08:00:00Z', ...object.metadata },
});
const some = (kind: Found['kind'], name: string, annotations?: Record<string, string>): Found => ({
  kind,
  object: stored({ metadata: { name, ...(annotations && { annotations }) } }),
});
const definition = (kind: string, going?: true) =>
  stored({
    metadata: { name: `${kind.toLowerCase()}s.bulkhead.science`, ...(going && { deletionTimestamp: '2026-05-12T08:00:00Z' }) },
    spec: { group: 'bulkhead.science', names: { kind } },
  }) as unknown as Stored<CustomResourceDefinition>;
const smith = aLab().ready(200_100).build();
const reservation = (type: 'UserID' | 'GroupID' | 'StorageRoot', resource: string, name: string, uid: string) =>
  stored({ metadata: { name: `${type}-${resource}` }, spec: { type, resource, holder: { kind: 'Lab' as const, name, uid } } });
const state = (persistentVolumeReclaimPolicy: string): Stored<PersistentVolume> =>
  stored({
    metadata: { name: 'pvc-1' },
    spec: {
      claimRef: { namespace: 'lab-smith', name: 'state-app' },
      capacity: { storage: '5Gi' },
      storageClassName: 'fast',
      persistentVolumeReclaimPolicy,
    },
  });
const namespace = (name: string, lab: string): Stored<Namespace> => stored({ metadata: { name, labels: { 'bulkhead.science/lab': lab } } });

const everything: Survey = {
  operatorNamespace: 'bulkhead-system',
  labs: [smith],
  instances: [],
  grants: [],
  dataRoles: [],
  reservations: [reservation('UserID', '200100', 'smith', smith.metadata.uid)],
  namespaces: [namespace('lab-smith', 'smith')],
  bindings: [],
  volumes: [state('Retain')],
  definitions: [definition('Lab'), definition('LabPolicy'), definition('Reservation')],
  operator: [some(operatorKinds[0]!, 'bulkhead')],
  cluster: [some(clusterKinds[1]!, 'bulkhead:lab-member')],
  walls: [some(ValidatingAdmissionPolicies as Found['kind'], 'bulkhead-pods')],
};
const keep = { forgetReservations: false };

describe('order', () => {
  test('labs go while there is an operator, walls last of all', () => {
    expect(plan(everything, keep).steps.map(({ name }) => name)).toEqual(['labs', 'operator', 'definitions', 'rights', 'walls']);
  });

  test('what an earlier run has taken away is no step any more', () => {
    expect(plan({ ...everything, labs: [], namespaces: [], operator: [] }, keep).steps.map(({ name }) => name)).toEqual([
      'definitions',
      'rights',
      'walls',
    ]);
  });

  test('nothing is left to do when nothing is left', () => {
    const empty = {
      ...everything,
      labs: [],
      namespaces: [],
      operator: [],
      definitions: [definition('Reservation')],
      cluster: [],
      walls: [],
    };
    expect(inWords(plan(empty, keep))).toContain('Nothing of Bulkhead is left');
  });
});

describe('what stays', () => {
  test('names the files of a lab with its ids, the volumes of its applications, and the reservations', () => {
    const { stays } = plan(everything, keep);
    expect(stays).toContain('files of lab smith, root projects: gpfs:smith (uid 200100, gid 200100)');
    expect(stays).toContain('volume pvc-1 of claim lab-smith/state-app, 5Gi');
    expect(stays.join()).toContain('1 reservation with their definition');
  });

  test('names the files of labs that are gone already', () => {
    const reservations = [
      reservation('UserID', '7', 'old', 'o'),
      reservation('GroupID', '8', 'old', 'o'),
      reservation('StorageRoot', 'gpfs:old', 'old', 'o'),
    ];
    expect(plan({ ...everything, labs: [], reservations }, keep).stays).toContain('files of the former lab old: gpfs:old (uid 7, gid 8)');
  });

  test('reservations stay with their definition, unless they are to be forgotten', () => {
    const goes = (forgetReservations: boolean) =>
      plan(everything, { forgetReservations }).steps.flatMap(({ objects }) => objects.map(({ object }) => object.metadata.name));
    const name = `${Reservations.plural}.bulkhead.science`;
    expect(goes(false)).not.toContain(name);
    expect(goes(true)).toContain(name);
  });
});

describe('obstacles', () => {
  test.for<[string, Partial<Survey>, string | undefined]>([
    ['none, when every namespace has its lab and every volume is retained', {}, undefined],
    [
      'a volume that would be deleted with its claim',
      { volumes: [state('Delete')] },
      'volume pvc-1 of claim lab-smith/state-app has the reclaim policy Delete',
    ],
    ['a namespace whose lab does not exist', { labs: [] }, 'namespace lab-smith is that of lab "smith", which does not exist'],
    [
      'a definition that is going while there are labs',
      { definitions: [definition('Lab', true)] },
      'labs.bulkhead.science is being deleted',
    ],
    [
      'none for a definition that is going when no lab is left',
      { labs: [], namespaces: [], definitions: [definition('Lab', true)] },
      undefined,
    ],
  ])('%s', ([, change, says]) => {
    const { obstacles } = plan({ ...everything, ...change }, keep);
    if (says === undefined) expect(obstacles).toEqual([]);
    else expect(obstacles).toEqual([expect.stringContaining(says)]);
  });
});

test.for<[string, Record<string, string>, string | undefined]>([
  ['a Helm release', { 'meta.helm.sh/release-name': 'bulkhead' }, 'helm uninstall bulkhead --namespace bulkhead-system'],
  ['an Application of Argo CD', { 'argocd.argoproj.io/tracking-id': 'walls:apps/Deployment:x/bulkhead' }, 'delete its Application "walls"'],
  ['nobody', {}, undefined],
])('the operator is left to who installed it: %s', ([, annotations, says]) => {
  const { handOver } = plan({ ...everything, operator: [some(operatorKinds[0]!, 'bulkhead', annotations)] }, keep);
  if (says === undefined) expect(handOver).toBeUndefined();
  else expect(handOver).toContain(says);
});

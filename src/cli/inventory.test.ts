import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { inventory } from './inventory.ts';
import type { Survey } from './uninstallsurvey.ts';

const nothing: Survey = {
  operatorNamespace: 'bulkhead-system',
  labs: [],
  instances: [],
  grants: [],
  dataRoles: [],
  reservations: [],
  namespaces: [],
  bindings: [],
  volumes: [],
  definitions: [],
  operator: [],
  cluster: [],
  walls: [],
};
const documents = (survey: Partial<Survey>) =>
  parseAllDocuments(inventory({ ...nothing, ...survey })).flatMap((document) => document.toJS() ?? []);

test('a lab is written with the ids that it has, and without what a server added', () => {
  const lab = aLab('smith').ready(200_100).build();
  expect(documents({ labs: [lab] })).toEqual([
    {
      apiVersion: 'bulkhead.science/v1alpha1',
      kind: 'Lab',
      metadata: { name: 'smith' },
      spec: { ...lab.spec, identity: { uid: 200_100, gid: 200_100 } },
    },
  ]);
});

test('a lab that never had ids is written without', () => {
  expect(documents({ labs: [aLab('smith').build()] })[0].spec).not.toHaveProperty('identity');
});

test('annotations of tools are left out, those of people are kept', () => {
  const lab = aLab('smith').build();
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'uni.edu/building': 'B2' };
  expect(documents({ labs: [{ ...lab, metadata: { ...lab.metadata, annotations } }] })[0].metadata.annotations).toEqual({
    'uni.edu/building': 'B2',
  });
});

test('labs come before what lives in their namespaces', () => {
  expect(documents({ grants: [aDataGrant().build()], labs: [aLab().build()] }).map(({ kind }) => kind)).toEqual(['Lab', 'DataGrant']);
});

test('what results were derived from is kept as a grant of the facility', () => {
  const grant = aDataGrant().build();
  const labels = { 'bulkhead.science/managed': 'true' };
  const record = { ...grant, metadata: { ...grant.metadata, name: 'outputs-relion-1a2b', labels } };
  expect(documents({ grants: [record] })[0]).toMatchObject({ metadata: { name: 'former-relion-1a2b' }, spec: grant.spec });
  expect(documents({ grants: [record] })[0].metadata).not.toHaveProperty('labels');
});

test('ids of labs that are long gone are told', () => {
  const holder = { kind: 'Lab' as const, name: 'old', uid: 'gone' };
  const metadata = { name: 'uid-7', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  expect(inventory({ ...nothing, reservations: [{ metadata, spec: { type: 'UserID', resource: '7', holder } }] })).toContain(
    '#   UserID 7 of lab old\n',
  );
});

import { expect, test } from 'vitest';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { facilityOf } from '../../test/fixtures/facilityof.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { decideData } from '../access/data.ts';
import type { DataGrant } from '../api/kinds.ts';
import { managedLabel } from '../api/labels.ts';
import { outputsGrantName } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import type { Stored } from '../kube/object.ts';
import { outputsOf } from './outputs.ts';

const now = new Date('2026-05-12T08:00:00Z');
const lab = aLab('smith').ready().build();
const owner = aLab('microscopy').storage({ name: 'raw', backend: 'gpfs', path: 'raw' }).ready(300_000).build();
const own = (path?: string): DataMount => ({ volume: 'projects', ...(path !== undefined && { path }), mountPath: `/${path}` });
const granted: DataMount = { from: { lab: 'microscopy', grant: 'krios-0512' }, path: 'krios-0512', mountPath: '/raw' };
const session = { lab: 'microscopy', volume: 'raw', path: 'krios-0512' };
const project = (path?: string) => ({ lab: 'smith', volume: 'projects', ...(path !== undefined && { path }) });

function plan(
  data: DataMount[],
  found?: Stored<DataGrant>,
  outputs = { volume: 'projects', path: 'results' },
  grants = [aDataGrant().build()],
) {
  const instance = anInstance('relion')
    .data(...data)
    .writing(outputs.volume, outputs.path)
    .build();
  const facility = facilityOf([lab, owner], grants);
  const decisions = data.map((item) => decideData(item, { ...facility, instance, lab, now }));
  return outputsOf(instance, lab, decisions, found);
}
const inputs = (...given: Parameters<typeof plan>) => plan(...given)?.grant?.spec.derivedFrom;
/** As the operator made it, unless the labels say otherwise. */
const existing = (
  derivedFrom: DataGrant['spec']['derivedFrom'],
  labels: Record<string, string> = { [managedLabel]: 'true' },
): Stored<DataGrant> => {
  const grant = aDataGrant()
    .by('smith')
    .with({ volume: 'projects', paths: ['results'], subjects: [], derivedFrom })
    .build();
  return { ...grant, metadata: { ...grant.metadata, labels } };
};

test.for(
  Object.entries({
    'GX-11 all that is mounted, own and granted': { got: inputs([own('p1'), granted]), want: [session, project('p1')] },
    'not the outputs themselves, nor what lies in them': { got: inputs([granted, own('results'), own('results/a')]), want: [session] },
    'a directory beside the outputs with a longer name': { got: inputs([own('results2')]), want: [project('results2')] },
    'the whole root, though the outputs lie in it': { got: inputs([own()]), want: [project()] },
    'nothing that is not mounted': { got: inputs([own('p1'), granted], undefined, undefined, []), want: [project('p1')] },
    'what was mounted before, though it is not any more': { got: inputs([own('p1')], existing([session])), want: [session, project('p1')] },
    'nothing when nothing is mounted besides': { got: inputs([own('results')]), want: undefined },
  }),
)('outputs were derived from %s', ([, { got, want }]) => {
  expect(got).toEqual(want);
});

test('the record gives nothing, belongs to no object that could take it along, and is the same for the same inputs in another order', () => {
  const [one, other] = [plan([own('p1'), granted])!, plan([granted, own('p1')])!];
  expect(one).toEqual(other);
  expect(one.grant?.metadata).toEqual({
    name: outputsGrantName('relion', 'projects', 'results'),
    namespace: 'lab-smith',
    labels: { 'bulkhead.science/managed': 'true' },
  });
  expect(Object.keys(one.grant?.spec ?? {}).sort()).toEqual(['derivedFrom', 'paths', 'volume']);
  expect(one.finding).toMatchObject({ status: 'True', reason: 'OutputsRecorded' });
});

test('what is written elsewhere has a record of its own', () => {
  const names = ['results', 'more'].map((path) => plan([granted], undefined, { volume: 'projects', path })?.grant?.metadata.name);
  expect(new Set(names).size).toBe(2);
});

test.for(
  Object.entries({
    'a root that the lab does not have': { got: plan([granted], undefined, { volume: 'scratch', path: 'x' }), want: 'VolumeUnknown' },
    'a grant of somebody else under its name': { got: plan([granted], existing([], {})), want: 'ObjectTaken' },
    'more inputs than a grant can name': {
      got: plan([granted], existing(Array.from({ length: 128 }, (_, index) => project(`p${index}`)))),
      want: 'TooManyInputs',
    },
  }),
)('records nothing for %s, and says so', ([, { got, want }]) => {
  expect(got).toMatchObject({ finding: { status: 'False', reason: want } });
  expect(got).not.toHaveProperty('grant');
});

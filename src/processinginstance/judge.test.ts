import { expect, test } from 'vitest';
import { aLab } from '../../test/fixtures/lab.ts';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { apiVersion, type LabPolicy } from '../api/kinds.ts';
import { Config } from '../config.ts';
import { type GroundFacts, judge } from './judge.ts';

const config = Config.parse({
  image: 'bulkhead:1',
  database: { images: { 15: 'postgres:15' } },
  ports: { first: 31_000, last: 31_999, blockSize: 16 },
});
const policy: LabPolicy = {
  apiVersion,
  kind: 'LabPolicy',
  metadata: { name: 'policy' },
  spec: { uid: 200_000, gid: 200_000, supplementalGroups: [], resourceNames: [], mounts: [], secrets: [] },
};
const outcome = (facts: Partial<GroundFacts>) => {
  const verdict = judge({ instance: anInstance().build(), lab: aLab().ready().build(), policy, config, ...facts });
  return 'refusal' in verdict ? verdict.refusal.reason : 'stands';
};

test.for(
  Object.entries({
    'an instance of a lab with ids and a policy stands': { got: outcome({}), want: 'stands' },
    'one outside of every lab does not': {
      got: outcome({ instance: { ...anInstance().build(), metadata: { name: 'x', namespace: 'default' } } as never }),
      want: 'NotInLab',
    },
    'one of a lab that does not exist waits': { got: outcome({ lab: undefined }), want: 'LabNotReady' },
    'one of a lab without ids waits': { got: outcome({ lab: aLab().status({ namespace: 'lab-smith' }).build() }), want: 'LabNotReady' },
    'one of a lab without policy waits': { got: outcome({ policy: undefined }), want: 'LabNotReady' },
    'one of a lab in which no pod may start waits': {
      got: outcome({ policy: { ...policy, spec: { ...policy.spec, closed: 'its nodes are gone' } } }),
      want: 'LabNotReady',
    },
    'a block as large as the facility gives stands': { got: outcome({ instance: anInstance().ports(16).build() }), want: 'stands' },
    'a larger one does not': { got: outcome({ instance: anInstance().ports(17).build() }), want: 'PortBlockTooSmall' },
    'a database version of the facility stands': { got: outcome({ instance: anInstance().database('15').build() }), want: 'stands' },
    'another one does not': { got: outcome({ instance: anInstance().database('16').build() }), want: 'DatabaseVersionUnknown' },
  }),
)('%s', ([, { got, want }]) => {
  expect(got).toBe(want);
});

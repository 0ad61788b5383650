import { expect, test } from 'vitest';
import { aBackend, aConsumer, aRoot, stored } from '../../test/fixtures/consumer.ts';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { apiVersion, type Lab, Labs } from '../api/kinds.ts';
import { type DataGrantInput, decide } from './decide.ts';

const now = new Date('2026-05-12T08:00:00Z');
const later = '2026-05-12T09:00:00Z';
const past = '2026-05-12T08:00:00Z';
const owner = stored<Lab>({
  apiVersion,
  kind: Labs.kind,
  metadata: { name: 'microscopy' },
  spec: { quota: {}, storage: [aRoot] },
  status: { uid: 300_000, gid: 300_000 },
});
const revoking = { conditions: [{ type: 'Ready', status: 'False' as const, reason: 'Revoking', message: '', lastTransitionTime: past }] };

function given(
  facts: Partial<Omit<DataGrantInput, 'grant' | 'consumers'>> & {
    grant?: ReturnType<typeof aDataGrant>;
    consumers?: ReturnType<typeof aConsumer>[];
  },
) {
  const { grant = aDataGrant(), consumers = [aConsumer()], ...rest } = facts;
  return decide({
    ownerLab: 'microscopy',
    owner,
    backends: [aBackend],
    now,
    ...rest,
    grant: grant.build(),
    consumers: consumers.map((consumer) => consumer.build()),
  });
}
const ready = (plan: ReturnType<typeof decide>) => plan.status.conditions?.find(({ type }) => type === 'Ready');
const bound = [aConsumer().bound()];

test.for(
  Object.entries({
    'is active when every lab of its subjects has a bound claim': { facts: { consumers: bound }, want: 'Active' },
    'is in progress until the claim is bound': { facts: {}, want: 'Progressing' },
    'waits for the namespace of a consumer': { facts: { consumers: [aConsumer().withoutNamespace()] }, want: 'Progressing' },
    'waits for the LabPolicy of a consumer': { facts: { consumers: [aConsumer().withoutPolicy()] }, want: 'Progressing' },
    'refuses a namespace that belongs to no lab': { facts: { ownerLab: undefined, owner: undefined }, want: 'NotInLab' },
    'waits for the identity of the owning lab': { facts: { owner: { ...owner, status: {} } }, want: 'LabNotReady' },
    'waits for the owning lab itself': { facts: { owner: undefined }, want: 'LabNotReady' },
    'gives nothing more when the owning lab is being deleted': {
      facts: { owner: stored(owner, { deletionTimestamp: past }) },
      want: 'LabNotReady',
    },
    'refuses a volume that the owning lab does not have': { facts: { grant: aDataGrant().of('scratch') }, want: 'VolumeNotFound' },
    'refuses a backend that the facility does not have': { facts: { backends: [] }, want: 'BackendUnknown' },
    'names a subject that does not exist, and serves the others': {
      facts: {
        grant: aDataGrant().to('smith', 'jones'),
        consumers: [aConsumer().bound(), aConsumer().of('jones').with({ lab: undefined })],
      },
      want: 'SubjectNotFound',
    },
    'names a volume that somebody else has made': { facts: { consumers: [aConsumer().withForeignVolume()] }, want: 'ObjectTaken' },
    'is done with one that somebody else has made when it has expired': {
      facts: { grant: aDataGrant().until(past), consumers: [aConsumer().withForeignVolume()] },
      want: 'Expired',
    },
    'refuses the owner as a subject': {
      facts: { grant: aDataGrant().to('microscopy', 'smith'), consumers: bound },
      want: 'SubjectIsOwner',
    },
    'gives until the second before its expiry': {
      facts: { grant: aDataGrant().until('2026-05-12T08:00:01Z'), consumers: bound },
      want: 'Active',
    },
    'takes everything away from the very instant of its expiry': {
      facts: { grant: aDataGrant().until(past), consumers: bound },
      want: 'Revoking',
    },
    'has expired when nothing is left': { facts: { grant: aDataGrant().until(past) }, want: 'Expired' },
    'says that it has expired before naming a cause that no longer matters': {
      facts: { grant: aDataGrant().until(past).of('scratch') },
      want: 'Expired',
    },
    'takes everything away when it is deleted': { facts: { grant: aDataGrant().deleting(), consumers: bound }, want: 'Revoking' },
    'takes away from a lab that is no longer a subject': {
      facts: { grant: aDataGrant().to('jones'), consumers: [aConsumer().of('jones').bound(), aConsumer().bound()] },
      want: 'Revoking',
    },
    'takes away from a lab that is being deleted': { facts: { consumers: [aConsumer().bound().leavingLab()] }, want: 'Revoking' },
    'keeps what a lab has while its LabPolicy is missing': {
      facts: { consumers: [aConsumer().bound().withoutPolicy()] },
      want: 'Progressing',
    },
    'keeps what a lab has while a setting of the facility is wrong': { facts: { consumers: bound, backends: [] }, want: 'BackendUnknown' },
    'says when a node does not confirm the end of a pod': {
      facts: {
        grant: aDataGrant().deleting(),
        consumers: [
          aConsumer()
            .bound()
            .after({ found: 'pods', pods: ['relion-0'], late: true }),
        ],
      },
      want: 'RevocationUnconfirmed',
    },
  } satisfies Record<string, { facts: Parameters<typeof given>[0]; want: string }>),
)('%s', ([, { facts, want }]) => {
  expect(ready(given(facts))?.reason).toBe(want);
});

test('does not take anything away before its status has said so', () => {
  const grant = aDataGrant().deleting();
  expect(given({ grant, consumers: bound }).steps).toEqual([]);
  expect(given({ grant: grant.status(revoking), consumers: bound }).steps.map(({ step }) => step.do)).toEqual(['expel']);
});

test('does for each lab what it needs: gives to one while it takes away from another', () => {
  const grant = aDataGrant().to('jones').status(revoking);
  const { steps } = given({ grant, consumers: [aConsumer().of('jones'), aConsumer().bound()] });
  expect(steps.map(({ consumer, step }) => [consumer.share.consumer, step.do])).toEqual([
    ['jones', 'apply'],
    ['smith', 'expel'],
  ]);
});

test('leaves alone what somebody else has made, and looks again by itself until it is gone', () => {
  const plan = given({ consumers: [aConsumer().withForeignVolume()] });
  expect(plan.steps.map(({ step }) => step.do)).toEqual(['leave']);
  expect(ready(plan)?.message).toContain('was not made by Bulkhead');
  expect(plan.nextCheck).toEqual(new Date('2026-05-12T08:00:30Z'));
  expect(given({ grant: aDataGrant().deleting().status(revoking), consumers: [aConsumer().withForeignVolume()] })).toMatchObject({
    holds: false,
    steps: [],
  });
});

test('a volume of somebody else keeps nothing from other labs, and nothing with those that lose it', () => {
  const grant = aDataGrant().to('jones', 'eve').status(revoking);
  const consumers = [aConsumer().of('eve').withForeignVolume(), aConsumer().of('jones').bound(), aConsumer().bound()];
  const plan = given({ grant, consumers });
  expect(plan.steps.map(({ consumer, step }) => [consumer.share.consumer, step.do])).toEqual([
    ['eve', 'leave'],
    ['jones', 'apply'],
    ['smith', 'expel'],
  ]);
  expect(plan.status.consumers?.map(({ lab }) => lab)).toEqual(['jones']);
});

test('does not offer data through a volume that leads elsewhere', () => {
  const plan = given({ consumers: [aConsumer().bound().withVolumeTo('/gpfs/labs/eve')] });
  expect(ready(plan)).toMatchObject({ reason: 'ObjectTaken', message: expect.stringContaining('leads to hostPath /gpfs/labs/eve') });
  expect(plan.status).not.toHaveProperty('consumers');
});

test('lists the labs for which the paths are available now', () => {
  const grant = aDataGrant().to('jones', 'smith');
  expect(given({ grant, consumers: [aConsumer().of('jones'), aConsumer().bound()] }).status.consumers).toEqual([
    { lab: 'smith', claim: expect.stringMatching(/^grant-microscopy-krios-0512-/) },
  ]);
  expect(given({ grant: aDataGrant().deleting(), consumers: bound }).status).not.toHaveProperty('consumers');
});

test('must not go before it has cleaned up, from before the first volume until after the last', () => {
  expect(given({}).holds).toBe(true);
  expect(given({ consumers: [aConsumer().withoutNamespace()] }).holds).toBe(false);
  expect(given({ grant: aDataGrant().deleting(), consumers: [aConsumer().withVolume()] }).holds).toBe(true);
  expect(given({ grant: aDataGrant().deleting() }).holds).toBe(false);
});

test('is looked at again at its expiry', () => {
  expect(given({ grant: aDataGrant().until(later) }).nextCheck).toEqual(new Date(later));
  expect(given({}).nextCheck).toBeUndefined();
});

test('puts a deadline on the pods of a grant with an end, and on no other', () => {
  const pod = stored({ metadata: { name: 'relion-0' }, spec: { containers: [] }, status: { phase: 'Running', startTime: past } });
  const consumers = [
    aConsumer()
      .bound()
      .with({ pods: [pod] }),
  ];
  expect(given({ grant: aDataGrant().until(later), consumers }).deadlines).toEqual([{ pod, seconds: 3600 }]);
  expect(given({ consumers }).deadlines).toEqual([]);
});

test('says the same again when nothing has changed, so that nothing is written', () => {
  const grant = aDataGrant().until(later);
  const first = given({ grant, consumers: bound }).status;
  const again = given({ grant: grant.status(first), consumers: bound, now: new Date(now.getTime() + 60_000) }).status;
  expect(again).toEqual(first);
});

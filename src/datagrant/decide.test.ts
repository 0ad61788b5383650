import { expect, test } from 'vitest';
import { aBackend, aConsumer, aRoot, looks, stored } from '../../test/fixtures/consumer.ts';
import { aDataGrant } from '../../test/fixtures/datagrant.ts';
import { apiVersion, type Lab, Labs } from '../api/kinds.ts';
import type { Assessment } from './assess.ts';
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
const fine: Assessment = { unshareable: undefined, missing: undefined, warnings: [], enforcement: undefined, changesAt: undefined };
const mayNot = { ...fine, unshareable: 'jo may not share microscopy:raw/krios-0512: no role' };
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
    assessment: fine,
    now,
    ...rest,
    grant: grant.build(),
    consumers: consumers.map((consumer) => consumer.build()),
  });
}
const condition = (plan: ReturnType<typeof decide>, of: string) => plan.status.conditions?.find(({ type }) => type === of);
const ready = (plan: ReturnType<typeof decide>) => condition(plan, 'Ready');
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
    'names what does not exist, and serves the others': {
      facts: { assessment: { ...fine, missing: { reason: 'SubjectNotFound', message: 'Lab jones' } }, consumers: bound },
      want: 'SubjectNotFound',
    },
    'names a volume that somebody else has made': { facts: { consumers: [aConsumer().withForeignVolume()] }, want: 'ObjectTaken' },
    'is done with one that somebody else has made when it has expired': {
      facts: { grant: aDataGrant().until(past), consumers: [aConsumer().withForeignVolume()] },
      want: 'Expired',
    },
    'needs no other lab: its own people are served by the model': {
      facts: { grant: aDataGrant().to('microscopy'), consumers: [] },
      want: 'Active',
    },
    'gives nothing before its time': { facts: { grant: aDataGrant().from(later), consumers: [aConsumer()] }, want: 'NotYetActive' },
    'takes away what was given when its beginning is moved': {
      facts: { grant: aDataGrant().from(later), consumers: bound },
      want: 'Revoking',
    },
    'gives nothing that its grantor may not share': { facts: { assessment: mayNot }, want: 'GrantorMayNotShare' },
    'takes away what its grantor may not share any more': { facts: { assessment: mayNot, consumers: bound }, want: 'Revoking' },
    'says that before naming a setting that no longer matters, for which labs would keep what they have': {
      facts: { assessment: mayNot, backends: [] },
      want: 'GrantorMayNotShare',
    },
    'a Restrict gives no mounts': { facts: { grant: aDataGrant().restricting(), consumers: [aConsumer()] }, want: 'Active' },
    'a Restrict counts though its grantor may not share, and says so': {
      facts: { grant: aDataGrant().restricting(), assessment: mayNot },
      want: 'GrantorMayNotShare',
    },
    'gives to a lab that it does not name when an instance asks and may': {
      facts: { consumers: [aConsumer().of('jones').asking()] },
      want: 'Progressing',
    },
    'and takes it away when it may no longer': {
      facts: { consumers: [aConsumer().bound(), aConsumer().of('jones').bound()] },
      want: 'Revoking',
    },
    'gives nobody a volume for writing who does not ask': {
      facts: { consumers: [aConsumer().bound(), aConsumer().writing().bound()] },
      want: 'Revoking',
    },
    'gives one for writing to who asks and may': {
      facts: { consumers: [aConsumer().bound(), aConsumer().writing().asking().bound()] },
      want: 'Active',
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
        consumers: [aConsumer().bound().after(looks.latePods('relion-0'))],
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
    { lab: 'smith', mode: 'ReadOnly', claim: expect.stringMatching(/^grant-microscopy-krios-0512-/) },
  ]);
  expect(given({ grant: aDataGrant().deleting(), consumers: bound }).status).not.toHaveProperty('consumers');
});

test('must not go before it has cleaned up, from before the first volume until after the last', () => {
  expect(given({}).holds).toBe(true);
  expect(given({ consumers: [aConsumer().withoutNamespace()] }).holds).toBe(false);
  expect(given({ grant: aDataGrant().deleting(), consumers: [aConsumer().withVolume()] }).holds).toBe(true);
  expect(given({ grant: aDataGrant().deleting() }).holds).toBe(false);
});

test('is looked at again when it begins, when its end comes near, when it ends, and when the model may say something else', () => {
  const nextCheck = (facts: Parameters<typeof given>[0]) => given(facts).nextCheck;
  expect(nextCheck({ grant: aDataGrant().from(later) })).toEqual(new Date(later));
  expect(nextCheck({ grant: aDataGrant().until('2026-05-14T08:00:00Z') })).toEqual(new Date('2026-05-13T08:00:00Z'));
  expect(nextCheck({ grant: aDataGrant().until(later) })).toEqual(new Date(later));
  const changesAt = new Date('2026-05-12T08:30:00Z');
  expect(nextCheck({ grant: aDataGrant().until(later), assessment: { ...fine, changesAt } })).toEqual(changesAt);
  expect(nextCheck({})).toBeUndefined();
});

test.for(
  Object.entries({
    'counts and is what can be mounted': { facts: { consumers: bound }, want: 'True Accepted, True Active, True Enforced' },
    'before its time': { facts: { grant: aDataGrant().from(later) }, want: 'True Accepted, False NotYetActive, True NotYetActive' },
    'in its last day': {
      facts: { grant: aDataGrant().until(later), consumers: bound },
      want: 'True Accepted, True Expiring, True Enforced',
    },
    'on its last day but one': {
      facts: { grant: aDataGrant().until('2026-05-13T08:00:01Z'), consumers: bound },
      want: 'True Accepted, True Active, True Enforced',
    },
    'after its end, while somebody has it': {
      facts: { grant: aDataGrant().until(past), consumers: bound },
      want: 'True Accepted, False Expired, False Revoking',
    },
    'after its end, while a node does not answer': {
      facts: { grant: aDataGrant().until(past), consumers: [aConsumer().bound().after(looks.latePods('relion-0'))] },
      want: 'True Accepted, False Expired, False RevocationUnconfirmed',
    },
    'after its end': { facts: { grant: aDataGrant().until(past) }, want: 'True Accepted, False Expired, True Revoked' },
    'of somebody who may not share': {
      facts: { assessment: mayNot },
      want: 'False GrantorMayNotShare, False NotAccepted, True GrantorMayNotShare',
    },
    'that restricts, of somebody who may not share': {
      facts: { grant: aDataGrant().restricting(), assessment: mayNot },
      want: 'False GrantorMayNotShare, True Active, True Deciding',
    },
    'of a volume that does not exist': {
      facts: { grant: aDataGrant().of('scratch') },
      want: 'False VolumeNotFound, False NotAccepted, False VolumeNotFound',
    },
    'while volumes are made': { facts: {}, want: 'True Accepted, True Active, False Progressing' },
  } satisfies Record<string, { facts: Parameters<typeof given>[0]; want: string }>),
)('its conditions tell whether it is accepted, active and enforced: %s', ([, { facts, want }]) => {
  const plan = given(facts);
  const said = ['Accepted', 'Active', 'Enforced'].map((type) => `${condition(plan, type)?.status} ${condition(plan, type)?.reason}`);
  expect(said.join(', ')).toBe(want);
});

test('says what comes next', () => {
  const next = (grant: ReturnType<typeof aDataGrant>) => given({ grant }).status.nextTransition;
  expect(next(aDataGrant().from(later))).toEqual({ at: later, to: 'Active' });
  expect(next(aDataGrant().from(later).until('2026-05-12T10:00:00Z'))).toEqual({ at: later, to: 'Expiring' });
  expect(next(aDataGrant().until('2026-05-14T08:00:00Z'))).toEqual({ at: '2026-05-13T08:00:00.000Z', to: 'Expiring' });
  expect(next(aDataGrant().until(later))).toEqual({ at: later, to: 'Expired' });
  expect(next(aDataGrant().until(past))).toBeUndefined();
  expect(next(aDataGrant().until(later).deleting())).toBeUndefined();
});

test('measures a revocation: asked for, refused, last pod gone; and never says that it was before it was seen', () => {
  const grant = aDataGrant().deleting();
  const step = (before: ReturnType<typeof decide>['status'] | undefined, consumer: ReturnType<typeof aConsumer>, seconds: number) =>
    given({ grant: before ? grant.status(before) : grant, consumers: [consumer], now: new Date(now.getTime() + seconds * 1000) }).status;
  const one = aConsumer().bound();
  const asked = step(undefined, one, 0);
  expect(asked.revocations).toEqual([{ lab: 'smith', mode: 'ReadOnly', askedAt: now.toISOString() }]);
  expect(step(asked, one.after(looks.openDoor), 1).revocations).toEqual(asked.revocations);
  const refused = step(asked, one.after(looks.podsOf('relion-0')), 2);
  expect(refused.revocations).toEqual([{ ...asked.revocations?.[0], refusedAt: '2026-05-12T07:59:30.000Z' }]);
  expect(step(refused, one.after(looks.noPod), 3).revocations).toEqual(refused.revocations);
  const ended = step(refused, one.after(looks.nothing), 4);
  expect(ended.revocations).toEqual([{ ...refused.revocations?.[0], endedAt: '2026-05-12T07:59:30.000Z' }]);
  expect(step(ended, one, 5).revocations).toEqual(ended.revocations); // after a restart, which has seen nothing yet
  expect(step(ended, aConsumer(), 6).revocations).toEqual(ended.revocations);
  expect(step(refused, one.after(looks.openDoor), 7).revocations).toEqual(asked.revocations);
});

test('a lab that has the paths again has no revocation any more', () => {
  const before = { revocations: [{ lab: 'smith', mode: 'ReadOnly' as const, askedAt: past }] };
  expect(given({ grant: aDataGrant().status(before), consumers: bound }).status).not.toHaveProperty('revocations');
});

test('says the same again when nothing has changed, so that nothing is written', () => {
  const grant = aDataGrant().until(later);
  const first = given({ grant, consumers: bound }).status;
  const again = given({ grant: grant.status(first), consumers: bound, now: new Date(now.getTime() + 60_000) }).status;
  expect(again).toEqual(first);
});

import { expect, test } from 'vitest';
import { aBackend, aConsumer, aRoot, looks } from '../../test/fixtures/consumer.ts';
import { give, hasWalls, isServed, takeAway } from './consumer.ts';

test.for(
  Object.entries({
    'makes the volume first': { consumer: aConsumer(), want: 'apply PersistentVolume' },
    'makes no claim before the binder knows the volume, or it would look again only after a while': {
      consumer: aConsumer().withVolume('Pending'),
      want: 'apply PersistentVolume',
    },
    'then makes the claim': { consumer: aConsumer().withVolume('Available'), want: 'apply PersistentVolume PersistentVolumeClaim' },
    'applies both again when they are there, which sends nothing': {
      consumer: aConsumer().bound(),
      want: 'apply PersistentVolume PersistentVolumeClaim',
    },
    'lets a volume forget a claim that is gone, before it makes the claim again': {
      consumer: aConsumer().withVolume('Bound'),
      want: 'release-volume',
    },
    'lets a volume forget a claim that is gone when the new one is there already': {
      consumer: aConsumer().withVolume('Released').withClaim('Pending'),
      want: 'release-volume',
    },
    'waits while a claim is going': { consumer: aConsumer().withVolume().withClaimGoing(), want: 'wait' },
    'lets a volume go that somebody deleted, though a claim is bound to it': {
      consumer: aConsumer().withVolumeGoing().withClaim(),
      want: 'let-volume-go',
    },
    'makes the volume again for the very claim that is bound to it': { consumer: aConsumer().withClaim(), want: 'restore-volume' },
    'makes the volume again for a claim that counts as lost': { consumer: aConsumer().withClaim('Lost'), want: 'restore-volume' },
    'gives up a lost claim whose volume is not made for it': {
      consumer: aConsumer().withVolume('Available').withClaim('Lost'),
      want: 'delete-claim',
    },
    'makes the volume of a claim that waits for its first': {
      consumer: aConsumer().withClaim('Pending'),
      want: 'apply PersistentVolume PersistentVolumeClaim',
    },
  }),
)('%s', ([, { consumer, want }]) => {
  const step = give(consumer.build(), aRoot, aBackend);
  const made = step.do === 'apply' ? [step.volume.kind, ...(step.claim ? [step.claim.kind] : [])] : [];
  expect([step.do, ...made].join(' ')).toBe(want);
});

test.for(
  Object.entries({
    'is done when volume and claim are gone': { consumer: aConsumer(), want: undefined },
    'first waits until LabPolicy refuses new pods': { consumer: aConsumer().bound().withMount(), want: 'wait' },
    'then looks for pods': { consumer: aConsumer().bound(), want: 'expel' },
    'looks for pods when LabPolicy is missing, which refuses every pod': { consumer: aConsumer().bound().withoutPolicy(), want: 'expel' },
    'keeps looking while the API server admits a pod': { consumer: aConsumer().bound().after(looks.openDoor), want: 'expel' },
    'keeps looking while there are pods': {
      consumer: aConsumer().bound().after(looks.podsOf('a')),
      want: 'expel',
    },
    'does not believe the first empty list': { consumer: aConsumer().bound().after(looks.noPod), want: 'expel' },
    'then deletes the claim': { consumer: aConsumer().bound().after(looks.nothing), want: 'delete-claim' },
    'waits until the claim is gone': { consumer: aConsumer().withVolume().withClaimGoing().after(looks.nothing), want: 'wait' },
    'then deletes the volume': { consumer: aConsumer().withVolume('Released').after(looks.nothing), want: 'delete-volume' },
    'waits until the volume is gone': { consumer: aConsumer().withVolumeGoing().after(looks.nothing), want: 'wait' },
    'looks for pods of a claim that somebody else deleted': { consumer: aConsumer().withVolume().withClaimGoing(), want: 'expel' },
    'is not held up by a LabPolicy in a namespace that is going': {
      consumer: aConsumer().bound().withMount().withNamespaceGoing(),
      want: 'expel',
    },
    'leaves the claim to a namespace that is going': {
      consumer: aConsumer().bound().withNamespaceGoing().after(looks.nothing),
      want: 'wait',
    },
    'needs no look when the namespace is gone, and its pods with it': {
      consumer: aConsumer().withVolume('Released').withoutNamespace(),
      want: 'delete-volume',
    },
  }),
)('taking away %s', ([, { consumer, want }]) => {
  expect(takeAway(consumer.build())?.do).toBe(want);
});

test.for(
  Object.entries({
    'stand when namespace and LabPolicy are there': { consumer: aConsumer(), want: true },
    'are missing without a namespace': { consumer: aConsumer().withoutNamespace(), want: false },
    'are missing in a namespace that is not of the lab': { consumer: aConsumer().withNamespaceOf('jones'), want: false },
    'are missing in a namespace that is going': { consumer: aConsumer().withNamespaceGoing(), want: false },
    'are missing without a LabPolicy': { consumer: aConsumer().withoutPolicy(), want: false },
  }),
)('walls %s', ([, { consumer, want }]) => {
  expect(hasWalls(consumer.build())).toBe(want);
});

test('a lab is served when its claim is bound and nothing is going', () => {
  expect(isServed(aConsumer().bound().build())).toBe(true);
  expect(isServed(aConsumer().withVolume().withClaim('Pending').build())).toBe(false);
  expect(isServed(aConsumer().withVolumeGoing().withClaim().build())).toBe(false);
  expect(isServed(aConsumer().withVolume().withClaimGoing().build())).toBe(false);
});

// The scanner finds each kind of wrong, beside a history that differs from it in one fact and is right.
import { expect, test } from 'vitest';
import type { Answer, History, Holding, Life } from './history.ts';
import { scan } from './scanner.ts';

const lab = (uid: string, more: Partial<Life> = {}): Life => ({ uid, kind: 'Lab', name: uid, ...more });
const instance = (uid: string, more: Partial<Life> = {}): Life => ({ uid, kind: 'ProcessingInstance', name: `default/${uid}`, ...more });
const held = (thing: string, holder: string, from: number, until?: number): Holding => {
  const [type = '', resource = ''] = thing.split(' ');
  return { type, resource, holder, from, ...(until !== undefined && { until }) };
};
const told = (holder: string, at: number, ...things: string[]): Answer => ({
  holder,
  started: at - 1,
  ended: at,
  given: things.map((thing) => {
    const [type = '', resource = ''] = thing.split(' ');
    return { type, resource };
  }),
});
const heir = (uid: string, id: number) => lab(uid, { name: 'a', adopts: { uid: id, gid: id } });
const ids = (holder: string, id: number, from: number, until?: number) =>
  ['UserID', 'GroupID'].map((type) => held(`${type} ${id}`, holder, from, until));

const histories: Record<string, { good: History; bad: History; words: string }> = {
  'an id with two holders, though the first had given it back': {
    words: 'UserID 5 belonged to Lab a (a) and to Lab b (b)',
    good: { lives: [lab('a'), lab('b')], answers: [], holdings: [...ids('a', 5, 1), ...ids('b', 6, 2)] },
    bad: { lives: [lab('a'), lab('b')], answers: [], holdings: [held('UserID 5', 'a', 1, 3), held('UserID 5', 'b', 4)] },
  },
  'an id that one copy told to another lab than the server says': {
    words: 'GroupID 5 belonged to Lab a (a) and to Lab b (b)',
    good: { lives: [lab('a'), lab('b', { doomed: 1 })], answers: [], holdings: [held('GroupID 5', 'a', 1)] },
    bad: { lives: [lab('a'), lab('b', { doomed: 1 })], answers: [told('b', 2, 'GroupID 5')], holdings: [held('GroupID 5', 'a', 1)] },
  },
  'ids taken over by a later lab of the name while the earlier one was still there': {
    words: 'UserID 5 belonged to Lab a (a) and to Lab a (a2)',
    good: { lives: [lab('a', { gone: 4 }), heir('a2', 5)], answers: [], holdings: [...ids('a', 5, 1, 5), ...ids('a2', 5, 5)] },
    bad: { lives: [lab('a', { gone: 6 }), heir('a2', 5)], answers: [], holdings: [...ids('a', 5, 1, 5), ...ids('a2', 5, 5)] },
  },
  'ids taken over by a later lab of the name that names others': {
    words: 'UserID 5 belonged to Lab a (a) and to Lab a (a2)',
    good: { lives: [lab('a', { gone: 4 }), heir('a2', 5)], answers: [], holdings: [...ids('a', 5, 1, 5), ...ids('a2', 5, 5)] },
    bad: { lives: [lab('a', { gone: 4 }), heir('a2', 6)], answers: [], holdings: [...ids('a', 5, 1, 5), ...ids('a2', 5, 5)] },
  },
  'blocks of ports that overlap under two names': {
    words: 'Ports 100-115 of ProcessingInstance default/a (a) and Ports 108-123 of ProcessingInstance default/b (b) at one time',
    good: {
      lives: [instance('a'), instance('b')],
      answers: [told('a', 2, 'Ports 100-115'), told('b', 4, 'Ports 116-131')],
      holdings: [held('Ports 100-115', 'a', 1), held('Ports 116-131', 'b', 3)],
    },
    bad: {
      lives: [instance('a'), instance('b')],
      answers: [told('a', 2, 'Ports 100-115'), told('b', 4, 'Ports 108-123')],
      holdings: [held('Ports 100-115', 'a', 1), held('Ports 108-123', 'b', 3)],
    },
  },
  'a licence of two instances at one time': {
    words: 'License f of ProcessingInstance default/a (a) and License f of ProcessingInstance default/b (b) at one time',
    good: {
      lives: [instance('a'), instance('b')],
      answers: [told('a', 2, 'License f'), told('b', 6, 'License f')],
      holdings: [held('License f', 'a', 1, 4), held('License f', 'b', 5)],
    },
    bad: {
      lives: [instance('a'), instance('b')],
      answers: [told('a', 2, 'License f'), told('b', 6, 'License f')],
      holdings: [held('License f', 'a', 1, 9), held('License f', 'b', 5)],
    },
  },
  'a root below that of another lab': {
    words: 'StorageRoot gpfs:x of Lab a (a) meets StorageRoot gpfs:x/y of Lab b (b)',
    good: { lives: [lab('a'), lab('b')], answers: [], holdings: [held('StorageRoot gpfs:x', 'a', 1), held('StorageRoot gpfs:xy', 'b', 2)] },
    bad: { lives: [lab('a'), lab('b')], answers: [], holdings: [held('StorageRoot gpfs:x', 'a', 1), held('StorageRoot gpfs:x/y', 'b', 2)] },
  },
  'a root that a lab with an identity once had': {
    words: 'StorageRoot gpfs:x of Lab a (a) meets StorageRoot gpfs:x of Lab b (b)',
    good: {
      lives: [lab('a', { doomed: 2, gone: 4 }), lab('b')],
      answers: [],
      holdings: [held('StorageRoot gpfs:x', 'a', 1, 3), held('StorageRoot gpfs:x', 'b', 5)],
    },
    bad: {
      lives: [lab('a', { doomed: 2, gone: 4 }), lab('b')],
      answers: [told('a', 2, 'UserID 5', 'GroupID 5')],
      holdings: [...ids('a', 5, 1), held('StorageRoot gpfs:x', 'a', 1, 3), held('StorageRoot gpfs:x', 'b', 5)],
    },
  },
  'a root inherited without the ids that its files belong to': {
    words: 'StorageRoot gpfs:x of Lab a (a) meets StorageRoot gpfs:x of Lab a (a2)',
    good: {
      lives: [lab('a', { gone: 4 }), heir('a2', 5)],
      answers: [],
      holdings: [...ids('a', 5, 1), held('StorageRoot gpfs:x', 'a', 1, 5), held('StorageRoot gpfs:x', 'a2', 5)],
    },
    bad: {
      lives: [lab('a', { gone: 4 }), heir('a2', 6)],
      answers: [],
      holdings: [...ids('a', 5, 1), held('StorageRoot gpfs:x', 'a', 1, 5), held('StorageRoot gpfs:x', 'a2', 5)],
    },
  },
  'ports of an instance that is gone': {
    words: 'Ports 100-115 is still held by ProcessingInstance default/a (a), which is gone',
    good: { lives: [instance('a', { gone: 2 })], answers: [], holdings: [held('Ports 100-115', 'a', 1, 3)] },
    bad: { lives: [instance('a', { gone: 2 })], answers: [], holdings: [held('Ports 100-115', 'a', 1)] },
  },
  'an answer that the server does not bear out': {
    words: 'License f was given to ProcessingInstance default/a (a) but the server did not hold it',
    good: { lives: [instance('a')], answers: [told('a', 4, 'License f')], holdings: [held('License f', 'a', 1, 3)] },
    bad: { lives: [instance('a')], answers: [told('a', 5, 'License f')], holdings: [held('License f', 'a', 1, 3)] },
  },
  'ports taken away from an instance that lives': {
    words: 'Ports 100-115 was taken away from ProcessingInstance default/a (a)',
    good: {
      lives: [instance('a', { doomed: 3 })],
      answers: [told('a', 2, 'Ports 100-115')],
      holdings: [held('Ports 100-115', 'a', 1, 4)],
    },
    bad: {
      lives: [instance('a', { doomed: 5 })],
      answers: [told('a', 2, 'Ports 100-115')],
      holdings: [held('Ports 100-115', 'a', 1, 4)],
    },
  },
  'an id released after its lab was deleted': {
    words: 'UserID 5 was taken away from Lab a (a)',
    good: { lives: [lab('a', { doomed: 2, gone: 3 })], answers: [told('a', 2, 'UserID 5', 'GroupID 5')], holdings: ids('a', 5, 1) },
    bad: { lives: [lab('a', { doomed: 2, gone: 3 })], answers: [told('a', 2, 'UserID 5', 'GroupID 5')], holdings: ids('a', 5, 1, 4) },
  },
  'two identities of one lab': {
    words: 'Lab a (a) was told to have UserID 5 and 6',
    good: { lives: [lab('a')], answers: [told('a', 3, 'UserID 5'), told('a', 4, 'UserID 5')], holdings: [held('UserID 5', 'a', 1)] },
    bad: {
      lives: [lab('a')],
      answers: [told('a', 3, 'UserID 5'), told('a', 4, 'UserID 6')],
      holdings: [held('UserID 5', 'a', 1), held('UserID 6', 'a', 1)],
    },
  },
};

test.for(Object.entries(histories))('finds %s', ([, { good, bad, words }]) => {
  expect(scan(good)).toEqual([]);
  expect(scan(bad)).toContain(words);
});

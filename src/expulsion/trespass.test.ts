import { expect, test } from 'vitest';
import { anInstance } from '../../test/fixtures/processinginstance.ts';
import { grantClaimName, rootClaimName } from '../api/names.ts';
import type { Pod } from '../kube/kind.ts';
import { notAfterOf } from './mounts.ts';
import { lostParts, unlistedPart } from './trespass.ts';

const own = rootClaimName('projects');
const granted = grantClaimName('microscopy', 'krios-0512');
const claims = new Set([own, granted]);
const mount = (serviceAccount: string, claim: string, subPaths: string[], readOnly = true, notAfter?: string) => ({
  ...{ serviceAccount, claim, subPaths, readOnly },
  ...(notAfter !== undefined && { notAfter }),
});
const aPod = (account: string, claim: string, subPath: string, { readOnly = true, kind = 'Job', phase = 'Running' } = {}): Pod => ({
  metadata: { name: 'pod', ownerReferences: [{ apiVersion: 'v1', kind, name: 'any', uid: 'u' }] },
  spec: {
    serviceAccountName: account,
    containers: [{ name: 'c', volumeMounts: [{ name: 'data', mountPath: '/data', subPath, readOnly }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  },
  status: { phase },
});
const relion = anInstance('relion').data({ volume: 'projects', path: 'p1', mountPath: '/data' }).build();
const listed = [mount('relion', own, ['p1', 'p2']), mount('relion', own, ['p3'], false), mount('other', own, ['p4'])];

test.for(
  Object.entries({
    'a pod has what is listed for its account': { pod: aPod('relion', own, 'p1'), want: undefined },
    'and not what is listed for another': { pod: aPod('relion', own, 'p4'), want: 'p4' },
    'nor another part of the same claim': { pod: aPod('relion', own, 'p1/deeper'), want: 'p1/deeper' },
    'nor the whole of it': { pod: aPod('relion', own, ''), want: '' },
    'nor may it write where it may only read': { pod: aPod('relion', own, 'p1', { readOnly: false }), want: 'p1' },
    'it may read where it may write': { pod: aPod('relion', own, 'p3'), want: undefined },
    'a claim that is not listed at all': { pod: aPod('relion', granted, 'krios-0512'), want: 'krios-0512' },
    'a claim that holds no data of labs is not looked at': { pod: aPod('relion', 'state-relion', 'any'), want: undefined },
    'a pod that has ended has nothing': { pod: aPod('relion', granted, 'krios-0512', { phase: 'Succeeded' }), want: undefined },
    'the accounts of the operator are its own concern': { pod: aPod('bulkhead-directories', own, ''), want: undefined },
    'an application from which its instance has taken the data ends in its own time': {
      pod: aPod('relion', own, 'p9', { kind: 'StatefulSet' }),
      want: undefined,
    },
  }),
)('%s', ([, { pod, want }]) => {
  expect(unlistedPart(listed, pod, claims, () => relion)?.subPath).toBe(want);
});

test('an application whose instance still asks for what it may not have any more is ended at once', () => {
  const pod = aPod('relion', own, 'p1', { kind: 'StatefulSet' });
  expect(unlistedPart([], pod, claims, () => relion)?.subPath).toBe('p1');
  expect(unlistedPart([], pod, claims, () => undefined)).toBeUndefined(); // the instance is being removed, and its pods with it
});

test('what was listed and is not any more is lost, also the leave to write; what has only moved to another entry is not', () => {
  expect(lostParts(listed, listed, claims)).toEqual([]);
  expect(lostParts(listed, [mount('relion', own, ['p1', 'p2', 'p3'], false), mount('other', own, ['p4'])], claims)).toEqual([]);
  expect(lostParts(listed, [mount('relion', own, ['p1', 'p3'])], claims)).toEqual([
    { account: 'relion', claim: own, subPath: 'p2', readOnly: true },
    { account: 'relion', claim: own, subPath: 'p3', readOnly: false },
    { account: 'other', claim: own, subPath: 'p4', readOnly: true },
  ]);
  expect(lostParts([mount('bulkhead-db', own, ['']), mount('relion', 'state-relion', [''])], [], claims)).toEqual([]);
});

test('a pod ends with the first end of what its account may have of its claims, as admission asks of new ones', () => {
  const ends = [
    mount('relion', own, ['p1'], true, '2026-05-12T09:00:00Z'),
    mount('relion', own, ['p2'], true, '2026-05-12T08:00:00Z'),
    mount('other', own, ['p1'], true, '2026-05-12T07:00:00Z'),
    mount('relion', granted, ['krios-0512'], true, '2026-05-12T06:00:00Z'),
  ];
  expect(notAfterOf({ mounts: ends }, aPod('relion', own, 'p1'))).toEqual(new Date('2026-05-12T08:00:00Z'));
  expect(notAfterOf({ mounts: listed }, aPod('relion', own, 'p1'))).toBeUndefined();
});

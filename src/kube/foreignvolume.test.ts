import { expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { foreignness } from './foreignvolume.ts';
import type { PersistentVolume } from './kind.ts';

const volume = (source: Partial<NonNullable<PersistentVolume['spec']>>): PersistentVolume => ({
  metadata: { name: 'lab-smith-projects' },
  spec: { claimRef: { namespace: 'lab-smith', name: 'data-projects' }, persistentVolumeReclaimPolicy: 'Retain', ...source },
});
const wanted = volume({ hostPath: { path: '/gpfs/labs/smith' } });
const by = (manager: string, change: Partial<NonNullable<PersistentVolume['spec']>> = {}, volume = wanted) =>
  stored({ ...volume, metadata: { ...volume.metadata, managedFields: [{ manager }] }, spec: { ...volume.spec, ...change } });

test.for<[string, ReturnType<typeof by>, string | undefined]>([
  ['a volume that we made is ours', by('bulkhead'), undefined],
  ['also bound to its claim', by('bulkhead', { claimRef: { ...wanted.spec?.claimRef, uid: 'u' } }), undefined],
  ['and with a reclaim policy that somebody has changed', by('bulkhead', { persistentVolumeReclaimPolicy: 'Delete' }), undefined],
  ['one that somebody else made is not, whatever it says', by('kubectl-create'), 'was not made by Bulkhead'],
  [
    'nor one that leads elsewhere under our manager',
    by('bulkhead', { hostPath: { path: '/gpfs/labs/jones' } }),
    'leads to hostPath /gpfs/labs/jones',
  ],
  [
    'nor one of another type',
    by('bulkhead', {}, volume({ nfs: { server: 'nfs.uni.edu', path: '/export/smith' } })),
    'leads to nfs nfs.uni.edu:/export/smith',
  ],
  ['nor one for another claim', by('bulkhead', { claimRef: { namespace: 'lab-jones', name: 'data' } }), 'is for the claim lab-jones/data'],
])('%s', ([, live, says]) => {
  const found = foreignness(wanted, live, 'bulkhead');
  if (says === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(says);
});

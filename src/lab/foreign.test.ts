import { expect, test } from 'vitest';
import { stored } from '../../test/fixtures/consumer.ts';
import { aLab } from '../../test/fixtures/lab.ts';
import type { PersistentVolume } from '../kube/kind.ts';
import { foreignness } from './foreign.ts';
import { persistentVolume } from './objects/persistentvolume.ts';

const lab = aLab('smith').build();
const root = lab.spec.storage![0]!;
const backends = {
  hostPath: { name: 'gpfs', type: 'hostPath', path: '/gpfs/labs' },
  nfs: { name: 'archive', type: 'nfs', server: 'nfs.uni.edu', path: '/export' },
} as const;
const wanted = persistentVolume(lab, root, backends.hostPath);
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
  ['nor one of another type', by('bulkhead', {}, persistentVolume(lab, root, backends.nfs)), 'leads to nfs nfs.uni.edu:/export/smith'],
  ['nor one for another claim', by('bulkhead', { claimRef: { namespace: 'lab-jones', name: 'data' } }), 'is for the claim lab-jones/data'],
])('%s', ([, live, says]) => {
  const found = foreignness(wanted, live, 'bulkhead');
  if (says === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(says);
});

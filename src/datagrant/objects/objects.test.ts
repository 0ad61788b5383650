import { expect, test } from 'vitest';
import { grantLabel } from '../../api/labels.ts';
import { persistentVolume } from './persistentvolume.ts';
import { persistentVolumeClaim } from './persistentvolumeclaim.ts';

const share = { ownerLab: 'microscopy', grant: 'krios-0512', consumer: 'smith', mode: 'ReadOnly' as const };
const forWriting = { ...share, mode: 'ReadWrite' as const };
const root = { name: 'raw', backend: 'gpfs', path: 'microscopy/raw' };
const gpfs = { name: 'gpfs', type: 'hostPath' as const, path: '/gpfs/labs' };
const nfs = { name: 'gpfs', type: 'nfs' as const, server: 'nas.test', path: '/export' };

test('a volume leads to the root of the owner and never to a directory below it, which the owner could replace by a link', () => {
  expect(persistentVolume(share, root, gpfs).spec?.hostPath).toEqual({ path: '/gpfs/labs/microscopy/raw', type: 'Directory' });
  expect(persistentVolume(share, root, nfs).spec?.nfs).toEqual({ server: 'nas.test', path: '/export/microscopy/raw', readOnly: true });
});

test('a file server is mounted read-only by its client too, and a directory of the node has no such option', () => {
  expect(persistentVolume(share, root, nfs).spec?.mountOptions).toEqual(['ro']);
  expect(persistentVolume(share, root, gpfs).spec).not.toHaveProperty('mountOptions');
});

test('who may write has a volume of its own beside the one of readers, which stays read-only', () => {
  expect(persistentVolume(forWriting, root, nfs).spec?.nfs).toEqual({ server: 'nas.test', path: '/export/microscopy/raw' });
  expect(persistentVolume(forWriting, root, nfs).spec).not.toHaveProperty('mountOptions');
  expect(persistentVolume(forWriting, root, nfs).metadata.name).not.toBe(persistentVolume(share, root, nfs).metadata.name);
  expect(persistentVolumeClaim(forWriting).metadata.name).toBe(`${persistentVolumeClaim(share).metadata.name}-rw`);
});

test.for([share, forWriting])('volume and claim name each other, so that neither can be bound to anything else: $mode', (share) => {
  const volume = persistentVolume(share, root, gpfs);
  const claim = persistentVolumeClaim(share);
  expect(volume.spec?.claimRef).toMatchObject({ namespace: claim.metadata.namespace, name: claim.metadata.name });
  expect(claim.spec?.volumeName).toBe(volume.metadata.name);
  expect(volume.spec?.persistentVolumeReclaimPolicy).toBe('Retain');
});

test('the back reference fits into a label for the longest names', () => {
  const long = { ownerLab: 'a'.repeat(40), grant: 'b'.repeat(40), consumer: 'c'.repeat(40), mode: 'ReadWrite' as const };
  expect(persistentVolumeClaim(long).metadata.labels?.[grantLabel]?.length).toBeLessThanOrEqual(63);
  expect(persistentVolumeClaim(long).metadata.name.length).toBeLessThanOrEqual(63); // it is also the name of a volume of pods
  expect(persistentVolume(long, root, gpfs).metadata.name.length).toBeLessThanOrEqual(63);
});

// Requirements that the platform keeps by the objects that it makes: rights, volumes, ports, and what it says about itself.
import { expect, test } from 'vitest';
import { enforcementOf } from '../../../src/access/enforcement.ts';
import { standardRoles } from '../../../src/access/role.ts';
import type { Backend } from '../../../src/config.ts';
import { editorRole } from '../../../src/lab/objects/editor.ts';
import { persistentVolume } from '../../../src/lab/objects/persistentvolume.ts';
import { rolesOfChart } from '../../../src/rbac/clusterroles.ts';
import { basePort } from '../../../src/reservation/ports.ts';
import { aLab } from '../../fixtures/lab.ts';

const lab = aLab('smith').ready().build();

test('CS-15 several instances share one host: no port of one block is a port of the next', () => {
  const range = { first: 31_000, last: 31_047, blockSize: 16 };
  const blocks = [0, 1, 2].map((index) => Array.from({ length: 16 }, (_, offset) => basePort(index, range) + offset));
  expect(new Set(blocks.flat()).size).toBe(48);
});

test('CS-22 of everything that somebody may do it is said who keeps it: the platform, or the application', () => {
  expect(enforcementOf(['read', 'write', 'export', 'cellengine:gate.update', 'cellengine:gate.create'])).toEqual({
    platform: ['read', 'write'],
    advisory: ['export', 'cellengine:*'],
  });
});

test('CM-1 there are levels of permission, each with more than the one before', () => {
  const levels = Object.values(standardRoles).map((verbs) => new Set<string>(verbs));
  for (const [index, level] of levels.slice(1).entries()) {
    expect([...(levels[index] ?? [])].filter((verb) => !level.has(verb))).toEqual([]);
    expect(level.size).toBeGreaterThan(levels[index]?.size ?? 0);
  }
});

test.for<Backend>([
  { name: 'gpfs', type: 'hostPath', path: '/gpfs' },
  { name: 'gpfs', type: 'nfs', server: 'x', path: '/gpfs' },
  { name: 'gpfs', type: 'csi', driver: 'd', path: '/gpfs', pathAttribute: 'share', attributes: {} },
])('GX-3, CE-27 no volume of a lab is ever emptied or deleted with its objects ($type)', (backend) => {
  expect(persistentVolume(lab, lab.spec.storage![0]!, backend).spec).toMatchObject({
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'bulkhead-static',
  });
});

/** Whether a role of the chart lets its holder do it. */
const gives = (role: string, resource: string, verb: string): boolean =>
  rolesOfChart
    .find(({ name }) => name === role)!
    .rules.some(({ resources = [], verbs }) => resources.includes(resource) && verbs.includes(verb));

test.for(['labs', 'dataroles'])('GX-29, GX-31 only the facility makes %s; everybody else has no role that could', (resource) => {
  const makers = rolesOfChart.filter(({ name }) => ['create', 'update', 'patch', 'delete'].some((verb) => gives(name, resource, verb)));
  expect(makers.map(({ name }) => name)).toEqual(['bulkhead:facility-admin']);
});

test('CE-8, GX-31 what custom roles there are everybody may read', () => {
  expect(gives('bulkhead:datarole-reader', 'dataroles', 'list')).toBe(true);
});

test('GX-32 whoever administers a lab changes the groups of that lab, and of no other', () => {
  expect(editorRole(lab).rules).toEqual([
    { apiGroups: ['bulkhead.science'], resources: ['labs'], resourceNames: ['smith'], verbs: ['get', 'patch'] },
  ]);
});

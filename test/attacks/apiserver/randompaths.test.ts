// Paths at random for the volumes of the operator: the API server admits exactly those below a configured backend, read segment by segment; and the
// regular expression in the policy agrees on many more, under the rules of RE2 that the API server uses.
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { volumesPolicy } from '../../../src/admission/volumes.ts';
import type { Impersonator } from '../../../src/verify/actor.ts';
import { create, manifest } from '../../../src/verify/manifest.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { impersonatorFor, prepare, raiseWalls, scene, settings } from './lab.ts';

const backend = scene.backend;

/** A path of plain names below the backend; nothing that a shell, a mount option or a file system could read in another way. */
function isBelow(path: string): boolean {
  const [nothing, ...segments] = path.split('/');
  const [, ...root] = backend.split('/');
  const below = segments.slice(root.length);
  return nothing === '' && root.every((segment, index) => segment === segments[index]) && below.length > 0 && below.every(isPlain);
}
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const isPlain = (segment: string) =>
  letters.includes(segment[0] ?? ' ') && [...segment].every((character) => `${letters}._-`.includes(character));

const start = fc.oneof(
  { weight: 5, arbitrary: fc.constant(backend) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      `${backend}2`,
      '/facility',
      '',
      '/',
      backend.slice(1),
      `/${backend}`,
      backend.toUpperCase(),
      `${backend}/..`,
    ),
  },
);
const plain = fc.stringMatching(/^[a-z0-9][A-Za-z0-9._-]{0,9}$/);
const odd = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '...',
    '.snapshots',
    '-x',
    '_x',
    '~',
    'a b',
    'a\nb',
    'x\n',
    'x\u0000',
    'x\\y',
    'a:b',
    'a,b',
    '$(X)',
    'é',
    'e\u0301',
    'x..',
    'ａ',
  ),
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const segment = fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: odd });
const randomPath = fc.tuple(start, fc.array(segment, { maxLength: 4 })).map(([first, rest]) => [first, ...rest].join('/'));

test('10,000 paths: the expression of the policy takes those below the backend', () => {
  const text = JSON.stringify(volumesPolicy(settings));
  const [, pattern] = /substring\(size\(b\.path\)\)\.matches\('([^']+)'\)/.exec(text) ?? [];
  const plainBelow = RE2JS.compile(pattern!);
  let below = 0;
  fc.assert(
    fc.property(randomPath, (path) => {
      const taken = path.startsWith(`${backend}/`) && plainBelow.matcher(path.slice(backend.length)).find();
      if (taken) below++;
      expect(taken, JSON.stringify(path)).toBe(isBelow(path));
    }),
    { numRuns: 10_000 },
  );
  expect(below).toBeGreaterThan(1000);
});

let controlPlane: ControlPlane;
let impersonator: Impersonator;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  impersonator = impersonatorFor(controlPlane.kubeconfig);
  await prepare(impersonator);
  await raiseWalls(impersonator);
});
afterAll(async () => {
  await impersonator?.close();
  await controlPlane?.stop();
});

test('500 volumes of the operator: those below the backend are admitted', async () => {
  const answers = { admitted: 0, refused: 0, invalid: 0 };
  await fc.assert(
    fc.asyncProperty(randomPath, async (path) => {
      const spec = {
        accessModes: ['ReadWriteMany'],
        capacity: { storage: '1Mi' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: scene.namespace, name: 'attempt' },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'bulkhead-static',
        hostPath: { path, type: 'Directory' },
      };
      const request = create(manifest('v1', 'PersistentVolume', { spec }));
      const { status, message } = await impersonator.send(scene.actors.operator, request, { dryRun: true });
      const said = status === 201 ? 'admitted' : message.includes("'bulkhead-volumes'") ? 'refused' : 'invalid';
      answers[said]++;
      expect(said === 'admitted', `${JSON.stringify(path)}: ${status} ${message}`).toBe(isBelow(path));
    }),
    { numRuns: 500 },
  );
  console.info('volumes:', answers);
  for (const said of ['admitted', 'refused'] as const) expect(answers[said]).toBeGreaterThan(50);
});

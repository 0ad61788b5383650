import { expect, test } from 'vitest';
import { aFacility } from '../../test/fixtures/access.ts';
import { enforcementOf } from './enforcement.ts';
import { lint } from './lint.ts';

const now = Date.parse('2026-05-12T08:00:00Z');
const smith = aFacility()
  .role('viewer', 'read', 'compute')
  .role('cloner', 'read', 'cellengine:experiment.clone')
  .lab('smith', (lab) => lab.member('pi', 'full-read-write').member('tech', 'sharer'))
  .role('sharer', 'read', 'share');

function warned(words: Partial<Parameters<typeof smith.grant>[1]>, facility = smith): string[] {
  const model = facility.grant('g', { paths: ['p1'], to: ['User:tech'], ...words }).model();
  const grant = model.grantsOf('smith').find(({ name }) => name === 'g');
  return lint(model, grant!, now).map(({ type }) => type);
}

test.for(
  Object.entries({
    'CE-2 reading alone': [{ roles: ['limited-read-only'] }, []],
    'CE-3 reading, copying and download': [{ roles: ['read-only'] }, []],
    'CE-20 computing without export': [{ roles: ['viewer'] }, ['CopyOutPossible']],
    'CE-20 copying without export': [{ permissions: ['read', 'fork'] }, ['CopyOutPossible']],
    'CE-19 CellEngine copies without its download': [{ roles: ['cloner'] }, ['CopyOutPossible']],
    'CE-19 with it': [{ roles: ['cloner'], permissions: ['cellengine:fcsfile.download'] }, []],
    'CE-7 what several roles give together counts': [{ roles: ['viewer'], permissions: ['export'] }, []],
    'writing without reading': [{ permissions: ['write'] }, ['WriteWithoutRead']],
    'what the grantor does not hold himself': [{ permissions: ['read', 'write'], grantor: 'tech' }, ['MoreThanGrantor']],
    'what the grantor does': [{ permissions: ['read'], grantor: 'tech' }, []],
    'everyone where nobody unknown is let in': [{ permissions: ['read'], to: ['Everyone'] }, ['AnonymousNotAllowed']],
    'a Restrict is warned of nothing': [{ effect: 'Restrict' as const }, []],
  } satisfies Record<string, [Parameters<typeof warned>[0], string[]]>),
)('%s', ([, [words, want]]) => {
  expect(warned(words)).toEqual(want);
});

test('names what is restricted below', () => {
  const model = smith
    .grant('few', { paths: ['p1/secret'], to: ['User:pi'], effect: 'Restrict' })
    .grant('g', { paths: ['p1'], to: ['User:tech'], permissions: ['read'] })
    .model();
  expect(lint(model, model.grantsOf('smith').find(({ name }) => name === 'g')!, now)).toEqual([
    { type: 'RestrictedBelow', message: expect.stringContaining('p1/secret') },
  ]);
});

test('the platform keeps what can be mounted, made and shared; the rest is for applications', () => {
  expect(
    enforcementOf(['cellengine:gate.update', 'cellengine:folder.read', 'export', 'read', 'delete', 'shareExternal', 'catmaid:can_fork']),
  ).toEqual({
    platform: ['read', 'shareExternal'],
    advisory: ['export', 'delete', 'catmaid:*', 'cellengine:*'],
  });
  expect(enforcementOf([])).toBeUndefined();
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathReservations } from './path.ts';

const segment = fc.constantFrom('a', 'b', 'ab', 'A', 'a.b');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const backend = fc.constantFrom('gpfs', 'archive');

/** What the API server would say: a name is there with another type, or is an exclusive one. */
function collide(one: ReturnType<typeof pathReservations>, other: ReturnType<typeof pathReservations>): boolean {
  const types = new Map(one.map(({ name, type }) => [name, type]));
  return other.some(({ name, type }) => types.has(name) && !(type === 'StorageDirectory' && types.get(name) === 'StorageDirectory'));
}

test('CS-3 two roots collide exactly when one is equal to, above or below the other', () => {
  fc.assert(
    fc.property(backend, path, backend, path, (backendA, a, backendB, b) => {
      const isNested = backendA === backendB && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));
      expect(collide(pathReservations(backendA, a), pathReservations(backendB, b))).toBe(isNested);
    }),
  );
});

test('a root marks every directory above it, and itself last', () => {
  expect(pathReservations('gpfs', 'dept/smith').map(({ type, resource }) => [type, resource])).toEqual([
    ['StorageDirectory', 'gpfs:dept'],
    ['StorageRoot', 'gpfs:dept/smith'],
  ]);
});

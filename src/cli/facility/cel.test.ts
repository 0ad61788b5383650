import { expect, test } from 'vitest';
import { definitions } from '../../api/kinds.ts';
import { holds } from './cel.ts';

test.for(
  Object.entries({
    'a field that is there': ['has(self.a) && self.a == 1', { a: 1 }, true],
    'and one that is not': ['has(self.a)', {}, false],
    'not, or, and bind as in CEL': ['!has(self.a) || self.a == 2 && self.b', { a: 1, b: true }, false],
    'a condition': ["(has(self.e) ? self.e : 'Allow') == 'Allow'", {}, true],
    'membership in a list': ["self.kind in ['User', 'Lab']", { kind: 'Lab' }, true],
    'membership among keys': ["!('x' in self)", { x: 1 }, false],
    'every item': ["self.all(k, size(k) <= 3 && k.matches('^[a-z]+$'))", ['ab', 'abcd'], false],
    'some key of a map': ["self.exists(k, k.startsWith('p'))", { pods: 1 }, true],
    'instants in their order': [
      'timestamp(self.a) < timestamp(self.b)',
      { a: '2026-01-01T00:00:00Z', b: '2025-12-31T23:00:00-02:00' },
      true,
    ],
    'text after a quote': ["self.split('/').exists(s, s == '..')", 'a/../b', true],
    'what is null where a list is expected refuses': ['self.a.all(x, x == 1) && self.a.b.matches("x")', { a: [1] }, false],
    'what only the API server knows is left to it': ['isCIDR(self)', '10.0.0.0/8', undefined],
    'as is what this parser cannot read': ['self.map(x, x)', [], undefined],
  } as const),
)('%s', ([, [rule, self, want]]) => {
  expect(holds(rule, { self })).toBe(want);
});

test('rules of our kinds that are left to the API server are about quantities and networks alone', () => {
  const rules = new Set<string>();
  const collect = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === 'rule' && typeof part === 'string') rules.add(part);
      else collect(part);
    }
  };
  collect(definitions.map(({ rules, spec }) => [rules, spec.toJSONSchema({ target: 'openapi-3.0', io: 'input' })]));
  const left = [...rules].filter((rule) => holds(rule, { self: undefined, oldSelf: undefined }) === undefined);
  expect(rules.size).toBeGreaterThan(20);
  expect(left.filter((rule) => !/isCIDR\(|quantity\(/.test(rule))).toEqual([]);
});

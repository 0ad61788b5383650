import { expect, test } from 'vitest';
import { nodeLayout } from './layout.ts';

test('gives nodes of different names different addresses on one link each', () => {
  const [one, two] = [nodeLayout('bulkhead'), nodeLayout('story')];
  expect(one.address).not.toBe(two.address);
  const last = (address: string) => Number(address.split('.')[3]);
  for (const { address, hostAddress } of [one, two]) {
    expect(last(address)).toBe(last(hostAddress) + 1);
    expect(last(hostAddress) % 4).toBe(1); // the first address of a /30
  }
});

test.for(['', 'Lab', '1lab', 'lab_1', 'a-name-too-long-for-a-link'])('refuses the name "%s", which a network link cannot have', (name) => {
  expect(() => nodeLayout(name)).toThrow('at most 12');
});

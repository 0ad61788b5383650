import { expect, test } from 'vitest';
import { followsOn, type Swept } from './swept.ts';

type Mount = Swept['mounts'][number];
const mount = (claim: string, subPaths: string[], more: Partial<Mount> = {}): Mount => ({
  serviceAccount: 'relion',
  claim,
  subPaths,
  readOnly: true,
  ...more,
});
const [soon, later] = ['2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'];
const policy = (mounts: Mount[], generation = 4, uid = 'a'): Swept => ({ uid, generation, mounts });
const p1 = mount('data', ['p1']);

test.for(
  Object.entries({
    'the same policy': { before: policy([p1]), now: policy([p1]), want: true },
    'one more part of a claim': { before: policy([p1]), now: policy([mount('data', ['p1', 'p2'])], 5), want: true },
    'one more claim': { before: policy([p1]), now: policy([p1, mount('raw', ['k1'])], 5), want: true },
    'what was read may be written': { before: policy([p1]), now: policy([mount('data', ['p1'], { readOnly: false })], 5), want: true },
    'a later end': {
      before: policy([mount('data', ['p1'], { notAfter: soon })]),
      now: policy([mount('data', ['p1'], { notAfter: later })], 5),
      want: true,
    },
    'no end any more': { before: policy([mount('data', ['p1'], { notAfter: soon })]), now: policy([p1], 5), want: true },
    'a part is gone': { before: policy([mount('data', ['p1', 'p2'])]), now: policy([p1], 5), want: false },
    'a part is for another account': {
      before: policy([p1]),
      now: policy([mount('data', ['p1'], { serviceAccount: 'other' })], 5),
      want: false,
    },
    'what was written may only be read': {
      before: policy([mount('data', ['p1'], { readOnly: false })]),
      now: policy([p1], 5),
      want: false,
    },
    'an end where there was none': { before: policy([p1]), now: policy([mount('data', ['p1'], { notAfter: later })], 5), want: false },
    'an earlier end': {
      before: policy([mount('data', ['p1'], { notAfter: later })]),
      now: policy([mount('data', ['p1'], { notAfter: soon })], 5),
      want: false,
    },
    'another part of the claim brings an end for all of it': {
      before: policy([p1]),
      now: policy([p1, mount('data', ['p2'], { notAfter: soon })], 5),
      want: false,
    },
    'a policy between the two, which may have given more': { before: policy([p1]), now: policy([p1], 6), want: false },
    'a policy that was made again': { before: policy([p1]), now: policy([p1], 1, 'b'), want: false },
  }),
)('%s', ([, { before, now, want }]) => {
  expect(followsOn(before, now)).toBe(want);
});

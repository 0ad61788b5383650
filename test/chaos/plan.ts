// What people do in a run, drawn from a seed: the same seed asks for the same in the same order, though not at the same moments.
import type { Lab } from '../../src/api/kinds.ts';

type Root = NonNullable<Lab['spec']['storage']>[number];

export interface Operation {
  kind: 'lab' | 'instance';
  name: string;
  /** `late`: a copy that has missed everything serves some earlier object of the name. `strip`: deleted, and its finalizer taken away by force. */
  act: 'serve' | 'late' | 'change' | 'delete' | 'strip' | 'sweep';
  /** Copies that act on it, at once. */
  copies: number[];
  /** What an object that is made for it asks for. */
  identity?: { uid: number; gid: number } | undefined;
  /** To name the ids that the last lab of the name had. */
  inherits: boolean;
  storage: Root[];
  license?: string | undefined;
  /** A number in [0, 1) for choices that depend on what there is. */
  chance: number;
}

/** @param uniform random numbers in [0, 1) */
export function plan(uniform: () => number, count: number, copyCount: number): Operation[] {
  const below = (limit: number) => Math.floor(uniform() * limit);
  const happens = (percent: number) => uniform() * 100 < percent;
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)]!;
  const path = () => Array.from({ length: 1 + below(3) }, () => oneOf(['a', 'b', 'c', 'd', 'ab', 'ac'])).join('/');
  // Accounts that several labs want, and some that lie in the range of the facility; the uid of one is the gid of another.
  const account = () => (happens(60) ? 5000 + below(8) : 200_000 + below(60));
  const acts = (kind: Operation['kind']) => {
    const draw = below(100);
    if (draw < 62) return 'serve';
    if (draw < 72) return 'late';
    if (draw < 78) return kind === 'instance' ? 'change' : 'serve';
    if (draw < 91) return 'delete';
    return draw < 97 ? 'strip' : 'sweep';
  };
  return Array.from({ length: count }, () => {
    const kind = happens(45) ? 'lab' : 'instance';
    return {
      kind,
      name: `${kind}-${below(48)}`,
      act: acts(kind),
      copies: Array.from({ length: copyCount }, (_, index) => index).filter(() => happens(60)),
      ...(kind === 'lab' && happens(45) && { identity: { uid: account(), gid: account() } }),
      inherits: happens(40),
      storage: [
        { name: 'data', backend: 'gpfs', path: path() },
        { name: 'archive', backend: 'archive', path: path() },
      ].slice(0, below(3)),
      ...(kind === 'instance' && happens(60) && { license: `f${below(10)}` }),
      chance: uniform(),
    };
  });
}

// Up to which version of its LabPolicy a lab was looked through, and whether a later version asks for another look. Pure.
import type { LabPolicy } from '../api/kinds.ts';
import type { Stored } from '../kube/object.ts';
import { isOnlyMore } from './trespass.ts';

/** A policy behind which no pod is left that has more than it lists. */
export interface Swept {
  uid: string;
  generation: number;
  mounts: LabPolicy['spec']['mounts'];
}

export const sweptBy = ({ metadata: { uid, generation = 0 }, spec: { mounts } }: Stored<LabPolicy>): Swept => ({ uid, generation, mounts });

/** Whether nothing that was let in since can have more than `now` lists: it gives what `before` gave, and none was between the two. */
export const followsOn = (before: Swept, now: Swept): boolean =>
  before.uid === now.uid && now.generation - before.generation <= 1 && isOnlyMore(before.mounts, now.mounts);

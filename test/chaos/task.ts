// What the test asks one copy of the operator, and what it hears.
import type { Lab, ProcessingInstance } from '../../src/api/kinds.ts';
import type { Stored } from '../../src/kube/object.ts';
import type { Thing } from './history.ts';

export const range = { identity: { first: 200_000, last: 200_999 }, ports: { first: 31_000, last: 31_399, blockSize: 16 } };
/** How much faster the clock of a copy runs: its grace of ten minutes is five seconds. */
export const hurry = 120;

/** The holder as the copy believes it to be: it may be gone by now. */
export type Task =
  | { act: 'serve lab'; object: Stored<Lab>; known?: { uid: number; gid: number } | undefined }
  | { act: 'serve instance'; object: Stored<ProcessingInstance>; license?: string | undefined; base?: number | undefined }
  | { act: 'end lab'; object: Stored<Lab> }
  | { act: 'end instance'; object: Stored<ProcessingInstance> }
  | { act: 'sweep' };

export interface Reply {
  /** What the holder was told to have. */
  given: Thing[];
  /** What it cannot have, or what went wrong. */
  refused?: string;
  failed?: string;
}

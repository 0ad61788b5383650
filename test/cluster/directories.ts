// Where the test cluster keeps things: always outside the source tree, so that a clean checkout stays clean and a cache serves many.
import { homedir } from 'node:os';
import path from 'node:path';

const under = (variable: string, fallback: string) => path.join(process.env[variable] || path.join(homedir(), fallback), 'bulkhead');

/** Binaries and images, keyed by a hash of what they are made from; safe to delete while no cluster runs. */
export const cacheDirectory = () => process.env.BULKHEAD_CACHE || under('XDG_CACHE_HOME', '.cache');

/** Keys, logs, volumes and process ids of one cluster. */
export const stateDirectory = (name: string) => path.join(process.env.BULKHEAD_STATE || under('XDG_STATE_HOME', '.local/state'), name);

/** Root of the project: context of the operator's image. */
export const projectDirectory = path.resolve(import.meta.dirname, '../..');

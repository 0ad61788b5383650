// Makes labs as a facility would, with one root and three people each, and waits until the operator says that they are ready.
import { setTimeout as delay } from 'node:timers/promises';
import { apiVersion, type Lab, Labs } from '../../src/api/kinds.ts';
import { isTrue } from '../../src/kube/conditions.ts';
import { backend, type Facility } from './facility.ts';

/** Requests that a client keeps under way: on two cores little is gained beyond. */
const inFlight = 8;

export const labNames = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(4, '0')}`);

export const lab = (name: string): Lab => ({
  apiVersion,
  kind: 'Lab',
  metadata: { name },
  spec: {
    members: ['read-only', 'basic-read-write', 'full-read-write'].map((role) => ({ user: `${role}@${name}.edu`, roles: [role] })),
    storage: [{ name: 'projects', backend: backend.name, path: `cryosparc_projects/${name}` }],
    quota: { gpu: 4, cpu: '64', memory: '512Gi', pods: 60 },
  },
});

/** Seconds from the first Lab created to the last Lab ready. */
export async function onboard({ admin }: Facility, names: string[], timeoutSeconds = 300): Promise<number> {
  const began = performance.now();
  await each(names, async (name) => void (await admin.create(Labs, lab(name))));
  for (;;) {
    const waiting = names.filter((name) => !isReady(admin.cache.get(Labs, name)));
    const seconds = (performance.now() - began) / 1000;
    if (waiting.length === 0) return seconds;
    if (seconds > timeoutSeconds) {
      const conditions = admin.cache.get(Labs, waiting[0]!)?.status?.conditions;
      throw new Error(`${waiting.length} labs are not ready after ${timeoutSeconds} s; ${waiting[0]} says ${JSON.stringify(conditions)}`);
    }
    await delay(20);
  }
}

const isReady = (found: Lab | undefined) => found !== undefined && isTrue(found, 'Ready');

/** Does the work for every item, a few at once. */
export async function each<T>(items: T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const [index, item] of entries) await work(item, index);
    }),
  );
}

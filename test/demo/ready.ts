// Whether an object of ours is Ready, as kstatus sees it, and waiting for many of them with a display.
import type { Condition } from '../../src/api/schema.ts';
import type { Kind } from '../../src/kube/kind.ts';
import { type KubeObject, keyOf } from '../../src/kube/object.ts';
import type { Site } from './site.ts';
import { until } from './until.ts';

type Reporting = KubeObject & { status?: { observedGeneration?: number; conditions?: Condition[] } };

export interface Readiness {
  ready: boolean;
  /** Reason and message of the condition, for people. */
  why: string;
}

/** A status of an earlier generation says nothing about this one. */
export function readinessOf({ metadata, status }: Reporting): Readiness {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || status?.observedGeneration !== metadata.generation) return { ready: false, why: 'not seen by the operator yet' };
  return { ready: ready.status === 'True', why: `${ready.reason}: ${ready.message}` };
}

export interface Awaited {
  kind: Kind<KubeObject>;
  name: string;
  namespace?: string | undefined;
}

/** Display of a wait: a line for everything that became Ready, and what is still waited for. */
export interface Display {
  became(line: string): void;
  waiting(line: string): void;
}

/** Waits until every object is Ready.
 * @throws Error that names the first one that is not, in the words of its status */
export async function waitUntilReady(site: Site, awaited: Awaited[], display: Display, timeoutMs = 180_000): Promise<void> {
  const began = Date.now();
  const pending = new Set(awaited);
  let why = '';
  await until(
    'objects to be Ready',
    async () => {
      for (const item of pending) {
        const object = await site.client.get(item.kind, item.name, item.namespace);
        const readiness = object ? readinessOf(object as Reporting) : { ready: false, why: 'does not exist' };
        if (readiness.ready) {
          pending.delete(item);
          display.became(`${item.kind.kind} ${keyOf({ metadata: item })} is Ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
        } else why = `${item.kind.kind} ${keyOf({ metadata: item })}: ${readiness.why}`;
      }
      if (pending.size > 0) display.waiting(`${awaited.length - pending.size} of ${awaited.length} Ready; ${why}`);
      return pending.size === 0;
    },
    { timeoutMs },
  ).catch((cause) => {
    throw new Error(`not Ready: ${why}`, { cause });
  });
}

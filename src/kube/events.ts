// Events for people (`kubectl describe`). The same event on the same object becomes a series instead of a second object, and each object has
// a budget (client-go's: 25 at once, then one in 300 s), so that a flapping lab cannot flood etcd. Losing an event is never an error.
import { randomUUID } from 'node:crypto';
import type * as k8s from '@kubernetes/client-node';
import type { Client } from './client.ts';
import { isNotFound } from './errors.ts';
import { type Builtin, defineKind } from './kind.ts';
import { microTime } from './lease.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from './object.ts';

type Event = Builtin<Omit<k8s.EventsV1Event, 'series'>> & { series?: { count: number; lastObservedTime: string } };
const Events = defineKind<Event>('events.k8s.io/v1', 'Event', 'events', 'Namespaced');

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  action: string;
  note: string;
}

const burst = 25;
const refillMs = 300_000;
/** Objects and series that are remembered; the oldest are forgotten first. */
const memory = 2000;
const longestNote = 1024;

interface Series {
  name: string;
  count: number;
}

export class EventRecorder {
  readonly #client: Client;
  readonly #reporter: { controller: string; instance: string };
  readonly #logger: Logger;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, { tokens: number; at: number }>();
  /** One at a time: a second report must find the series of the first. */
  #queue: Promise<void> = Promise.resolve();

  constructor(client: Client, reporter: { controller: string; instance: string }, logger: Logger) {
    this.#client = client;
    this.#reporter = reporter;
    this.#logger = logger;
  }

  record(object: KubeObject, text: EventText): void {
    if (!this.#spend(object.metadata.uid ?? '')) return;
    this.#queue = this.#queue
      .then(() => this.#send(object, text))
      .catch((error) => this.#logger.debug({ err: error, reason: text.reason }, 'an event was lost'));
  }

  /** Resolves when everything recorded so far was sent or lost. */
  async flush(): Promise<void> {
    await this.#queue;
  }

  async #send(object: KubeObject, text: EventText): Promise<void> {
    const { uid, name, namespace } = object.metadata;
    const key = JSON.stringify([uid, text.type, text.reason, text.action, text.note]);
    const eventNamespace = namespace ?? 'default';
    const known = this.#series.get(key);
    if (known) {
      try {
        const series = { count: known.count + 1, lastObservedTime: microTime() };
        await this.#client.patch(Events, { name: known.name, namespace: eventNamespace }, { type: 'merge', body: { series } });
        known.count++;
        return;
      } catch (error) {
        if (!isNotFound(error)) throw error; // events live for an hour: begin a new series
      }
    }
    const event: Event = {
      apiVersion: Events.apiVersion,
      kind: Events.kind,
      metadata: { name: `${name}.${randomUUID().slice(0, 13)}`.slice(-253), namespace: eventNamespace },
      eventTime: microTime(),
      reportingController: this.#reporter.controller,
      reportingInstance: this.#reporter.instance,
      regarding: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid } as Event['regarding'],
      type: text.type,
      reason: text.reason,
      action: text.action,
      note: text.note.slice(0, longestNote),
    } as Event;
    await this.#client.create(Events, event);
    remember(this.#series, key, { name: event.metadata.name, count: 1 });
  }

  #spend(uid: string): boolean {
    const now = performance.now();
    const { tokens, at } = this.#budgets.get(uid) ?? { tokens: burst, at: now };
    const available = Math.min(burst, tokens + (now - at) / refillMs);
    remember(this.#budgets, uid, { tokens: available >= 1 ? available - 1 : available, at: now });
    return available >= 1;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > memory) map.delete(map.keys().next().value!);
}

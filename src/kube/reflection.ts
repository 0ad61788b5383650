// The rules by which a store follows the API server, without any I/O: what to ask next, given what was answered. Pure state:
//
//   stream ──initial-events-end──> watch(v) ──410 or 504──> stream        (stream = WatchList: the state, then a watch, in one request)
//     │ refused (400, 422)            ▲  └── any other end ──> watch(v)
//     └──────> list(page…) ───────────┘          410 between pages: list from the start
import type { Page, WatchEvent } from './client.ts';
import { type KubeObject, keyOf, type Stored } from './object.ts';

export type Ask = { do: 'stream' } | { do: 'list'; page?: string | undefined } | { do: 'watch'; resourceVersion: string };

/** Where a reflection writes; a Store with its scope. */
export interface Mirror<T extends KubeObject> {
  replace(objects: Stored<T>[], resourceVersion: string): void;
  receive(object: Stored<T>): void;
  remove(object: Stored<T>): void;
  advance(resourceVersion: string): void;
}

const initialEventsEnd = 'k8s.io/initial-events-end';

export class Reflection<T extends KubeObject> {
  readonly #mirror: Mirror<T>;
  #ask: Ask = { do: 'stream' };
  #canStream = true;
  #gathered = new Map<string, Stored<T>>();

  constructor(mirror: Mirror<T>) {
    this.#mirror = mirror;
  }

  /** The next request. Reading it again without an answer starts the same request anew. */
  next(): Ask {
    if (this.#ask.do === 'stream') this.#gathered.clear(); // a broken stream left half a state behind
    return this.#ask;
  }

  page({ items, metadata }: Page<T>): void {
    for (const item of items) this.#gathered.set(keyOf(item), item);
    if (metadata.continue) this.#ask = { do: 'list', page: metadata.continue };
    else this.#complete(metadata.resourceVersion);
  }

  event(event: Exclude<WatchEvent<T>, { type: 'ERROR' }>): void {
    const { object } = event;
    const { resourceVersion } = object.metadata;
    if (this.#ask.do === 'stream') {
      if (event.type === 'DELETED') this.#gathered.delete(keyOf(object));
      else if (event.type !== 'BOOKMARK') this.#gathered.set(keyOf(object), object);
      else if (object.metadata.annotations?.[initialEventsEnd] === 'true') this.#complete(resourceVersion);
      return;
    }
    if (event.type === 'DELETED') this.#mirror.remove(object);
    else if (event.type !== 'BOOKMARK') this.#mirror.receive(object);
    else this.#mirror.advance(resourceVersion);
    this.#ask = { do: 'watch', resourceVersion };
  }

  /** The request failed with this HTTP status; undefined when there was no answer. */
  failed(code: number | undefined): void {
    if (this.#ask.do === 'stream' && (code === 400 || code === 422)) this.#canStream = false;
    const expired = code === 410 || (this.#ask.do === 'watch' && code === 504); // 504: a version from the future, after a restore
    if (expired || (this.#ask.do === 'stream' && !this.#canStream)) this.#restart();
  }

  #restart(): void {
    this.#gathered.clear();
    this.#ask = this.#canStream ? { do: 'stream' } : { do: 'list' };
  }

  #complete(resourceVersion: string): void {
    this.#mirror.replace([...this.#gathered.values()], resourceVersion);
    this.#gathered.clear();
    this.#ask = { do: 'watch', resourceVersion };
  }
}

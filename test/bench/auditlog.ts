// Counts requests in the audit log of the API server: what really arrived, whatever the client believes to have sent.
import { open, stat } from 'node:fs/promises';

export interface Request {
  user: string;
  verb: string;
  /** Resource with subresource, for example `labs/status`. */
  resource: string;
  /** `namespace/name`, or `name`; empty when the request is about many. */
  object: string;
  code: number;
  isDryRun: boolean;
  /** When it arrived, in milliseconds since 1970. */
  at: number;
}

interface Event {
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
}

/** Reads on from where it last stopped. */
export class AuditLog {
  readonly #file: string;
  #position = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** Forgets what was written so far. */
  async skip(): Promise<void> {
    this.#position = (await stat(this.#file)).size;
    this.#rest = '';
  }

  /** Finished requests since the last call. */
  async read(): Promise<Request[]> {
    const file = await open(this.#file);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - this.#position), position: this.#position });
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      return lines.flatMap(parse);
    } finally {
      await file.close();
    }
  }
}

export function parse(line: string): Request[] {
  const { stage, verb, requestURI, user, objectRef, responseStatus, requestReceivedTimestamp } = JSON.parse(line) as Event;
  if (stage !== 'ResponseComplete') return [];
  const resource = [objectRef?.resource ?? requestURI, ...(objectRef?.subresource ? [objectRef.subresource] : [])].join('/');
  const isDryRun = requestURI.includes('dryRun=All');
  const object = objectRef?.name ? [objectRef.namespace, objectRef.name].filter(Boolean).join('/') : '';
  return [
    { user: user.username, verb, resource, object, code: responseStatus?.code ?? 0, isDryRun, at: Date.parse(requestReceivedTimestamp) },
  ];
}

/** Watches and Leases belong to being there, not to work. */
export const isWork = ({ verb, resource }: Request): boolean => verb !== 'watch' && resource !== 'leases';
export const isWrite = ({ verb, isDryRun }: Request): boolean => !['get', 'list', 'watch'].includes(verb) && !isDryRun;

/** `3 patch labs/status, 1 create pods (dry run)`: what the requests were, the most frequent first. */
export function summary(requests: Request[]): string {
  const counts = new Map<string, number>();
  for (const { verb, resource, isDryRun, code } of requests) {
    const what = `${verb} ${resource}${isDryRun ? ' (dry run)' : ''}${code >= 400 ? ` (${code})` : ''}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

// Who asks: bearer tokens are shown to the API server (TokenReview), which must have made them for this and nothing else, and whether the account may ask about everything, too (SubjectAccessReview).
// Answers are kept for a short time, under a hash of the token; tokens are never kept nor logged.
import { createHash } from 'node:crypto';
import { group } from '../api/labels.ts';
import { labOf, reviewAudience } from '../api/names.ts';
import type { Transport } from '../kube/transport.ts';
import type { Caller } from './scope.ts';

/** How long a token that was taken back may still be used here. */
const keptMs = 60_000;
const refusedMs = 10_000;
const most = 10_000;
const requestMs = 5000;
/** Longer than any token of a service account, which is about 1 KiB. */
const longestToken = 8192;

interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}
interface TokenReview {
  status?: { authenticated?: boolean; audiences?: string[]; user?: UserInfo };
}
interface SubjectAccessReview {
  status?: { allowed?: boolean };
}

/** `Unknown`: nobody. `Stranger`: somebody who may ask nothing. */
export type Known = Caller | { kind: 'Unknown' } | { kind: 'Stranger'; name: string };

export class Callers {
  readonly #transport: Pick<Transport, 'request'>;
  readonly #clock: () => Date;
  readonly #known = new Map<string, { known: Promise<Known>; until: number }>();

  constructor(transport: Pick<Transport, 'request'>, clock: () => Date) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Whether the API server need not be asked about the token. */
  isKnown(token: string): boolean {
    return (this.#known.get(keyOf(token))?.until ?? 0) > this.#clock().getTime();
  }

  /** @throws Error when the API server does not answer */
  of(token: string): Promise<Known> {
    const [key, now] = [keyOf(token), this.#clock().getTime()];
    const kept = this.#known.get(key);
    if (kept && kept.until > now) return kept.known;
    const known = token.length > longestToken ? Promise.resolve({ kind: 'Unknown' as const }) : this.#ask(token);
    const entry = { known, until: now + keptMs };
    this.#known.delete(key);
    this.#known.set(key, entry);
    if (this.#known.size > most) this.#known.delete(this.#known.keys().next().value ?? '');
    known.then(
      ({ kind }) => {
        if (kind === 'Unknown') entry.until = now + refusedMs;
      },
      () => this.#known.delete(key), // the next request asks again
    );
    return known;
  }

  async #ask(token: string): Promise<Known> {
    const { status } = await this.#post<TokenReview>('authentication.k8s.io/v1', 'TokenReview', 'tokenreviews', {
      token,
      audiences: [reviewAudience],
    });
    const user = status?.user;
    // Without audiences in the answer whoever answered has not looked at them.
    if (!status?.authenticated || !status.audiences?.includes(reviewAudience) || !user?.username) return { kind: 'Unknown' };
    const name = user.username;
    if (await this.#mayReview(user)) return { kind: 'Gateway', name };
    const [, namespace = '', instance = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
    const lab = labOf(namespace);
    return lab === undefined ? { kind: 'Stranger', name } : { kind: 'Instance', name, lab, instance };
  }

  async #mayReview({ username: user, uid, groups, extra }: UserInfo): Promise<boolean> {
    const resourceAttributes = { group, resource: 'labs', verb: 'review' };
    const spec = { user, uid, groups, extra, resourceAttributes };
    const kind = 'SubjectAccessReview';
    const { status } = await this.#post<SubjectAccessReview>('authorization.k8s.io/v1', kind, 'subjectaccessreviews', spec);
    return status?.allowed === true;
  }

  #post<T>(apiVersion: string, kind: string, plural: string, spec: object): Promise<T> {
    const body = { apiVersion, kind, spec };
    return this.#transport.request({ method: 'POST', path: `/apis/${apiVersion}/${plural}`, body, timeoutMs: requestMs });
  }
}

const keyOf = (token: string) => createHash('sha256').update(token).digest('hex');

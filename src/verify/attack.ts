// One attack: a request that a wall must refuse, beside a twin that it must admit. Without the twin a refusal proves nothing: it could come
// from a spelling mistake.
import type { Actor, Answer, Impersonator, Request } from './actor.ts';

/** What says no: a policy of Bulkhead by its name, or a part of Kubernetes itself. */
export type Wall = `bulkhead-${string}` | 'RBAC' | 'Pod Security' | 'ResourceQuota' | 'API schema';

export interface Attempt {
  as: Actor;
  request: Request;
  /** Goes through to a pod, which knows no dry run: a log, or a connection, which fails for want of an upgrade. Not being refused is being admitted. */
  live?: true;
  /** What comes behind the walls fails here in any case, as when a pod that has a node is given one. Not being refused is being admitted. */
  unfinished?: true;
}

export interface Attack {
  name: string;
  /** What refuses, when everybody has every right by RBAC; and RBAC itself for those who have not. */
  wall: Wall;
  /** Words that the message must hold, so that a person knows what to do. */
  says: string[];
  refused: Attempt;
  admitted: Attempt;
}

export interface Outcome {
  attack: Attack;
  refused: boolean;
  /** Whether the expected wall gave the refusal, with the expected words. On a cluster with Pod Security and roles, those may have refused first. */
  byWall: boolean;
  /** What refused; absent when nothing did, or when nobody knows it. */
  refusedBy?: Wall | undefined;
  /** Whether the attack failed for a reason that has nothing to do with walls, as when its object is gone by now. */
  unclear: boolean;
  admitted: boolean;
  /** What the API server said to the attack, and to the twin. */
  said: { attack: string; twin: string };
}

/** Sends one attempt; dry, so that nothing is stored whatever comes out. */
export type Send = (attempt: Attempt) => Promise<Answer>;
export const dryRun =
  (impersonator: Impersonator): Send =>
  ({ as, request, live }) =>
    impersonator.send(as, request, { dryRun: !(live || request.method === 'GET' || isReview(request)) });

/** Tries the attack and its twin. */
export async function attempt(impersonator: Impersonator, attack: Attack, send = dryRun(impersonator)): Promise<Outcome> {
  const [bad, good] = [await send(attack.refused), await send(attack.admitted)];
  const walls = wallsOf(bad);
  const byWall = walls.includes(attack.wall);
  return {
    attack,
    refused: walls.length > 0 || isRefusal(bad),
    byWall: byWall && attack.says.every((words) => bad.message.includes(words)),
    refusedBy: byWall ? attack.wall : walls[0],
    unclear: !attack.refused.live && !isRefusal(bad) && bad.status >= 300,
    admitted: attack.admitted.live || attack.admitted.unfinished ? !isRefusal(good) : isSuccess(good),
    said: { attack: describe(bad), twin: describe(good) },
  };
}

const isRefusal = ({ status }: Answer) => [401, 403, 422].includes(status);
const isSuccess = (answer: Answer) => answer.status >= 200 && answer.status < 300 && reviewed(answer) !== false;

/** Walls that a refusal names. */
function wallsOf(answer: Answer): Wall[] {
  const { status, message } = answer;
  if (reviewed(answer) === false || status === 401) return ['RBAC'];
  if (!isRefusal(answer)) return [];
  const policies = [...message.matchAll(/ValidatingAdmissionPolicy '(bulkhead-[^']+)'/g)].map(([, name]) => name as Wall);
  if (policies.length > 0) return policies;
  if (message.includes('violates PodSecurity')) return ['Pod Security'];
  if (message.includes('exceeded quota')) return ['ResourceQuota'];
  if (/ cannot [a-z]+ (resource|path) /.test(message)) return ['RBAC'];
  return status === 422 ? ['API schema'] : [];
}

const isReview = ({ path }: Request) => path.endsWith('/selfsubjectaccessreviews');
/** What an access review answers; undefined for any other answer. */
function reviewed({ body }: Answer): boolean | undefined {
  const review = body as { kind?: string; status?: { allowed?: boolean } } | undefined;
  return review?.kind === 'SelfSubjectAccessReview' ? review.status?.allowed === true : undefined;
}

/** In words of the API server. Never the body: what was read may be a secret. */
function describe(answer: Answer): string {
  const allowed = reviewed(answer);
  if (allowed !== undefined) return allowed ? 'allowed by RBAC' : 'not allowed by RBAC';
  return answer.status < 300 ? `${answer.status} admitted` : `${answer.status} ${answer.message}`;
}

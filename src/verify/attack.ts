// One attack: a request that a wall must refuse, beside a twin that it must admit. Without the twin a refusal proves nothing: it could come
// from a spelling mistake.
import type { Actor, Answer, Impersonator, Request } from './actor.ts';

export interface Attempt {
  as: Actor;
  request: Request;
  /** Sent for real, where the API server cannot try without doing; only for what cannot succeed. */
  live?: true;
}

export interface Attack {
  name: string;
  /** Policy that refuses. */
  policy: string;
  /** Words that the message must hold, so that a person knows what to do. */
  says: string[];
  refused: Attempt;
  admitted: Attempt;
}

export interface Outcome {
  attack: Attack;
  refused: boolean;
  /** Whether the expected policy gave the refusal, with the expected words. On a cluster with Pod Security and roles, those may have refused first. */
  byPolicy: boolean;
  admitted: boolean;
  /** What the API server said to the attack, and to the twin. */
  said: { attack: string; twin: string };
}

/** Tries the attack and its twin as dry runs: nothing is stored, whatever comes out. */
export async function attempt(impersonator: Impersonator, attack: Attack): Promise<Outcome> {
  const send = ({ as, request, live }: Attempt) => impersonator.send(as, request, { dryRun: !live });
  const [bad, good] = [await send(attack.refused), await send(attack.admitted)];
  const refused = bad.status === 403 || bad.status === 422;
  return {
    attack,
    refused,
    byPolicy: refused && bad.message.includes(`'${attack.policy}'`) && attack.says.every((words) => bad.message.includes(words)),
    admitted: good.status >= 200 && good.status < 300,
    said: { attack: describe(bad), twin: describe(good) },
  };
}

const describe = ({ status, message }: Answer) => (status < 300 ? `${status} admitted` : `${status} ${message}`);

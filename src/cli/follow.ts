// Follows a Job to its end: says what it waits for, hands its log through, returns its exit code. Ctrl-C deletes the Job.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isForbidden } from '../kube/errors.ts';
import { type Job, Jobs, type Pod, Pods } from '../kube/kind.ts';
import type { Stored } from '../kube/object.ts';
import type { Connection } from './connection.ts';
import { CommandFailed } from './error.ts';
import { phaseOf } from './podphase.ts';

const pollMs = 400;
/** Longest that one request for a log may take; an unfinished log is asked for again. */
const logRequestMs = 6 * 3_600_000;
const interruptedExitCode = 130;

type Say = (line: string) => void;

/** @returns the exit code of the command
 * @throws CommandFailed when the pod was refused, cannot start or was deleted */
export async function follow(connection: Connection, job: Stored<Job>, say: Say): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    return await untilEnd(connection, job, say, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say(
      `deleting job.batch/${job.metadata.name}; a second Ctrl-C leaves it: kubectl delete job ${job.metadata.name} -n ${connection.namespace}`,
    );
    await connection.client.delete(Jobs, job);
    return interruptedExitCode;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, onSignal);
  }
}

async function untilEnd(connection: Connection, job: Stored<Job>, say: Say, signal: AbortSignal): Promise<number> {
  const container = job.spec?.template.spec?.containers[0]?.name ?? '';
  let lastSaid: string | undefined;
  let written = 0;
  let seen = false;
  for (; ; await delay(pollMs, undefined, { signal })) {
    const pod = await podOf(connection, job);
    if (!pod) {
      await failWhenNoPodCanCome(connection, job, seen);
      continue;
    }
    seen = true;
    const now = phaseOf(pod, container);
    if (now.phase === 'waiting') {
      if (now.why !== lastSaid) say(`waiting: ${now.why}`);
      lastSaid = now.why;
      if (!now.hopeless) continue;
      await connection.client.delete(Jobs, job);
      throw new CommandFailed(`error: the pod cannot start: ${now.why}`);
    }
    // After a broken connection the log is read from its start again, without what was already written.
    written += await copyLog(connection, pod, { container, skip: written, signal });
    if (now.phase !== 'ended') continue;
    if (now.why) say(`the command was ended: ${now.why}`);
    return now.exitCode;
  }
}

async function podOf({ client, namespace }: Connection, job: Stored<Job>): Promise<Stored<Pod> | undefined> {
  const pods = await client.list(Pods, { namespace, labelSelector: `batch.kubernetes.io/controller-uid=${job.metadata.uid}` });
  return pods[0];
}

/** The job controller reports a refused pod as an event on the Job and tries again; trying again does not help. */
async function failWhenNoPodCanCome({ client, namespace }: Connection, job: Stored<Job>, seen: boolean): Promise<void> {
  if (seen)
    throw new CommandFailed(
      'error: the pod was deleted before the command ended: a grant that it used was revoked, or somebody deleted it',
    );
  const { items } = await client.transport.request<{ items: { reason?: string; message?: string }[] }>({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/events`,
    query: { fieldSelector: `involvedObject.uid=${job.metadata.uid}` },
  });
  const refusal = items.find(({ reason }) => reason === 'FailedCreate');
  if (!refusal) return;
  await client.delete(Jobs, job);
  throw new CommandFailed(`Error from server: ${refusal.message ?? 'the pod was refused'}`);
}

/** Copies the log to stdout until the container ends or the connection breaks.
 * @returns bytes written, those to skip not counted */
async function copyLog(
  { client, namespace }: Connection,
  pod: Stored<Pod>,
  { container, skip, signal }: { container: string; skip: number; signal: AbortSignal },
): Promise<number> {
  let skipping = skip;
  let written = 0;
  try {
    const log = await client.transport.stream({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`,
      query: { container, follow: 'true' },
      timeoutMs: logRequestMs,
      signal,
    });
    for await (const chunk of log) {
      const fresh = chunk.subarray(Math.min(skipping, chunk.length));
      skipping -= chunk.length - fresh.length;
      written += fresh.length;
      if (!process.stdout.write(fresh)) await once(process.stdout, 'drain', { signal });
    }
  } catch (error) {
    if (signal.aborted || isForbidden(error)) throw error; // anything else: the state of the pod says whether there is more to come
  }
  return written;
}

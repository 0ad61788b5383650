// The processes of an embedded node as the machine sees them: one recorded process, whose child is PID 1 of the node.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isRunning } from '../cache.ts';
import { parts } from './configuration.ts';
import type { NodeLayout } from './layout.ts';

const inner = path.join(import.meta.dirname, 'inner.sh');
const pidFile = ({ state }: NodeLayout) => path.join(state, 'pid');

/** Starts PID 1 of the node; it outlives this process. */
export async function startNode(layout: NodeLayout, environment: Record<string, string>): Promise<ChildProcess> {
  const log = openSync(path.join(layout.logs, 'inner.log'), 'a');
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', inner];
  const child = spawn('nsenter', [`--net=/run/netns/${layout.name}`, ...namespaces], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  child.unref();
  await writeFile(pidFile(layout), String(child.pid));
  return child;
}

/** The recorded process, or undefined when it is gone; a process that only inherited its number does not count. Another checkout may have
 * started it, with its own copy of the script. */
async function recorded(layout: NodeLayout): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(layout), 'utf8').catch(() => '0'));
  const command = pid ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
  return command.split('\0').some((word) => path.basename(word) === path.basename(inner)) ? pid : undefined;
}

const childrenOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).trim().split(' ').filter(Boolean).map(Number);

/** PID 1 of the node, by its number on this machine. */
export async function nodePid(layout: NodeLayout): Promise<number | undefined> {
  const pid = await recorded(layout);
  return pid && (await childrenOf(pid))[0];
}

/** Parts of a running node that have ended; undefined when the node does not run at all. */
export async function endedParts(layout: NodeLayout): Promise<string[] | undefined> {
  const pid = await nodePid(layout);
  if (!pid) return undefined;
  const statuses = await Promise.all((await childrenOf(pid)).map((child) => readFile(`/proc/${child}/status`, 'utf8').catch(() => '')));
  const living = new Set(
    statuses.filter((status) => !/^State:\s+Z/m.test(status)).map((status) => status.match(/^NSpid:.*\s(\d+)$/m)?.[1]),
  );
  const started = await Promise.all(
    parts.map(async (part) => ({ part, pid: (await readFile(path.join(layout.run, 'pids', part), 'utf8').catch(() => '')).trim() })),
  );
  return started.filter(({ pid }) => !living.has(pid)).map(({ part }) => part);
}

/** Ends the node and everything that runs on it: asks PID 1 first, so that the kubelet ends in order. */
export async function endNode(layout: NodeLayout): Promise<void> {
  const pid = await recorded(layout);
  if (pid) {
    const first = await nodePid(layout);
    if (first) process.kill(first, 'SIGTERM');
    for (const signal of [undefined, 'SIGKILL'] as const) {
      if (signal && isRunning(pid)) process.kill(pid, signal); // --kill-child: PID 1 goes with it, and all processes with PID 1
      for (let i = 0; i < 25 && isRunning(pid); i++) await setTimeout(100);
    }
  }
  if (existsSync(pidFile(layout))) await rm(pidFile(layout));
}

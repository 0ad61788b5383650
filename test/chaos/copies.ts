// The copies of the operator as processes, each behind a bad network of its own. A killed one is replaced by another, with empty caches, that
// has been waiting: starting a process takes longer than anything that is tried here.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { until } from '../cluster/embedded/api.ts';
import { uniform } from '../samples/random.ts';
import { type Fault, type Faults, faultsTo } from './faults.ts';
import type { Reply, Task } from './task.ts';

/** A busy machine is slow, not wrong. */
const patienceSeconds = 240;

export class Copies {
  kills = 0;
  readonly #copies: Copy[];

  private constructor(copies: Copy[]) {
    this.#copies = copies;
  }

  static async start(count: number, server: KubeConfig, seed: number): Promise<Copies> {
    const networks = await Promise.all(Array.from({ length: count }, (_, index) => faultsTo(server, uniform(seed + index))));
    const copies = networks.map((network) => new Copy(network));
    for (const copy of copies) copy.start();
    return new Copies(copies);
  }

  /** Those of the wanted copies that are there, or else whichever is there first. */
  async present(wanted: number[]): Promise<number[]> {
    const isThere = (index: number) => this.#copies[index]!.isReady;
    await until('some copy is there', async () => this.#copies.some(({ isReady }) => isReady), undefined, patienceSeconds);
    const there = wanted.filter(isThere);
    return there.length > 0 ? there : [this.#copies.findIndex(({ isReady }) => isReady)];
  }

  /** Undefined: that copy is away, or was killed before it answered. */
  ask(index: number, task: Task): Promise<Reply | undefined> {
    return this.#copies[index]!.ask(task);
  }

  /** SIGKILL; the copy is back after a while. */
  kill(index: number): void {
    this.kills++;
    this.#copies[index]!.kill();
  }

  partition(index: number, ms: number): void {
    this.#copies[index]!.network.partition(ms);
  }

  /** Ends the faults, and waits until every copy is there. */
  async heal(): Promise<void> {
    for (const { network } of this.#copies) network.heal();
    await until('every copy is there', async () => this.#copies.every(({ isReady }) => isReady), undefined, patienceSeconds);
  }

  /** How often each fault was dealt. */
  dealt(): Partial<Record<Fault, number>> {
    const sum: Partial<Record<Fault, number>> = {};
    for (const { network } of this.#copies)
      for (const [fault, times] of Object.entries(network.dealt)) sum[fault as Fault] = (sum[fault as Fault] ?? 0) + times;
    return sum;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#copies.map((copy) => copy.stop()));
  }
}

class Copy {
  readonly network: Faults;
  #process: ChildProcess | undefined;
  #standby: ChildProcess | undefined;
  isReady = false;
  #isStopped = false;
  #lastId = 0;
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>();

  constructor(network: Faults) {
    this.network = network;
  }

  start(): void {
    const child = this.#standby ?? this.#fork();
    this.#standby = undefined;
    this.#process = child;
    child.send('go');
    child.on('message', (message: 'ready' | { id: number; reply: Reply }) => {
      if (message === 'ready') {
        this.isReady = true;
        this.#standby ??= this.#fork();
        return;
      }
      this.#waiting.get(message.id)?.(message.reply);
      this.#waiting.delete(message.id);
    });
    child.once('exit', () => {
      this.isReady = false;
      for (const answer of this.#waiting.values()) answer(undefined);
      this.#waiting.clear();
      if (!this.#isStopped) this.start();
    });
  }

  #fork(): ChildProcess {
    return fork(join(import.meta.dirname, 'copy.ts'), [this.network.kubeConfig.exportConfig()], { execArgv: [] });
  }

  ask(task: Task): Promise<Reply | undefined> {
    if (!this.isReady) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process?.send({ id, task }, () => {});
    });
  }

  kill(): void {
    this.isReady = false;
    this.#process?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.kill();
    this.#standby?.kill('SIGKILL');
    await this.network.close();
  }
}

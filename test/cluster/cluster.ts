// The test cluster as tests, demo and benchmark use it: one call finds or starts it and gives the tools to talk to it.
import path from 'node:path';
import { type CommandOptions, run } from './command.ts';
import { provideHelm } from './helm.ts';
import type { Image } from './images/archive.ts';
import { workloadImages } from './images/catalogue.ts';
import { nodePrograms, provide } from './programs.ts';
import { step } from './progress.ts';
import { type Connection, chooseProvider, type Provider } from './provider.ts';

export const defaultName = 'bulkhead';

export interface Cluster extends Connection {
  provider: Provider['name'];
  /** Directories with kubectl and helm, to be put before PATH. */
  binDirs: string[];
  /** Standard output of kubectl as the administrator.
   * @throws CommandError with what kubectl said */
  kubectl(args: string[], options?: CommandOptions): Promise<string>;
  helm(args: string[], options?: CommandOptions): Promise<string>;
  /** Makes images where their inputs changed and gives them to the node; all that tests and the demo run, when none is named. */
  loadImages(images?: Image[]): Promise<void>;
}

/** Finds the cluster of this name or starts it. Images of workloads are not loaded yet: see `loadImages`.
 * @throws MissingRequirement when no kind of cluster can run here */
export async function ensureCluster(name: string = defaultName): Promise<Cluster> {
  const provider = await chooseProvider(name);
  const connection = await provider.up();
  return describe(provider, connection);
}

async function describe(provider: Provider, connection: Connection): Promise<Cluster> {
  const kubectl = await provideKubectl(provider);
  const helm = await provideHelm();
  const env = { KUBECONFIG: connection.kubeconfig };
  const tool =
    (program: string) =>
    (args: string[], options: CommandOptions = {}) =>
      run(program, args, { ...options, env: { ...env, ...options.env } });
  return {
    ...connection,
    provider: provider.name,
    binDirs: [kubectl, helm].filter((program) => path.isAbsolute(program)).map((program) => path.dirname(program)),
    kubectl: tool(kubectl),
    helm: tool(helm),
    loadImages: (images = workloadImages) => step('giving images to the node', '20 s the first time', () => provider.loadImages(images)),
  };
}

/** kubectl of the embedded node's own version, or the one on PATH, or one that is built. */
async function provideKubectl({ name }: Provider): Promise<string> {
  if (name === 'embedded') return path.join(await provide(nodePrograms), 'kubectl');
  const onPath = await run('kubectl', ['version', '--client']).catch(() => undefined);
  return onPath === undefined ? path.join(await provide(['kubelab']), 'kubectl') : 'kubectl';
}

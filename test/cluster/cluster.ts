// The test cluster as tests, demo and benchmark use it: one call finds or starts it and gives the tools to talk to it.
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { type CommandOptions, run } from './command.ts';
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
  const own = provider.name === 'embedded' ? await provide(nodePrograms) : undefined;
  const kubectlDir = own ?? (await onPath('kubectl')) ?? (await provide(['kubelab']));
  const helmDir = (await onPath('helm')) ?? (await provide(['helm']));
  const env = { KUBECONFIG: connection.kubeconfig };
  const tool =
    (directory: string, program: string) =>
    (args: string[], options: CommandOptions = {}) =>
      run(path.join(directory, program), args, { ...options, env: { ...env, ...options.env } });
  return {
    ...connection,
    provider: provider.name,
    binDirs: [...new Set([kubectlDir, helmDir])],
    kubectl: tool(kubectlDir, 'kubectl'),
    helm: tool(helmDir, 'helm'),
    loadImages: (images = workloadImages) => step('giving images to the node', '20 s the first time', () => provider.loadImages(images)),
  };
}

/** The directory of PATH that holds a program. */
async function onPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(path.delimiter)) {
    if (
      directory &&
      (await access(path.join(directory, program), constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return directory;
  }
  return undefined;
}

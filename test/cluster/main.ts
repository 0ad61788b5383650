// npm run cluster -- up|down|env|status: the test cluster from the command line.
import { Command } from 'commander';
import { type Cluster, defaultName, ensureCluster } from './cluster.ts';
import { CommandError } from './command.ts';
import { startControlPlane } from './control-plane.ts';
import { say } from './progress.ts';
import { chooseProvider } from './provider.ts';
import { MissingRequirement } from './requirements.ts';

interface Options {
  name: string;
}

const program = new Command('cluster').description(
  'The test cluster: an existing one (BULKHEAD_KUBECONFIG), K3s in Docker, or a node made from nothing.',
);
const command = (name: string, description: string) =>
  program.command(name).description(description).option('--name <name>', 'which cluster', defaultName);

const variables = ({ kubeconfig, binDirs }: Pick<Cluster, 'kubeconfig' | 'binDirs'>) =>
  `export KUBECONFIG='${kubeconfig}'\nexport PATH="${binDirs.join(':')}:$PATH"\n`;

command('up', 'Start the cluster and load the images; builds what is missing.')
  .option('--control-plane', 'only an API server with its controllers, for as long as this command runs')
  .action(async ({ name, controlPlane }: Options & { controlPlane?: boolean }) => {
    if (controlPlane) return showControlPlane();
    const cluster = await ensureCluster(name);
    await cluster.loadImages();
    say(`Ready. To use it: eval "$(npm run --silent cluster -- env${name === defaultName ? '' : ` --name ${name}`})"`);
  });
command('down', 'End the cluster and remove its data; what was built stays in the cache.').action(async ({ name }: Options) => {
  const provider = await chooseProvider(name);
  await provider.down();
  say((await provider.status()).text);
});
command('env', 'Print shell variables for kubectl and helm.').action(async ({ name }: Options) => {
  const { running, text } = await (await chooseProvider(name)).status();
  if (!running) throw new MissingRequirement(`${text}; start it with: npm run cluster -- up`);
  process.stdout.write(variables(await ensureCluster(name)));
});
command('status', 'Say whether the cluster runs and all of its parts do.').action(async ({ name }: Options) => {
  const { running, text } = await (await chooseProvider(name)).status();
  process.stdout.write(`${text}\n`);
  process.exitCode = running ? 0 : 1;
});

async function showControlPlane(): Promise<void> {
  const controlPlane = await startControlPlane({ controllerManager: true });
  process.stdout.write(variables({ ...controlPlane, binDirs: [controlPlane.binDir] }));
  say('Running until Ctrl-C.');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    const idle = setInterval(() => undefined, 60_000); // signals alone do not keep a process running
    process.once('exit', () => clearInterval(idle));
  });
  await controlPlane.stop();
  process.exit(0);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof MissingRequirement || error instanceof CommandError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

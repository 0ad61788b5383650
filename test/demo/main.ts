// `npm run demo [-- --context NAME]`: from nothing to isolated labs on a real Kubernetes node, told in chapters. What stands afterwards is left
// running to look around.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultName, ensureCluster } from '../cluster/cluster.ts';
import { CommandError, run } from '../cluster/command.ts';
import { MissingRequirement } from '../cluster/requirements.ts';
import { bold, red } from './narrator.ts';
import { tell } from './story.ts';

try {
  const { values } = parseArgs({
    options: { context: { type: 'string' }, name: { type: 'string', default: defaultName }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(`usage: npm run demo [-- --context NAME]

Starts a real single-node Kubernetes, installs Bulkhead and the facility of examples/cryo-facility, runs RELION and Orthanc in their labs
and attacks the walls. With --context it uses a cluster of yours instead (a context of your kubeconfig); your nodes must have its images.`);
  } else {
    if (values.context !== undefined) process.env.BULKHEAD_KUBECONFIG = await kubeconfigOf(values.context);
    const intact = await tell(await ensureCluster(values.name), values.name);
    process.exitCode = intact ? 0 : 1;
  }
} catch (error) {
  const expected = error instanceof MissingRequirement || error instanceof CommandError;
  console.error(`\n${red(bold('The demo could not go on:'))} ${expected ? error.message : error instanceof Error ? error.stack : error}`);
  process.exitCode = 1;
}

/** A kubeconfig of one context alone, for tools that only know the current one. */
async function kubeconfigOf(context: string): Promise<string> {
  const text = await run('kubectl', ['config', 'view', '--minify', '--flatten', '--context', context]).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new MissingRequirement(
        'A cluster of your own is reached with kubectl, which is not on PATH: https://kubernetes.io/docs/tasks/tools/',
      );
    },
  );
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'bulkhead-demo-')), 'kubeconfig');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

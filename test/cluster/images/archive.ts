// Container images without a container engine: layers are directories, an image is a `docker-archive` file that containerd and
// Docker can load. Equal inputs give equal bytes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cached, fingerprint } from '../cache.ts';
import { run } from '../command.ts';
import { step } from '../progress.ts';

export interface Layer {
  name: string;
  /** Changes whenever what `fill` makes changes. */
  inputs: () => Promise<string>;
  /** Writes the files of the layer under the root. */
  fill: (root: string) => Promise<void>;
}

export interface Image {
  reference: string;
  /** Field `config` of the image configuration: Entrypoint, Cmd, User, Env… */
  config: Record<string, unknown>;
  /** From the lowest up. */
  layers: Layer[];
}

const tarFlags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/** @returns the file with the image; its path changes exactly when the image does */
export async function archive({ reference, config, layers }: Image): Promise<string> {
  const directories: string[] = [];
  for (const layer of layers) directories.push(await packed(layer));
  const digests = await Promise.all(directories.map((directory) => readFile(path.join(directory, 'digest'), 'utf8')));
  const configuration = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
  });
  const name = `image-${reference.replaceAll(/[^a-z0-9]+/g, '-')}`;
  const directory = await cached(name, fingerprint(reference, configuration), async (target) => {
    const parts = path.join(target, 'parts');
    await mkdir(parts);
    const configName = `${createHash('sha256').update(configuration).digest('hex')}.json`;
    await writeFile(path.join(parts, configName), configuration);
    const layerNames = digests.map((digest) => `${digest}/layer.tar`);
    for (const [i, layer] of layerNames.entries()) {
      await mkdir(path.join(parts, path.dirname(layer)));
      await symlink(path.join(directories[i]!, 'layer.tar'), path.join(parts, layer));
    }
    await writeFile(path.join(parts, 'manifest.json'), JSON.stringify([{ Config: configName, RepoTags: [reference], Layers: layerNames }]));
    await run('tar', [
      '-C',
      parts,
      ...tarFlags,
      '--dereference',
      '-cf',
      path.join(target, 'image.tar'),
      'manifest.json',
      configName,
      ...layerNames,
    ]);
    await rm(parts, { recursive: true });
  });
  return path.join(directory, 'image.tar');
}

async function packed({ name, inputs, fill }: Layer): Promise<string> {
  return cached(`layer-${name}`, fingerprint(await inputs()), (directory) =>
    step(`making image layer ${name}`, '5 s', async () => {
      const root = path.join(directory, 'root');
      const file = path.join(directory, 'layer.tar');
      await mkdir(root);
      await fill(root);
      await run('tar', ['-C', root, ...tarFlags, '-cf', file, '.']);
      await rm(root, { recursive: true });
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(file)) hash.update(chunk);
      await writeFile(path.join(directory, 'digest'), hash.digest('hex'));
    }),
  );
}

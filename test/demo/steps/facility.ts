// Brings the example facility up in the order of its README: labs, their directories, the raw session, then grants and instances.
import { Labs } from '../../../src/api/kinds.ts';
import { movie } from '../../samples/mrc.ts';
import { type ExampleObject, exampleObjects, kindOf } from '../examples.ts';
import { type Display, waitUntilReady } from '../ready.ts';
import type { Site } from '../site.ts';
import type { Storage } from '../storage.ts';

/** Pixels per frame by which the specimen moves in the sample movies: what motion correction must recover. */
export const trueDrift = { x: 1.3, y: -0.8 };
export const movieNames = ['movie-001', 'movie-002'];
const session = 'microscopy/raw/sessions/krios-0512';

export async function applyObjects({ client }: Site, objects: ExampleObject[]): Promise<void> {
  for (const object of objects) {
    const { name, namespace } = object.metadata;
    await client.patch(kindOf(object), { name, namespace }, { type: 'apply', body: object });
  }
}

export async function applyWave(site: Site, wave: 'labs' | 'instances', display: Display): Promise<void> {
  const objects = await exampleObjects(wave);
  await applyObjects(site, objects);
  await waitUntilReady(
    site,
    objects.map((object) => ({ kind: kindOf(object), name: object.metadata.name, namespace: object.metadata.namespace })),
    display,
  );
}

/** The ids under which a lab that is Ready runs and owns its files. */
export async function identityOf({ client }: Site, lab: string): Promise<{ uid: number; gid: number }> {
  const status = (await client.get(Labs, lab))?.status;
  if (status?.uid === undefined || status.gid === undefined) throw new Error(`Lab ${lab} has no identity yet`);
  return { uid: status.uid, gid: status.gid };
}

/** A directory for every storage root of every lab, owned by its ids: what the staff of a facility does once for each lab. */
export async function makeRoots(site: Site, storage: Storage): Promise<string[]> {
  const made: string[] = [];
  for (const lab of await site.client.list(Labs)) {
    for (const { path } of lab.spec.storage ?? []) {
      await storage.makeRoot(path, await identityOf(site, lab.metadata.name));
      made.push(path);
    }
  }
  return made;
}

/** Puts a session of the microscope into the root of the core. */
export async function importSession(site: Site, storage: Storage): Promise<void> {
  const owner = await identityOf(site, 'microscopy');
  for (const [index, name] of movieNames.entries()) {
    const content = movie({ size: 256, frames: 6, drift: trueDrift, pixelSize: 1.5, seed: 512 + index });
    await storage.writeFile(`${session}/${name}.mrcs`, content, owner);
  }
}

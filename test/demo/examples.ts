// The objects of examples/cryo-facility, read from its YAML files: what the demo and the tests apply is what a facility would commit.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type DataGrant, DataGrants, type Lab, Labs, type ProcessingInstance, ProcessingInstances } from '../../src/api/kinds.ts';
import type { Kind } from '../../src/kube/kind.ts';
import type { KubeObject } from '../../src/kube/object.ts';

export const exampleDirectory = path.resolve(import.meta.dirname, '../../examples/cryo-facility');

export type ExampleObject = Lab | ProcessingInstance | DataGrant;
const kinds: Kind<ExampleObject>[] = [Labs, ProcessingInstances, DataGrants];

/** The handle of the kind of an object.
 * @throws Error when the example holds something else than our kinds */
export function kindOf(object: KubeObject): Kind<ExampleObject> {
  const kind = kinds.find((candidate) => candidate.kind === object.kind && candidate.apiVersion === object.apiVersion);
  if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is not a kind of Bulkhead`);
  return kind;
}

/** The objects of one wave, in the order of their sync-wave. */
export async function exampleObjects(wave: 'labs' | 'instances'): Promise<ExampleObject[]> {
  const directory = path.join(exampleDirectory, wave);
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((name) => readFile(path.join(directory, name), 'utf8')));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as ExampleObject));
  return objects.sort((a, b) => syncWave(a) - syncWave(b));
}

const syncWave = ({ metadata }: KubeObject) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);

// Whether a kind itself is being deleted. When a CustomResourceDefinition goes, the API server deletes every object of it: that says nothing about
// what anybody wants of any single object.
import { CustomResourceDefinitions, type Kind } from './kind.ts';
import type { Kube } from './kube.ts';
import type { KubeObject } from './object.ts';

/** By a live read, which is always late enough: the definition is marked before the first of its objects. An error is an answer that is missing,
 * so the caller takes nothing down. */
export async function isDefinitionGoing(kube: Kube, { plural, apiVersion }: Kind<KubeObject>): Promise<boolean> {
  const definition = await kube.read(CustomResourceDefinitions, `${plural}.${apiVersion.split('/')[0]}`);
  return definition === undefined || definition.metadata.deletionTimestamp !== undefined;
}

// What travels on the wire: plain JSON. client-node's models describe it except that they hold Dates and renamed keys;
// Wire<T> undoes both, at no cost at run time.
import type { V1ObjectMeta } from '@kubernetes/client-node';

export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Plain}` ? Plain : Key]: Wire<T[Key]> }
      : T;

export type ObjectMeta = Wire<V1ObjectMeta>;

/** Any object as the API server returns it. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta & { name: string };
}

/** An object that has been stored: the server has given it a uid and a version. */
export type Stored<T extends KubeObject> = T & {
  metadata: { uid: string; resourceVersion: string; creationTimestamp: string; generation?: number };
};

/** `namespace/name`, or `name` alone for a cluster-scoped object: the key of caches and work queues. */
export const keyOf = (object: { metadata: { name?: string; namespace?: string } }): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : `${object.metadata.name}`;

/** The two parts of a key; `namespace` is undefined for a cluster-scoped object. */
export function partsOf(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Orders resourceVersions of one resource (guaranteed since 1.35): longer is later, then digit by digit. */
export const compareVersions = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** Whether a field manager has written the object itself, not only its status. */
export const isMadeBy = (fieldManager: string, { metadata }: KubeObject): boolean =>
  (metadata.managedFields ?? []).some(({ manager, subresource }) => manager === fieldManager && !subresource);

// Requests on objects of any kind, as short as a table needs them.
import type { Request } from './actor.ts';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[] };
}

export function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name === 'endpoints') return name;
  return name.endsWith('y') ? name.replace(/y$/, 'ies') : name.endsWith('s') ? `${name}es` : `${name}s`;
}

export function pathOf(apiVersion: string, kind: string, namespace?: string, name?: string): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return [group, ...(namespace ? ['namespaces', namespace] : []), pluralOf(kind), ...(name ? [name] : [])].join('/');
}

export const manifest = (
  apiVersion: string,
  kind: string,
  content: object = {},
  metadata: Partial<Manifest['metadata']> = {},
): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'attempt', ...metadata },
  ...content,
});
export const create = (object: Manifest, namespace?: string): Request => ({
  method: 'POST',
  path: pathOf(object.apiVersion, object.kind, namespace),
  body: object,
});

export const read = (path: string): Request => ({ method: 'GET', path });
export const list = (apiVersion: string, kind: string, namespace?: string) => read(`${pathOf(apiVersion, kind, namespace)}?limit=1`);
/** A change that changes nothing worth having: who may not do this may not do anything there. */
export const patched = (path: string): Request => ({
  method: 'PATCH',
  path,
  body: { metadata: { annotations: { 'attempt.test/any': 'thing' } } },
});

/** An object that exists. */
export function existing(apiVersion: string, kind: string, namespace: string | undefined, name: string) {
  const path = pathOf(apiVersion, kind, namespace, name);
  return {
    patch: (body: object, subresource = ''): Request => ({ method: 'PATCH', path: path + subresource, body }),
    remove: (): Request => ({ method: 'DELETE', path }),
  };
}

export const rbac = 'rbac.authorization.k8s.io';
export const roleBinding = (clusterRole: string, ...subjects: object[]) =>
  manifest(`${rbac}/v1`, 'RoleBinding', { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole }, subjects });
export const userSubject = (name: string) => ({ apiGroup: rbac, kind: 'User', name });

/** Template of a workload that nobody runs. */
export const workload = {
  selector: { matchLabels: { app: 'any' } },
  template: { metadata: { labels: { app: 'any' } }, spec: { containers: [{ name: 'c', image: 'bulkhead.invalid/any:1' }] } },
};

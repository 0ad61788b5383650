// Whether the user may do what a command is about to do, asked before it does the first half of it.
import type { Client } from '../kube/client.ts';
import type { Kind } from '../kube/kind.ts';
import type { KubeObject } from '../kube/object.ts';

export interface Right {
  verb: 'list' | 'get' | 'patch' | 'delete';
  kind: Kind<KubeObject>;
  namespace?: string | undefined;
}

/** @returns the rights that are missing, in words */
export async function missingRights({ transport }: Client, rights: Right[]): Promise<string[]> {
  const answers = await Promise.all(
    rights.map(async ({ verb, kind, namespace }) => {
      const [group, resource] = [kind.apiVersion.includes('/') ? kind.apiVersion.split('/')[0] : '', kind.plural];
      const { status } = await transport.request<{ status: { allowed: boolean } }>({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb, group, resource, ...(namespace && { namespace }) } },
        },
      });
      return status.allowed ? [] : [`${verb} ${resource}${group ? `.${group}` : ''}${namespace ? ` in ${namespace}` : ''}`];
    }),
  );
  return answers.flat();
}

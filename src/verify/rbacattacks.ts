// Attacks that RBAC must refuse: everybody with nothing but the roles that the chart and the operator give. The same request by somebody who
// may is the twin, so that a path with a spelling mistake is noticed.
import type { Actor, Request } from './actor.ts';
import type { Attack } from './attack.ts';
import { manifest, pathOf } from './manifest.ts';
import type { Scene } from './scene.ts';

/** What is tried, and who may. */
export type Row = [name: string, request: Request, may: Actor];
export type Who = keyof Scene['people'];

const called: Record<Who, string> = {
  anonymous: 'anonymous',
  stranger: 'a stranger',
  viewer: 'a viewer',
  member: 'a member',
  admin: 'an administrator of the lab',
  neighbour: 'an administrator of another lab',
  account: 'a pod of an instance',
  databaseAccount: 'a pod of a database',
  operator: 'the operator',
};

export const refusedByRoles = (scene: Scene, who: Who[], rows: Row[]): Attack[] =>
  who.flatMap((name) =>
    rows.map(
      ([what, request, may]): Attack => ({
        name: `${called[name]} ${what}`,
        wall: 'RBAC',
        says: [],
        refused: { as: scene.people[name], request, ...connects(request) },
        admitted: { as: may, request, ...connects(request) },
      }),
    ),
  );
const connects = ({ path }: Request) => (/\/(exec|attach|portforward|proxy|log)([/?]|$)/.test(path) ? { live: true as const } : {});

/** An instance for which its maker answers, as admission asks. */
export const ownInstance = ({ user = '' }: Actor) => manifest('bulkhead.science/v1alpha1', 'ProcessingInstance', { spec: { owner: user } });

/** Asks RBAC itself, for rights that are no request of their own. */
export const mayI = (verb: string, resource: string, { group = '', ...more }: Record<string, string> = {}): Request => ({
  method: 'POST',
  path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  // a review has no metadata
  body: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource, ...more } },
  },
});

/** The definition of a kind, with which its objects would go. */
export const definition = pathOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, 'labs.bulkhead.science');

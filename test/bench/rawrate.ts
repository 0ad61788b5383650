// The limit to compare with: the objects of a lab applied one after the other over the same transport as the same user, for several labs at
// once, with nothing to decide, to watch or to wait for. Nobody can be faster than this by more than noise.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Lab, LabPolicies, Labs, Reservations } from '../../src/api/kinds.ts';
import { holderLabel, labLabel, managedSelector } from '../../src/api/labels.ts';
import { namespaceOf, operatorName, operatorNamespaceDefault } from '../../src/api/names.ts';
import {
  ClusterRoleBindings,
  ClusterRoles,
  type Kind,
  LimitRanges,
  Namespaces,
  NetworkPolicies,
  PersistentVolumeClaims,
  PersistentVolumes,
  ResourceQuotas,
  RoleBindings,
} from '../../src/kube/kind.ts';
import type { KubeObject, Stored } from '../../src/kube/object.ts';
import type { Facility } from './facility.ts';
import { each, lab } from './onboard.ts';

export interface Template {
  kind: Kind<KubeObject>;
  object: KubeObject;
}

const inNamespace: Kind<KubeObject>[] = [RoleBindings, LabPolicies, NetworkPolicies, LimitRanges, PersistentVolumeClaims, ResourceQuotas];

/** Everything that the operator has made for one lab, as it would be applied, in an order in which it can be made. */
export async function templatesOf({ admin }: Facility, { metadata: { name, uid } }: Stored<Lab>): Promise<Template[]> {
  const of = async (kind: Kind<KubeObject>, where: { namespace?: string; labelSelector?: string }): Promise<Template[]> =>
    (await admin.readAll(kind, where)).map((object) => ({ kind, object: intentOf(object) }));
  const namespaced = await Promise.all(
    inNamespace.map((kind) => of(kind, { namespace: namespaceOf(name), labelSelector: managedSelector })),
  );
  return [
    ...(await of(Reservations, { labelSelector: `${holderLabel}=${uid}` })),
    ...(await of(Namespaces, { labelSelector: `${labLabel}=${name}` })),
    ...(await of(PersistentVolumes, { labelSelector: `${labLabel}=${name}` })),
    ...namespaced.flat(),
    ...(await of(ClusterRoles, { labelSelector: `${labLabel}=${name}` })),
    ...(await of(ClusterRoleBindings, { labelSelector: `${labLabel}=${name}` })),
  ];
}

/** Without what the server has added. */
function intentOf(object: KubeObject): KubeObject {
  const { status, ...intent } = structuredClone(object) as KubeObject & { status?: object; spec?: { claimRef?: Record<string, string> } };
  const { name, namespace, labels } = intent.metadata;
  intent.metadata = { name, ...(namespace && { namespace }), ...(labels && { labels }) };
  for (const field of ['uid', 'resourceVersion']) delete intent.spec?.claimRef?.[field];
  if (status && intent.kind === Namespaces.kind) delete intent.spec;
  return intent;
}

/** The same object for another lab. The name of a Reservation says nothing about the lab, so it gets one of its own. */
function renamed({ kind, object }: Template, from: string, to: string, index: number): Template {
  const copy: KubeObject = JSON.parse(JSON.stringify(object).replaceAll(from, to));
  if (kind.plural === Reservations.plural) {
    const hash = createHash('sha256').update(`${object.metadata.name}/${index}`).digest('hex');
    const number = 700_000 + index;
    copy.metadata.name = copy.metadata.name.replace(/\d+$|[0-9a-f]{40}$/, (id) => (id.length === 40 ? hash.slice(0, 40) : String(number)));
  }
  return { kind, object: copy };
}

/** In the namespaces of labs the operator has rights by a binding of its own making, which takes a moment; the raw rate does not wait. */
async function giveRights({ admin, hand }: Facility): Promise<void> {
  await admin.create(ClusterRoleBindings, {
    metadata: { name: 'bench' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: operatorName, namespace: operatorNamespaceDefault }],
  });
  while (!(await hand.readAll(ClusterRoleBindings).catch(() => undefined))) await delay(50);
}

/** Seconds to make as many labs as names, from the first Lab created to the last answer. */
export async function rawSeconds(facility: Facility, templates: Template[], from: string, names: string[]): Promise<number> {
  await giveRights(facility);
  const { admin, hand } = facility;
  const began = performance.now();
  await each(names, async (name, index) => {
    const made = await admin.create(Labs, lab(name));
    if (!made) throw new Error(`Lab ${name} exists`);
    await hand.mergePatch(Labs, made, { metadata: { labels: { bench: 'raw' } } }); // stands for the finalizer
    for (const template of templates) {
      const { kind, object } = renamed(template, from, name, index);
      await hand.client.patch(kind, object.metadata, { type: 'apply', body: object });
    }
    await hand.applyStatus(Labs, made, { observedGeneration: 1, namespace: namespaceOf(name), conditions: [] });
  });
  return (performance.now() - began) / 1000;
}

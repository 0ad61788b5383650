// Keeps an access model in step with the caches: every change of a Lab, DataRole, DataGrant or visit reaches it before any controller is woken.
import { DataGrants, DataRoles, Labs } from '../api/kinds.ts';
import { managedSelector } from '../api/labels.ts';
import { labOf } from '../api/names.ts';
import type { Config } from '../config.ts';
import { Leases } from '../kube/kind.ts';
import { type Cache, type Informer, informer } from '../kube/kube.ts';
import type { KubeObject } from '../kube/object.ts';
import { AccessModel } from './model.ts';
import { facilityFacts, grantFacts, labFacts } from './read.ts';
import { isStandardRole, standardRoles } from './role.ts';
import { visitOf } from './visit.ts';

/** What the model is read from. */
export const accessInformers: Informer[] = [
  ...[Labs, DataRoles, DataGrants].map((kind) => informer<KubeObject>({ kind })),
  informer({ kind: Leases, labelSelector: managedSelector }),
];

/** @param cache must have these informers; what it holds already is taken in */
export function followAccess(cache: Cache, config: Pick<Config, 'access'>): AccessModel {
  const model = emptyModel(config);
  cache.subscribe(Labs, ({ before, after }) => {
    if (after) model.setLab(labFacts(after));
    else if (before) model.removeLab(before.metadata.name);
  });
  cache.subscribe(DataRoles, ({ before, after }) => {
    const name = (after ?? before)?.metadata.name;
    if (name !== undefined && !isStandardRole(name)) model.setRole(name, after?.spec.permissions);
  });
  cache.subscribe(DataGrants, ({ before, after }) => {
    const facts = after && grantFacts(after);
    if (facts) model.setGrant(facts);
    else if (before) model.removeGrant(labOf(before.metadata.namespace ?? '') ?? '', before.metadata.name);
  });
  cache.subscribe(Leases, ({ before, after }) => {
    const [was, is] = [before && visitOf(before), after && visitOf(after)];
    if (was) model.setLastSeen(was.lab, was.user, undefined);
    if (is) model.setLastSeen(is.lab, is.user, is.at);
  });
  return model;
}

/** With the roles that are always there, and nothing else. */
export function emptyModel(config: Pick<Config, 'access'>): AccessModel {
  const model = new AccessModel(facilityFacts(config));
  for (const [name, permissions] of Object.entries(standardRoles)) model.setRole(name, permissions);
  return model;
}

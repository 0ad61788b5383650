// Keeps an access model in step with the caches: every change of a Lab, DataRole or DataGrant reaches it before any controller is woken.
import { DataGrants, DataRoles, Labs } from '../api/kinds.ts';
import { labOf } from '../api/names.ts';
import type { Config } from '../config.ts';
import type { Cache } from '../kube/kube.ts';
import { AccessModel } from './model.ts';
import { facilityFacts, grantFacts, labFacts } from './read.ts';
import { isStandardRole, standardRoles } from './role.ts';

/** @param cache must hold Labs, DataRoles and DataGrants; what it holds already is taken in */
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
  return model;
}

/** With the roles that are always there, and nothing else. */
export function emptyModel(config: Pick<Config, 'access'>): AccessModel {
  const model = new AccessModel(facilityFacts(config));
  for (const [name, permissions] of Object.entries(standardRoles)) model.setRole(name, permissions);
  return model;
}

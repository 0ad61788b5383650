// What the permission tools know of a facility: its objects from the cluster or from files, the access model of them, and what could not be read.
import { emptyModel } from '../../access/follow.ts';
import { type ImportedPolicy, setPolicy } from '../../access/imported.ts';
import type { AccessModel } from '../../access/model.ts';
import { grantFacts, labFacts } from '../../access/read.ts';
import { isStandardRole } from '../../access/role.ts';
import type { DataGrant, DataRole, Lab, ProcessingInstance } from '../../api/kinds.ts';
import type { Config } from '../../config.ts';

export interface Objects {
  labs: Lab[];
  /** Of labs that whoever asks belongs to and may not read. */
  policies: ImportedPolicy[];
  roles: DataRole[];
  grants: DataGrant[];
  instances: ProcessingInstance[];
  /** Facility administrators, and whether anybody may come in who is not logged in. */
  access: Config['access'];
  /** Last visits of people, for those labs whose Leases could be read. */
  visits: { lab: string; user: string; at: number }[];
}

export interface Facility extends Objects {
  model: AccessModel;
  /** What could not be read, and what follows for the answers. */
  unread: string[];
  /** In words, for headings: a context of the kubeconfig, or a folder. */
  source: string;
}

export const nothing: Objects = {
  labs: [],
  policies: [],
  roles: [],
  grants: [],
  instances: [],
  access: { admins: { users: [], groups: [] }, allowAnonymous: false },
  visits: [],
};

/** As the operator builds its own. */
export function modelOf({ labs, policies, roles, grants, access, visits }: Objects): AccessModel {
  const model = emptyModel({ access });
  for (const { metadata, spec } of roles) if (!isStandardRole(metadata.name)) model.setRole(metadata.name, spec.permissions);
  // The operator lets the people of a lab out as soon as it is being deleted.
  for (const lab of labs) model.setLab({ ...labFacts(lab), ...(lab.metadata.deletionTimestamp !== undefined && { suspended: true }) });
  for (const grant of grants) {
    const facts = grantFacts(grant);
    if (facts) model.setGrant(facts);
  }
  // Whoever is inactive by the status of a lab was last seen so long before.
  for (const { metadata, status, ...lab } of labs)
    for (const { user, group, since } of status?.inactive ?? []) {
      const period = labFacts({ metadata, ...lab }).inactivity.find((one) => one.group === group);
      if (period) model.setLastSeen(metadata.name, user, Date.parse(since) - period.maxMs);
    }
  for (const { lab, user, at } of visits) model.setLastSeen(lab, user, at);
  // Whole, grants and roles with the people: all of it was true at one moment.
  for (const policy of policies) setPolicy(model, policy);
  return model;
}

export const facilityOf = (objects: Objects, source: string, unread: string[] = []): Facility => ({
  ...objects,
  model: modelOf(objects),
  unread,
  source,
});

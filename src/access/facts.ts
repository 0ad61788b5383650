// What the access model knows: people, labs, groups, roles and grants, as plain values. Adapters read them from Lab, DataRole and
// DataGrant objects; tests write them down. Times are milliseconds since 1970, UTC.

/** Somebody who asks, as the API server or an identity provider authenticated them. */
export interface Person {
  /** Absent: anonymous. */
  user?: string;
  /** Groups of the identity provider. */
  groups?: string[];
  /** Nobody in particular: a lab as a whole, for an instance that no person uses. Never what somebody who asks says of himself. */
  wholeLab?: string;
  /** The instance that the person uses, `lab/instance`: what was given to its account the person has through it, and nowhere else. */
  through?: string;
}

/** A place inside a storage root. No segment is empty, `.` or `..`; an empty list is the root itself. */
export interface Place {
  lab: string;
  volume: string;
  path: string[];
}

export interface Subject {
  kind: 'User' | 'Group' | 'Lab' | 'ServiceAccount' | 'Authenticated' | 'Everyone';
  /** A group of a lab is `lab/group`, one of the identity provider stands alone; an account is `lab/instance`. Absent for the last two kinds. */
  name?: string;
}

export interface MemberFacts {
  user: string;
  /** Empty: the default roles of the lab. */
  roles: string[];
  expiresAt?: number;
  suspended?: boolean;
  /** Counts as a visit (CM-18). */
  reactivatedAt?: number;
  /** Name of the personal directory below userRoot. Absent: the user name, when it can be a directory. */
  directory?: string;
  /** Role over the own personal directory. Absent: that of the lab (CE-16, GX-8). */
  newDataRole?: string;
}

export interface GroupFacts {
  name: string;
  users: string[];
  externalGroups: string[];
  roles: string[];
}

/** Members of the group who were not seen for too long are inactive (CM-21). The internal comment of the source is never a fact: it is not exported. */
export interface InactivityFacts {
  group: string;
  maxMs: number;
  message?: string;
  contacts: { name: string; email: string }[];
}

export interface LabFacts {
  name: string;
  /** Nobody has rights in it, nor through it. */
  suspended?: boolean;
  members: MemberFacts[];
  groups: GroupFacts[];
  defaultRoles: string[];
  /** Role over the own personal directory (CE-14, CE-15). */
  newDataRole: string;
  /** Who reads what nobody has shared (GX-7). */
  visibility: 'Lab' | 'Facility' | 'Public';
  /** Directory of personal directories, in every root. */
  userRoot?: string;
  /** A group named after a member may edit that member's directory (CM-26). */
  groupDelegation: boolean;
  allowAnonymous: boolean;
  inactivity: InactivityFacts[];
}

export interface GrantFacts {
  lab: string;
  name: string;
  volume: string;
  paths: string[][];
  effect: 'Allow' | 'Restrict';
  subjects: Subject[];
  roles: string[];
  permissions: string[];
  /** Who answers for it: an Allow gives only what this person may share. Absent: the facility. */
  grantor?: string;
  notBefore?: number;
  expiresAt?: number;
  /** Inputs that the paths were derived from; they need no subjects of their own (GX-11). */
  derivedFrom: Place[];
}

export interface FacilityFacts {
  admins: { users: string[]; groups: string[] };
  allowAnonymous: boolean;
}

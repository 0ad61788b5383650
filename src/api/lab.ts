// Lab: a group of people, their identity on the file system, their storage roots and their quota. This schema is the CRD.
import { z } from 'zod';
import { egress } from './egress.ts';
import { inactivityPeriod } from './inactivity.ts';
import { limits } from './limits.ts';
import { contact, member, peopleGroup, roleNames } from './people.ts';
import { quota } from './quota.ts';
import { cel, dnsLabel, listMap, relativePath, statusBase } from './schema.ts';
import { storageRoot } from './storageroot.ts';

export const LabSpec = z
  .object({
    displayName: z.string().min(1).max(128).optional().describe('Name of the lab for people. Absent: metadata.name.'),
    contacts: z
      .array(contact)
      .max(8)
      .optional()
      .meta(listMap('email'))
      .describe('Whom to ask about the lab; named to people whom the lab refuses because they or the lab are suspended.'),
    members: z
      .array(member)
      .max(1000)
      .optional()
      .meta(listMap('user'))
      .describe('Who belongs to the lab. Somebody who is in neither members nor groups has no rights in it (CM-12).'),
    groups: z
      .array(peopleGroup)
      .max(64)
      .optional()
      .meta(listMap('name'))
      .describe('Groups of people, own ones and those of the identity provider.'),
    defaults: z
      .object({
        roles: roleNames.optional().describe('What members may do whose entry names no roles. Absent: nothing.'),
        newDataRole: dnsLabel
          .optional()
          .describe('Role of every member over the own personal directory (CE-14, CE-15, GX-8). Absent: full-read-write.'),
        visibility: z
          .enum(['Lab', 'Facility', 'Public'])
          .optional()
          .describe(
            'Who may read what no grant speaks of, beside the people of the lab: nobody, everybody who is logged in, or anybody (GX-7). Absent: Lab. Data becomes mountable for other labs by a DataGrant alone.',
          ),
      })
      .optional()
      .describe('What holds where nothing else is said.'),
    userRoot: relativePath
      .optional()
      .describe(
        'Directory, in every storage root, that holds a personal directory for each member: roles in the lab do not change what lies in the directory of somebody else (CM-25). Absent: there are none.',
      ),
    groupDelegation: z
      .boolean()
      .optional()
      .describe('true: everybody in a group that has the name of a personal directory may read and write that directory (CM-26).'),
    allowAnonymous: z
      .boolean()
      .optional()
      .describe(
        'true: people who are not logged in may do what grants to Everyone or a public visibility allow, when the facility allows it too (CM-14..CM-16).',
      ),
    inactivity: z
      .array(inactivityPeriod)
      .max(16)
      .optional()
      .meta(listMap('group'))
      .describe(
        'After which time without a visit people lose their rights, until an administrator sets members[].reactivatedAt (CM-20..CM-24).',
      ),
    identity: z
      .object({
        uid: z.int().min(1000).max(2_147_483_647).describe('Numeric user id.'),
        gid: z.int().min(1000).max(2_147_483_647).describe('Numeric group id.'),
      })
      .optional()
      .meta(cel(['self == oldSelf', 'identity is immutable: files on disk belong to it']))
      .describe(
        'Existing account on the file system to adopt. Absent: one is allocated from the range of the facility. Never used by two labs, nor again after the lab is gone (CS-8).',
      ),
    storage: z
      .array(storageRoot)
      .max(16)
      .optional()
      .meta(listMap('name'))
      .describe('Directories that belong to this lab alone. They must exist; deleting the Lab never deletes them.'),
    quota: quota.prefault({}).describe('Limits of everything that runs in the lab.'),
    limits: limits.optional().describe('Limits of one container, and what it gets when it says nothing (CS-14).'),
    network: z
      .object({
        egress: z
          .array(egress)
          .max(64)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('What pods of the lab may reach outside the cluster. Absent: nothing.'),
      })
      .optional()
      .describe('Who reaches what over the network.'),
    placement: dnsLabel
      .optional()
      .describe(
        'Placement profile of the facility configuration: on which nodes, with which runtime class the pods of the lab run. Absent: any node that no taint keeps for others.',
      ),
    suspended: z
      .boolean()
      .optional()
      .describe(
        'true: the lab is cordoned. Its people lose their rights, nothing begins, running work ends: applications and databases are stopped, Jobs are suspended, pods without a controller are deleted. Volumes, files, Jobs and reservations stay, and false brings everything back; a Job begins its interrupted pods anew. What the lab has granted stays readable for others: end a grant to end that.',
      ),
  })
  .meta(
    cel(
      ['!has(oldSelf.identity) || has(self.identity)', 'spec.identity cannot be removed: files on disk belong to it'],
      [
        '!has(oldSelf.storage) || (has(self.storage) && oldSelf.storage.all(o, self.storage.exists(s, s.name == o.name)))',
        'a storage root cannot be removed while the lab exists: instances and grants may use it',
      ],
      [
        '!has(self.inactivity) || self.inactivity.all(p, has(self.groups) && self.groups.exists(g, g.name == p.group))',
        'inactivity[].group must be the name of a group in spec.groups',
      ],
    ),
  );
export type LabSpec = z.output<typeof LabSpec>;

export const LabStatus = z.object({
  ...statusBase,
  namespace: z.string().max(63).optional().describe('Namespace of the lab.'),
  uid: z.int().optional().describe('Numeric user id under which every process of the lab runs.'),
  gid: z.int().optional().describe('Numeric group id under which every process of the lab runs.'),
  inactive: z
    .array(
      z.object({
        user: z.string().max(253).describe('Name of the person.'),
        group: z.string().max(40).describe('Group whose period of inactivity is exceeded.'),
        since: z.iso.datetime().describe('Instant at which the person lost the rights.'),
        externalGroups: z
          .array(z.string().max(253))
          .max(32)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Only while the person is in one of these groups of the identity provider. Absent: always.'),
      }),
    )
    .max(2000)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'People who were not seen for too long and have no rights until an administrator sets members[].reactivatedAt (CM-17..CM-22).',
    ),
  namespaceUID: z.string().max(64).optional().describe('metadata.uid of the namespace that was made for this lab.'),
});
export type LabStatus = z.output<typeof LabStatus>;

/** Reasons of the conditions of a Lab; part of the API. */
export const labReasons = {
  Ready: 'Everything the lab needs exists and its walls stand.',
  Progressing: 'The operator is still making or removing objects of the lab.',
  Terminating: 'The lab is being deleted: people lose their rights first, then its objects go. Data stays.',
  DefinitionDeleted:
    'The CustomResourceDefinition of Labs was deleted, and the Lab with it. Its walls, people and data stay until somebody decides.',
  NamespaceTaken: 'A namespace with the name of the lab exists and was not made by Bulkhead.',
  BackendUnknown: 'spec.storage[].backend names no storage backend of the facility configuration.',
  PathTaken: 'spec.storage[].path is, contains or lies inside a storage root that another lab holds or held.',
  IdentityTaken: 'spec.identity belongs to another lab, or to one that was deleted.',
  IdentityExhausted: 'Every id of the facility range is taken; ids are never used again.',
  Reserved: 'Identity and storage roots belong to this lab alone.',
  GuardMissing: 'The API server admitted a pod that the walls must refuse, so nobody is let in.',
  Guarded: 'A pod that breaks the rules was refused by the API server before anybody was let in.',
  RoleUnknown: 'spec names a role that is neither a DataRole nor a standard role; whoever holds it gets nothing from it.',
  Suspended: 'spec.suspended is true: running work has ended or is ending, nothing begins, nobody has rights.',
  PlacementUnknown: 'spec.placement names no placement profile of the facility configuration; no pod of the lab starts.',
  EgressForbidden: 'spec.network.egress names a network that the facility configuration keeps from every lab.',
  ObjectTaken: 'An object under a name that the lab needs was made by somebody else; it is never adopted.',
  WallsStand: 'Every wall of the lab was looked at and stands as it must.',
  WallBroken: 'A wall is missing or changed; the message names it. Those of the lab are made again, those of the chart are for its owner.',
  Exported: 'Applications of the lab can read who may do what from the ConfigMap access-policy.',
  PolicyTooLarge: 'What the lab would tell its applications exceeds what a ConfigMap holds; they must ask the review endpoint.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type LabReason = keyof typeof labReasons;

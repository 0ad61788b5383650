// Lab: a group of people, their identity on the file system, their storage roots and their quota. This schema is the CRD.
import { z } from 'zod';
import { cel, dnsLabel, listMap, quantity, relativePath, relativePathRule, statusBase } from './schema.ts';

const member = z.object({
  user: z.string().min(1).max(253).describe('Name of the user as the API server authenticates it, for example an OIDC e-mail address.'),
  role: z
    .enum(['viewer', 'member', 'admin'])
    .describe('viewer sees the lab; member also runs Jobs as the instances of the lab; admin also manages instances and grants.'),
});

const storageRoot = z.object({
  name: dnsLabel.describe('Name by which instances and grants refer to this root.'),
  backend: dnsLabel
    .describe('Storage backend of the facility configuration that holds the root. Immutable.')
    .meta(cel(['self == oldSelf', 'storage[].backend is immutable; data is never moved'])),
  path: relativePath
    .describe('Directory below the backend. Never equal to, above or below a root of another lab (CS-3). Immutable.')
    .meta(cel(relativePathRule, ['self == oldSelf', 'storage[].path is immutable; data is never moved'])),
});
export type StorageRoot = z.output<typeof storageRoot>;

const quota = z.object({
  gpu: z.int().min(0).max(100_000).optional().describe('GPUs that all pods of the lab may request together. Absent: none (CS-12).'),
  cpu: quantity.optional().describe('Sum of CPU requests. Absent: not limited.'),
  memory: quantity.optional().describe('Sum of memory requests. Absent: not limited.'),
  storage: quantity.optional().describe('Sum of the sizes of state and database volumes. Absent: not limited.'),
  pods: z.int().min(0).max(100_000).optional().describe('Pods that may exist at once. Absent: not limited.'),
});

export const LabSpec = z
  .object({
    members: z
      .array(member)
      .max(1000)
      .optional()
      .meta(listMap('user'))
      .describe('Who belongs to the lab. Somebody who is not listed has no rights in it (CM-12).'),
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
  })
  .meta(
    cel(
      ['!has(oldSelf.identity) || has(self.identity)', 'spec.identity cannot be removed: files on disk belong to it'],
      [
        '!has(oldSelf.storage) || (has(self.storage) && oldSelf.storage.all(o, self.storage.exists(s, s.name == o.name)))',
        'a storage root cannot be removed while the lab exists: instances and grants may use it',
      ],
    ),
  );
export type LabSpec = z.output<typeof LabSpec>;

export const LabStatus = z.object({
  ...statusBase,
  namespace: z.string().max(63).optional().describe('Namespace of the lab.'),
  uid: z.int().optional().describe('Numeric user id under which every process of the lab runs.'),
  gid: z.int().optional().describe('Numeric group id under which every process of the lab runs.'),
});
export type LabStatus = z.output<typeof LabStatus>;

/** Reasons of the conditions of a Lab; part of the API. */
export const labReasons = {
  Ready: 'Everything the lab needs exists and its walls stand.',
  Progressing: 'The operator is still making or removing objects of the lab.',
  Terminating: 'The lab is being deleted: people lose their rights first, then its objects go. Data stays.',
  NamespaceTaken: 'A namespace with the name of the lab exists and was not made by Bulkhead.',
  BackendUnknown: 'spec.storage[].backend names no storage backend of the facility configuration.',
  PathTaken: 'spec.storage[].path is, contains or lies inside a storage root that another lab holds or held.',
  IdentityTaken: 'spec.identity belongs to another lab, or to one that was deleted.',
  IdentityExhausted: 'Every id of the facility range is taken; ids are never used again.',
  Reserved: 'Identity and storage roots belong to this lab alone.',
  GuardMissing: 'The API server admitted a pod that the walls must refuse, so nobody is let in.',
  Guarded: 'A pod that breaks the rules was refused by the API server before anybody was let in.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type LabReason = keyof typeof labReasons;

// DataGrant: which paths of a lab another lab may read, until when. It lives in the namespace of the owner. This schema is the CRD.
import { z } from 'zod';
import { cel, dnsLabel, listMap, listSet, relativePath, statusBase } from './schema.ts';

export const DataGrantSpec = z.object({
  volume: dnsLabel
    .describe('Storage root of the owning lab that holds the paths. Immutable.')
    .meta(cel(['self == oldSelf', 'volume is immutable; make a new grant instead'])),
  paths: z
    .array(relativePath)
    .min(1)
    .max(64)
    .meta(listSet)
    .describe('Directories below the root; each may be mounted read-only by the subjects.'),
  subjects: z
    .array(
      z.object({
        kind: z.enum(['Lab']).describe('Kind of the subject.'),
        name: dnsLabel.describe('Name of the Lab.'),
      }),
    )
    .min(1)
    .max(64)
    .meta(listMap('kind', 'name'))
    .describe('Who may read the paths. A consumer must also ask, in the data of an instance: sharing needs both halves.'),
  expiresAt: z.iso
    .datetime()
    .optional()
    .describe(
      'Instant (RFC 3339, UTC) from which nothing is given; running pods end by then, whether the operator runs or not. Absent: no end.',
    ),
});
export type DataGrantSpec = z.output<typeof DataGrantSpec>;

export const DataGrantStatus = z.object({
  ...statusBase,
  consumers: z
    .array(
      z.object({
        lab: z.string().describe('Lab that reads.'),
        claim: z.string().describe('PersistentVolumeClaim in its namespace.'),
      }),
    )
    .optional()
    .meta(listMap('lab'))
    .describe('For which labs the paths are available now.'),
});
export type DataGrantStatus = z.output<typeof DataGrantStatus>;

/** Reasons of the conditions of a DataGrant; part of the API. */
export const dataGrantReasons = {
  Active: 'Every lab of spec.subjects that exists can mount the paths.',
  Progressing: 'Volumes for the consumers are being made.',
  LabNotReady: 'The owning lab has no identity yet.',
  NotInLab: 'The namespace does not belong to a lab.',
  VolumeNotFound: 'The owning Lab has no storage root of the name in spec.volume.',
  BackendUnknown: 'The storage backend of the volume is not in the facility configuration.',
  ObjectTaken: 'A volume under a name that the grant needs was made by somebody else; it is never adopted, and other labs are served.',
  SubjectNotFound: 'A Lab in spec.subjects does not exist; the others are served.',
  SubjectIsOwner: 'A lab needs no grant for its own data.',
  Expired: 'spec.expiresAt has passed; nobody can read the paths through this grant any more.',
  Revoking: 'The grant has ended, for all or for some labs; mounts are being refused and pods that still have one are being ended.',
  RevocationUnconfirmed:
    'A pod that has a mount should have ended, but its node does not confirm it; the data may still be readable there.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type DataGrantReason = keyof typeof dataGrantReasons;

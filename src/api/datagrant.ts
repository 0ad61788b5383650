// DataGrant: who may do what with which paths of a lab, from when until when. It lives in the namespace of the owner. This schema is the CRD.
import { z } from 'zod';
import { permissionPattern } from './datarole.ts';
import { personName, roleNames } from './people.ts';
import { cel, dnsLabel, listMap, listSet, relativePath, statusBase } from './schema.ts';

const subject = z
  .object({
    kind: z
      .enum(['User', 'Group', 'Lab', 'ServiceAccount', 'Authenticated', 'Everyone'])
      .describe(
        'User: a person. Group: a group of the identity provider, or `lab/group` for one of a lab. Lab: its active people. ServiceAccount: `lab/instance`, the people who use that instance, through it alone. Authenticated: whoever is logged in. Everyone: also whoever is not.',
      ),
    name: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name, as the kind says. Absent for Authenticated and Everyone, and only for them.'),
  })
  .meta(
    cel(
      [
        "has(self.name) == !(self.kind in ['Authenticated', 'Everyone'])",
        'name is required for User, Group, Lab and ServiceAccount, and must be absent for Authenticated and Everyone',
      ],
      [
        "!has(self.name) || self.kind != 'ServiceAccount' || self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        'a ServiceAccount is named lab/instance',
      ],
      ["!has(self.name) || !self.name.startsWith('system:')", 'names that start with "system:" belong to the cluster'],
    ),
  );

const derivedFrom = z.object({
  lab: dnsLabel.describe('Lab that owns the input.'),
  volume: dnsLabel.describe('Storage root of that lab.'),
  path: relativePath.optional().describe('Directory below the root. Absent: the whole root.'),
});

/** What a grant can be warned about. */
export const warningTypes = {
  CopyOutPossible: 'whoever may copy the data, or compute on it, can take it out although the grant does not give export (CE-19, CE-20)',
  WriteWithoutRead: 'nothing can be mounted, because mounts ask for read as well',
  MoreThanGrantor: 'the grantor gives what he does not hold himself',
  AnonymousNotAllowed: 'Everyone includes people who are not logged in, but the facility or the lab lets none in',
  RestrictedBelow: 'a directory is mounted whole, so whoever may not read one below cannot mount it',
} as const;
export type WarningType = keyof typeof warningTypes;
const sentences = (texts: Record<string, string>): string =>
  `${Object.entries(texts)
    .map(([name, text]) => `${name}: ${text}`)
    .join('. ')}.`;

export const DataGrantSpec = z
  .object({
    volume: dnsLabel
      .describe('Storage root of the owning lab that holds the paths. Immutable.')
      .meta(cel(['self == oldSelf', 'volume is immutable; make a new grant instead'])),
    paths: z
      .array(relativePath)
      .min(1)
      .max(64)
      .meta(listSet)
      .describe('Directories below the root. What is said of a directory holds for everything in it (CE-10).'),
    effect: z
      .enum(['Allow', 'Restrict'])
      .optional()
      .describe(
        'Allow: one of the subjects is enough, and all grants add up (CE-12). Restrict: only whoever is in every one of the subjects reaches the paths at all, whatever else allows it (GX-16, GX-17). Absent: Allow. Immutable.',
      ),
    subjects: z
      .array(subject)
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe(
        'Whom the grant is about. An instance of another lab gets the paths when everybody in its audience may have them, and when it asks for them: sharing needs both halves.',
      ),
    roles: roleNames
      .optional()
      .describe('DataRoles or standard roles that the subjects hold there. Without roles and permissions an Allow gives read.'),
    permissions: z
      .array(z.string().max(128).regex(permissionPattern))
      .max(64)
      .optional()
      .meta(listSet)
      .describe('Further permissions, as in a DataRole.'),
    grantor: personName
      .optional()
      .describe(
        'Who answers for the grant: the person who writes it. Admission refuses the name of another, except from those who may act for others (the verb actfor). Absent: the facility answers.',
      ),
    notBefore: z.iso
      .datetime()
      .optional()
      .describe('Instant (RFC 3339, UTC) before which nothing is given or restricted. Absent: at once.'),
    expiresAt: z.iso
      .datetime()
      .optional()
      .describe(
        'Instant (RFC 3339, UTC) from which nothing is given; running pods end by then, whether the operator runs or not. Absent: no end.',
      ),
    reason: z.string().min(1).max(1024).optional().describe('Why, for people and auditors; shown by the tools.'),
    derivedFrom: z
      .array(derivedFrom)
      .max(128)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe(
        'What the paths were made from: only whoever may read every input reaches them (GX-26), and only who may share every input shares them (GX-25).',
      ),
  })
  .meta(
    cel(
      [
        '(has(self.subjects) && self.subjects.size() > 0) || (has(self.derivedFrom) && self.derivedFrom.size() > 0)',
        'name at least one of subjects, or what the paths were derivedFrom',
      ],
      [
        "!has(self.effect) || self.effect == 'Allow' || (!has(self.roles) && !has(self.permissions))",
        'a Restrict gives nothing: leave out roles and permissions',
      ],
      [
        '!has(self.notBefore) || !has(self.expiresAt) || timestamp(self.notBefore) < timestamp(self.expiresAt)',
        'expiresAt must be later than notBefore',
      ],
      [
        "(has(self.effect) ? self.effect : 'Allow') == (has(oldSelf.effect) ? oldSelf.effect : 'Allow')",
        'effect is immutable; make a new grant instead',
      ],
      [
        "!has(self.subjects) || !has(self.permissions) || !self.subjects.exists(s, s.kind == 'Everyone') || !self.permissions.exists(p, p in ['import', 'share', 'shareExternal', 'administer', 'token'])",
        'Everyone includes people who are not logged in, who bring in, share and manage nothing',
      ],
    ),
  );
export type DataGrantSpec = z.output<typeof DataGrantSpec>;

const instant = (what: string) => z.iso.datetime().optional().describe(what);

export const DataGrantStatus = z.object({
  ...statusBase,
  consumers: z
    .array(
      z.object({
        lab: z.string().describe('Lab that may mount the paths.'),
        mode: z.enum(['ReadOnly', 'ReadWrite']).describe('How: for each there is a claim of its own.'),
        claim: z.string().describe('PersistentVolumeClaim in its namespace.'),
      }),
    )
    .optional()
    .meta(listMap('lab', 'mode'))
    .describe('For which other labs the paths are available now; what people may do is asked of the permission model.'),
  nextTransition: z
    .object({
      at: z.iso.datetime().describe('When.'),
      to: z.enum(['Active', 'Expiring', 'Expired']).describe('The reason that the condition Active will then have.'),
    })
    .optional()
    .describe('What time alone will change next. Absent: nothing.'),
  enforcement: z
    .object({
      platform: z.array(z.string()).meta(listSet).describe('Kept by mounts, admission and role bindings, whatever an application does.'),
      advisory: z
        .array(z.string())
        .meta(listSet)
        .describe('Exported for applications and gateways, which decide; `app:*` stands for all permissions of an application.'),
    })
    .optional()
    .describe('Who keeps what the subjects may do. Absent: the grant gives nothing to do.'),
  warnings: z
    .array(
      z.object({
        type: z.enum(Object.keys(warningTypes) as [WarningType, ...WarningType[]]).describe(sentences(warningTypes)),
        message: z.string().describe('What it means here, in words.'),
      }),
    )
    .optional()
    .meta(listMap('type'))
    .describe('What whoever answers for the grant should know. Nothing is refused for it.'),
  revocations: z
    .array(
      z.object({
        lab: z.string().describe('Lab that lost the paths.'),
        mode: z.enum(['ReadOnly', 'ReadWrite']).describe('How it had them.'),
        askedAt: z.iso.datetime().describe('When the operator began to take them away.'),
        refusedAt: instant('When the API server was seen to refuse every new pod with them. Absent: not yet.'),
        endedAt: instant('When the last pod that had them was seen to be gone. Absent: not yet, or not known.'),
      }),
    )
    .max(64)
    .optional()
    .meta(listMap('lab', 'mode'))
    .describe('How access ended for labs that have none any more, as measured; the latest ones.'),
});
export type DataGrantStatus = z.output<typeof DataGrantStatus>;

/** Reasons of the conditions of a DataGrant; part of the API. */
export const dataGrantReasons = {
  Active: 'It counts now, and every lab that may have the paths can mount them.',
  Expiring: 'It counts now, and ends within a day; see status.nextTransition.',
  NotYetActive: 'spec.notBefore has not come; nothing is given or restricted yet.',
  Expired: 'spec.expiresAt has passed; nobody can use the paths through this grant any more.',
  Accepted: 'Its grantor may share every path, or the facility answers for it.',
  GrantorMayNotShare:
    'spec.grantor may not share every path with everybody in spec.subjects, so it gives nothing; what it restricts is restricted all the same.',
  NotAccepted: 'It would be active, but is not accepted; the condition Accepted says why.',
  Progressing: 'Volumes for the consumers are being made.',
  Enforced: 'What other labs may mount is what the permission model says: no more and no less.',
  Deciding: 'It gives no mounts by itself; it changes what the permission model answers, and instances follow.',
  LabNotReady: 'The owning lab has no identity yet, or is being deleted.',
  NotInLab: 'The namespace does not belong to a lab.',
  VolumeNotFound: 'The owning Lab has no storage root of the name in spec.volume.',
  BackendUnknown: 'The storage backend of the volume is not in the facility configuration.',
  ObjectTaken: 'A volume under a name that the grant needs was made by somebody else; it is never adopted, and other labs are served.',
  SubjectNotFound: 'A lab, a group of a lab or an instance in spec.subjects does not exist; the others are served.',
  RoleNotFound: 'A role in spec.roles does not exist and gives nothing; what else the grant says counts.',
  InputNotFound: 'A lab or storage root in spec.derivedFrom does not exist, so nobody but facility administrators may read the paths.',
  Revoking: 'It has ended, for all or for some labs; mounts are being refused and pods that still have one are being ended.',
  RevocationUnconfirmed:
    'A pod that has a mount should have ended, but its node does not confirm it; the data may still be readable there.',
  Revoked: 'Nobody has the paths through this grant: new mounts were seen to be refused, and the last pod to be gone.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type DataGrantReason = keyof typeof dataGrantReasons;

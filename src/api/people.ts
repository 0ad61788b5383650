// People of a Lab: who belongs to it by name or through a group, with which roles and until when, and whom to ask about it.
import { z } from 'zod';
import { cel, dnsLabel, listSet, pathSegment } from './schema.ts';

/** Names under system: belong to the cluster itself: controllers, nodes, service accounts, and groups that hold everybody. */
export const personName = z
  .string()
  .min(1)
  .max(253)
  .meta(
    cel([
      "!self.startsWith('system:')",
      'names that start with "system:" belong to the cluster; name a person, or a group of the identity provider',
    ]),
  );
export const roleNames = z.array(dnsLabel).max(16).meta(listSet);

export const member = z.object({
  user: personName.describe('Name of the user as the API server authenticates it, for example an OIDC e-mail address.'),
  roles: roleNames
    .min(1)
    .optional()
    .describe('What the person may do, as names of DataRoles or of standard roles; together (CE-7). Absent: spec.defaults.roles.'),
  expiresAt: z.iso
    .datetime()
    .optional()
    .describe('Instant (RFC 3339, UTC) from which the person is no member any more. Nothing is deleted. Absent: no end.'),
  suspended: z
    .boolean()
    .optional()
    .describe('true: the person keeps the entry and loses every right until it is false again (CM-17..CM-19).'),
  reactivatedAt: z.iso
    .datetime()
    .optional()
    .describe('Instant (RFC 3339, UTC) at which an inactive person was let in again; counts as a visit (CM-18).'),
  directory: pathSegment
    .optional()
    .describe('Name of the personal directory below spec.userRoot. Absent: the user name, when it can be the name of a directory.'),
  newDataRole: dnsLabel
    .optional()
    .describe('Role over the own personal directory, in which the person makes new data (CE-16, GX-8). Absent: spec.defaults.newDataRole.'),
});
export type Member = z.output<typeof member>;

export const peopleGroup = z.object({
  name: dnsLabel.describe('Name of the group inside this lab.'),
  users: z.array(personName).max(500).optional().meta(listSet).describe('People of the group, whether they are members or not.'),
  externalGroups: z
    .array(personName)
    .max(32)
    .optional()
    .meta(listSet)
    .describe(
      'Groups of the identity provider, as the API server authenticates them: everybody in one of them belongs to this group (CS-19, GX-2).',
    ),
  roles: roleNames.optional().describe('What everybody in the group may do, beside what they may do as members. Absent: nothing more.'),
});
export type PeopleGroup = z.output<typeof peopleGroup>;

/** Whom to ask about a lab; no right follows from it. */
export const contact = z.object({
  name: z.string().min(1).max(128).describe('Name of the person.'),
  email: z
    .string()
    .max(253)
    .regex(/^[^@\s]+@[^@\s]+$/)
    .describe('Where to write to.'),
});

// Inactivity of a Lab: after which time without a visit people of a group count as inactive, and what they are told then (CM-20..CM-24).
import { z } from 'zod';
import { contact } from './people.ts';
import { dnsLabel, listMap } from './schema.ts';

export const inactivityPeriod = z.object({
  group: dnsLabel.describe('Group in spec.groups. Whoever is in several is inactive as soon as one period is exceeded (CM-22).'),
  maxInactivity: z
    .string()
    .max(16)
    .regex(/^[1-9][0-9]{0,6}(h|m|s)$/)
    .describe(
      'Longest time since the last visit, as a whole number of hours, minutes or seconds, for example 2160h. Whoever was never seen is not inactive.',
    ),
  message: z.string().min(1).max(1024).optional().describe('What an inactive person reads instead of the application (CM-24).'),
  comment: z
    .string()
    .max(1024)
    .optional()
    .describe('For those who manage the lab; never exported and never shown to an inactive person (CM-21).'),
  contacts: z
    .array(contact)
    .max(8)
    .optional()
    .meta(listMap('email'))
    .describe('Whom an inactive person may ask (CM-23). Absent: spec.contacts.'),
});

// Egress of a Lab: one network outside the cluster that its pods may reach.
import { z } from 'zod';
import { cel, listSet } from './schema.ts';

export const egress = z.object({
  cidr: z
    .string()
    .max(43)
    .meta(
      cel([
        'isCIDR(self) && cidr(self) == cidr(self).masked()',
        'must be a network like 203.0.113.0/24, with no bit set behind the prefix',
      ]),
    )
    .describe('Network that pods of the lab may reach.'),
  ports: z.array(z.int().min(1).max(65_535)).min(1).max(32).meta(listSet).describe('Ports there.'),
  protocol: z.enum(['TCP', 'UDP']).optional().describe('Absent: TCP.'),
});
export type Egress = z.output<typeof egress>;

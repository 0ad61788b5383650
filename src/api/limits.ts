// Limits of a Lab: the most that one container may ask for, and what it gets when it says nothing.
import { z } from 'zod';
import { cel, quantity } from './schema.ts';

const amounts = z.object({
  cpu: quantity.optional().describe('CPU.'),
  memory: quantity.optional().describe('Memory.'),
  ephemeralStorage: quantity.optional().describe('Space on the disk of the node.'),
});
export type Amounts = z.output<typeof amounts>;

/** `small.x <= large.x` for every amount that both state. */
const notAbove = (small: string, large: string): [rule: string, message: string] => [
  ['cpu', 'memory', 'ephemeralStorage']
    .map(
      (amount) =>
        `(!has(self.${small}) || !has(self.${large}) || !has(self.${small}.${amount}) || !has(self.${large}.${amount}) || quantity(self.${small}.${amount}).compareTo(quantity(self.${large}.${amount})) <= 0)`,
    )
    .join(' && '),
  `limits.${small} must not be above limits.${large}, for any amount`,
];

export const limits = z
  .object({
    defaultRequest: amounts
      .optional()
      .describe(
        'What a container requests that says nothing. Absent: 100m CPU, 128Mi memory and, where `quota.ephemeralStorage` counts it, 1Gi on the disk of the node; less where `default` or `max` is less.',
      ),
    default: amounts
      .optional()
      .describe(
        'Limits of a container that says nothing. Absent: 1 CPU, 1Gi memory and, where `quota.ephemeralStorage` counts it, 4Gi on the disk of the node; what `defaultRequest` asks for when that is more, and `max` when that is less.',
      ),
    max: amounts
      .optional()
      .describe(
        'The most that one container may ask for; also for databases, whose servers have a limit of 1Gi memory. Absent: no maximum.',
      ),
  })
  .meta(cel(notAbove('defaultRequest', 'default'), notAbove('default', 'max'), notAbove('defaultRequest', 'max')));
export type Limits = z.output<typeof limits>;

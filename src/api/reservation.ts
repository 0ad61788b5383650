// Reservation: an exclusive claim on something the whole facility shares. Its name is derived from the resource alone, so the
// API server itself settles every race: whoever creates the object has it, "already exists" means taken. Only the operator writes it.
import { z } from 'zod';
import { cel } from './schema.ts';

export const ReservationSpec = z.object({
  type: z
    .enum(['UserID', 'GroupID', 'Ports', 'License', 'StorageRoot', 'StorageDirectory'])
    .describe(
      'What is reserved. A StorageDirectory is shared: it marks a directory above some storage root, which can then be nobody’s root.',
    )
    .meta(cel(['self == oldSelf', 'type is immutable'])),
  resource: z
    .string()
    .min(1)
    .max(1024)
    .describe('The resource in words: an id, the first port of a block, backend:path. Of a licence only the keyed fingerprint.')
    .meta(cel(['self == oldSelf', 'resource is immutable'])),
  holder: z
    .object({
      kind: z.enum(['Lab', 'ProcessingInstance']).describe('Kind of the holder.'),
      namespace: z.string().max(63).optional().describe('Its namespace, for a ProcessingInstance.'),
      name: z.string().max(63).describe('Its name.'),
      uid: z.string().max(64).describe('metadata.uid of the holder: a later object of the same name is another one.'),
    })
    .optional()
    .describe('To whom it belongs. Absent for a StorageDirectory. Ids and storage roots stay reserved when the holder is gone.')
    .meta(
      cel([
        "self == oldSelf || (self.kind == 'Lab' && oldSelf.kind == 'Lab' && self.name == oldSelf.name)",
        'holder is immutable; only a later Lab of the same name may take over from one that was deleted',
      ]),
    ),
});
export type ReservationSpec = z.output<typeof ReservationSpec>;

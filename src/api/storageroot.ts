// Storage root of a Lab: a directory that belongs to this lab alone, and stays where it is for ever.
import { z } from 'zod';
import { cel, dnsLabel, relativePath, relativePathRule } from './schema.ts';

export const storageRoot = z.object({
  name: dnsLabel.describe('Name by which instances and grants refer to this root.'),
  backend: dnsLabel
    .describe('Storage backend of the facility configuration that holds the root. Immutable.')
    .meta(cel(['self == oldSelf', 'storage[].backend is immutable; data is never moved'])),
  path: relativePath
    .describe('Directory below the backend. Never equal to, above or below a root of another lab (CS-3). Immutable.')
    .meta(cel(relativePathRule, ['self == oldSelf', 'storage[].path is immutable; data is never moved'])),
});
export type StorageRoot = z.output<typeof storageRoot>;

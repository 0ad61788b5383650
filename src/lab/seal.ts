// The seal on the namespace of a lab: that this facility has made it, for this name and identity. Derived from the key of the facility, so that
// nobody else can write it, not even before the walls stand; and from nothing that a backup would change.
import { createHmac } from 'node:crypto';
import type { Identity } from '../reservation/identity.ts';

/** Characters of a label value, of 63 that it may have. */
const length = 40;

export const sealOf = (facilityKey: Buffer, labName: string, { uid, gid }: Identity): string =>
  createHmac('sha256', facilityKey)
    .update(JSON.stringify(['namespace', labName, uid, gid]))
    .digest('hex')
    .slice(0, length);

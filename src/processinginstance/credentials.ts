// Password of the database of an instance: derived from the key of the facility, so that a deleted Secret comes back with the
// password that the volume was initialised with. Never logged, never in a status.
import { createHmac } from 'node:crypto';

/** @param facilityKey 32 random bytes that only the operator holds */
export const databasePassword = (facilityKey: Buffer, namespace: string, instance: string): string =>
  createHmac('sha256', facilityKey).update(`database/${namespace}/${instance}`).digest('hex');

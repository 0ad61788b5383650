// The key of the facility: random bytes in a Secret of the operator's namespace, from which database passwords and fingerprints of
// licences are derived. Made once and never changed: another key would lock every database out of its own data.
import { randomBytes } from 'node:crypto';
import type { Client } from './kube/client.ts';
import { isAlreadyExists } from './kube/errors.ts';
import { type Secret, Secrets } from './kube/kind.ts';

const name = 'bulkhead-facility-key';
const size = 32;

/** The key, made when there is none yet. Needs no leadership: of several copies of the operator one creates, the others read.
 *  @throws Error when the Secret holds something else than a key */
export async function facilityKey(client: Client, namespace: string): Promise<Buffer> {
  const secret =
    (await client.get(Secrets, name, namespace)) ?? (await create(client, namespace)) ?? (await client.get(Secrets, name, namespace));
  const key = Buffer.from(Buffer.from(secret?.data?.key ?? '', 'base64').toString(), 'base64');
  if (key.length !== size) {
    throw new Error(
      `Secret ${namespace}/${name} must hold ${size} bytes in base64 under "key"; restore it from a backup, or the databases stay locked`,
    );
  }
  return key;
}

/** Undefined when another copy was faster. */
async function create(client: Client, namespace: string): Promise<Secret | undefined> {
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: { key: Buffer.from(randomBytes(size).toString('base64')).toString('base64') },
  };
  try {
    return await client.create(Secrets, secret);
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

// Service accounts: the account of a pod decides what it may mount. None carries a token of the API server.
import type { ProcessingInstance } from '../../api/kinds.ts';
import { managedLabel } from '../../api/labels.ts';
import { databaseName, directoriesAccount, serviceAccountName } from '../../api/names.ts';
import type { ServiceAccount } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { ownedMetadata } from './metadata.ts';

const account = (metadata: ServiceAccount['metadata']): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata,
  automountServiceAccountToken: false,
});

/** Account of the component and of the Jobs that run as the instance. */
export const instanceAccount = (instance: Stored<ProcessingInstance>) =>
  account(ownedMetadata(instance, serviceAccountName(instance.metadata.name), 'component'));

/** Account of the database; its prefix is reserved, so no person runs anything under it. */
export const databaseAccount = (instance: Stored<ProcessingInstance>) =>
  account(ownedMetadata(instance, databaseName(instance.metadata.name), 'database'));

/** Account of the Jobs that make directories. All instances of a lab share it, so it belongs to none. */
export const directoriesJobAccount = (namespace: string) =>
  account({ name: directoriesAccount, namespace, labels: { [managedLabel]: 'true' } });

// The PostgreSQL server of one instance: its own account, Secret, claim, Service and network policy, shared with nobody (CS-9).
// The image follows the conventions of the official one. The operator never connects to it.
import type { ProcessingInstance } from '../../api/kinds.ts';
import { managedLabel } from '../../api/labels.ts';
import type { Placement } from '../../api/labpolicy.ts';
import { databaseClaimName, databaseName } from '../../api/names.ts';
import type { Secret, Service, StatefulSet } from '../../kube/kind.ts';
import type { Stored } from '../../kube/object.ts';
import { keptMetadata, ownedMetadata } from './metadata.ts';
import {
  basePod,
  claimMounts,
  claimVolumes,
  containerSecurity,
  databasePort,
  hostOf,
  type Identity,
  type PodTemplate,
  podLabels,
} from './pod.ts';
import { statefulSet } from './statefulset.ts';

/** Role and database have fixed names: that of an instance could be a reserved word of PostgreSQL. */
const role = 'app';
const secretPath = '/run/secrets/bulkhead/database';
const dataPath = '/var/lib/postgresql/data';

/** Kept when the instance is deleted: the volume that stays was initialised with this password. */
export function databaseSecret(instance: ProcessingInstance, password: string): Secret {
  const { name, namespace = '' } = instance.metadata;
  const host = hostOf(databaseName(name), namespace);
  const entries = {
    username: role,
    password,
    database: role,
    host,
    port: `${databasePort}`,
    url: `postgresql://${role}:${password}@${host}:${databasePort}/${role}`,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: keptMetadata(instance, databaseName(name), 'database'),
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

export const databaseService = (instance: Stored<ProcessingInstance>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: ownedMetadata(instance, databaseName(instance.metadata.name), 'database'),
  spec: {
    type: 'ClusterIP',
    selector: podLabels(instance.metadata.name, 'database'),
    ports: [{ name: 'postgresql', protocol: 'TCP', port: databasePort, targetPort: databasePort }],
  },
});

export const databaseStatefulSet = (
  instance: Stored<ProcessingInstance>,
  image: string,
  identity: Identity,
  placement: Placement,
): StatefulSet =>
  statefulSet(instance, {
    name: databaseName(instance.metadata.name),
    serviceName: databaseName(instance.metadata.name),
    part: 'database',
    template: template(instance, image, identity, placement),
  });

function template(instance: ProcessingInstance, image: string, identity: Identity, placement: Placement): PodTemplate {
  const { name } = instance.metadata;
  const data = [{ claim: databaseClaimName(name), subPath: '', mountPath: dataPath, readOnly: false }];
  return {
    metadata: { labels: { ...podLabels(name, 'database'), [managedLabel]: 'true' } },
    spec: {
      ...basePod(databaseName(name), identity, placement),
      containers: [
        {
          name: 'postgresql',
          image,
          env: [
            { name: 'POSTGRES_USER', value: role },
            { name: 'POSTGRES_DB', value: role },
            { name: 'POSTGRES_PASSWORD_FILE', value: `${secretPath}/password` },
            // Below the mount: initdb refuses a directory that holds anything, and a fresh volume often has a lost+found.
            { name: 'PGDATA', value: `${dataPath}/pgdata` },
          ],
          ports: [{ name: 'postgresql', containerPort: databasePort, protocol: 'TCP' }],
          // Over TCP: while the image initialises a new volume, its server listens on the socket alone.
          readinessProbe: { exec: { command: ['pg_isready', '-U', role, '-h', '127.0.0.1'] }, periodSeconds: 5, timeoutSeconds: 5 },
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
          securityContext: { ...containerSecurity, readOnlyRootFilesystem: true },
          volumeMounts: [
            ...claimMounts(data),
            { name: 'secret', mountPath: secretPath, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
            { name: 'run', mountPath: '/var/run/postgresql' },
          ],
        },
      ],
      // A fast shutdown takes a checkpoint; without it the next start has to recover.
      terminationGracePeriodSeconds: 60,
      volumes: [
        ...claimVolumes(data),
        { name: 'secret', secret: { secretName: databaseName(name), defaultMode: 0o440, items: [{ key: 'password', path: 'password' }] } },
        { name: 'tmp', emptyDir: {} },
        { name: 'run', emptyDir: {} },
      ],
    },
  };
}

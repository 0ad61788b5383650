// The one place that turns an instance into a pod: identity of the lab, volumes and mounts, BULKHEAD_ environment. Its component and
// the Jobs that run as it come from here, so both stand behind the same walls. What it may mount is decided elsewhere.
import type { V1Container, V1PodSecurityContext, V1PodSpec, V1SecurityContext, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { ClaimMount } from '../../access/data.ts';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { instanceLabel, managedLabel, type Part, partLabel } from '../../api/labels.ts';
import type { Placement } from '../../api/labpolicy.ts';
import {
  accessPolicyName,
  databaseName,
  labOf,
  policyFile,
  reviewAudience,
  serviceAccountName,
  serviceName,
  stateClaimName,
} from '../../api/names.ts';
import type { Component } from '../../api/processinginstance.ts';
import type { Wire } from '../../kube/object.ts';

/** Under which ids the processes of a lab run. */
export interface Identity {
  uid: number;
  gid: number;
  /** Groups of the owners of granted data that the pod mounts: their files are readable by group, and only what is mounted is in reach. */
  supplementalGroups: number[];
}

export interface PodInput {
  instance: ProcessingInstance;
  part: Part;
  identity: Identity;
  placement: Placement;
  mounts: ClaimMount[];
  /** First port of the block of the instance, when it has one. */
  basePort: number | undefined;
  /** Extended resource name of a GPU. */
  gpuResource: string;
  /** Where the pod may ask who may do what; undefined: nowhere. */
  reviewURL?: string | undefined;
  container: Pick<Component, 'name' | 'image' | 'command' | 'args' | 'env' | 'resources' | 'ports' | 'readiness'>;
}

export type PodSpec = Wire<V1PodSpec>;
export interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: PodSpec;
}

export const databasePort = 5432;

/** Labels by which Services, network policies and controllers find the pods of an instance. */
export const podLabels = (instance: string, part: Part) => ({ [instanceLabel]: instance, [partLabel]: part });

/** Pod of an application or of a Job that runs as the instance. */
export function podTemplate(input: PodInput): PodTemplate {
  const { instance, container, part } = input;
  const name = instance.metadata.name;
  return {
    // A Job is written by a person, and only the operator may write what is labelled as managed.
    metadata: { labels: { ...podLabels(name, part), ...(part !== 'job' && { [managedLabel]: 'true' }) } },
    spec: {
      ...basePod(serviceAccountName(name), input.identity, input.placement),
      containers: [
        {
          name: container.name,
          image: container.image,
          ...(container.command && { command: container.command }),
          ...(container.args && { args: container.args }),
          env: [...injected(input), ...(container.env ?? [])],
          ...(container.ports?.length && {
            ports: container.ports.map(({ name, offset }) => ({ name, containerPort: base(input) + offset, protocol: 'TCP' })),
          }),
          ...(container.readiness && { readinessProbe: readiness(container.readiness) }),
          ...resources(container.resources, input.gpuResource),
          securityContext: containerSecurity,
          volumeMounts: [
            ...claimMounts(input.mounts),
            policyMount,
            ...(input.reviewURL === undefined ? [] : [tokenMount]),
            ...scratchMount(input.mounts),
          ],
        },
      ],
      volumes: [
        ...claimVolumes(input.mounts),
        policyVolume,
        ...(input.reviewURL === undefined ? [] : [tokenVolume]),
        { name: 'tmp', emptyDir: {} },
      ],
    },
  };
}

/** Claims of spec.storage. */
export const stateMounts = ({ metadata, spec }: ProcessingInstance): ClaimMount[] =>
  (spec.storage ?? []).map(({ name, mountPath }) => ({
    claim: stateClaimName(metadata.name, name),
    subPath: '',
    mountPath,
    readOnly: false,
  }));

/** What every pod of a lab has in common: the nodes of the lab, the account that decides what it may mount, the ids of the lab, no token
 *  of the API server. */
export const basePod = (
  serviceAccount: string,
  identity: Identity,
  { nodeSelector, tolerations, runtimeClassName }: Placement,
): Omit<PodSpec, 'containers'> => ({
  ...(nodeSelector && { nodeSelector }),
  ...(tolerations && { tolerations }),
  ...(runtimeClassName !== undefined && { runtimeClassName }),
  serviceAccountName: serviceAccount,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: podSecurity(identity),
});

const podSecurity = ({ uid, gid, supplementalGroups }: Identity): Wire<V1PodSecurityContext> => ({
  runAsNonRoot: true,
  runAsUser: uid,
  runAsGroup: gid,
  fsGroup: gid,
  fsGroupChangePolicy: 'OnRootMismatch',
  ...(supplementalGroups.length > 0 && { supplementalGroups }),
  // Groups that an image lists in its /etc/group would else join: an image could carry the group id of another lab.
  supplementalGroupsPolicy: 'Strict',
  seccompProfile: { type: 'RuntimeDefault' },
});

export const containerSecurity: Wire<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

/** One volume per claim, read-only when every use of it is: admission asks for read-only on the volume as well as on the mount. */
export const claimVolumes = (mounts: ClaimMount[]): Wire<V1Volume>[] =>
  [...new Set(mounts.map(({ claim }) => claim))].map((claim) => ({
    name: claim,
    persistentVolumeClaim: {
      claimName: claim,
      ...(mounts.every((mount) => mount.claim !== claim || mount.readOnly) && { readOnly: true }),
    },
  }));

export const claimMounts = (mounts: ClaimMount[]): Wire<V1VolumeMount>[] =>
  mounts.map(({ claim, subPath, mountPath, readOnly }) => ({
    name: claim,
    mountPath,
    ...(readOnly && { readOnly }),
    ...(subPath !== '' && { subPath }),
  }));

/** Who may do what in the lab. As a whole directory: only so does the kubelet bring a change into a running pod. Without it a pod starts all the
 *  same, and finds no file. */
const policyDirectory = '/run/bulkhead/access';
const policyVolume: Wire<V1Volume> = { name: accessPolicyName, configMap: { name: accessPolicyName, optional: true } };
const policyMount: Wire<V1VolumeMount> = { name: accessPolicyName, mountPath: policyDirectory, readOnly: true };

/** A token that only the review endpoint takes; the API server does not. */
const tokenDirectory = '/run/bulkhead/review';
const tokenVolume: Wire<V1Volume> = {
  name: reviewAudience,
  projected: { sources: [{ serviceAccountToken: { audience: reviewAudience, path: 'token' } }] },
};
const tokenMount: Wire<V1VolumeMount> = { name: reviewAudience, mountPath: tokenDirectory, readOnly: true };

/** Programs expect to write into /tmp, whatever the image says about its own root. */
const scratchMount = (mounts: ClaimMount[]): Wire<V1VolumeMount>[] =>
  mounts.some(({ mountPath }) => mountPath === '/tmp') ? [] : [{ name: 'tmp', mountPath: '/tmp' }];

/** Injected before the variables of the user, so that theirs can refer to them as $(BULKHEAD_…). */
function injected({ instance, basePort, container, reviewURL }: PodInput): Wire<V1Container>['env'] & object {
  const { name, namespace = '' } = instance.metadata;
  const { license, database } = instance.spec;
  const secret = (variable: string, secretName: string, key: string) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const ports = (instance.spec.components ?? []).flatMap((component) => component.ports ?? []);
  return [
    { name: 'BULKHEAD_LAB', value: labOf(namespace) ?? '' },
    { name: 'BULKHEAD_INSTANCE', value: name },
    { name: 'BULKHEAD_POLICY_FILE', value: `${policyDirectory}/${policyFile}` },
    ...(reviewURL === undefined
      ? []
      : [
          { name: 'BULKHEAD_REVIEW_URL', value: reviewURL },
          { name: 'BULKHEAD_REVIEW_TOKEN_FILE', value: `${tokenDirectory}/token` },
        ]),
    { name: 'BULKHEAD_HOSTNAME', value: hostOf(serviceName(name), namespace) },
    ...(basePort === undefined
      ? []
      : [
          { name: 'BULKHEAD_BASE_PORT', value: `${basePort}` },
          ...(container.ports ?? ports).map((port) => ({ name: portVariable(port.name), value: `${basePort + port.offset}` })),
        ]),
    ...(database
      ? [
          { name: 'BULKHEAD_DB_HOST', value: hostOf(databaseName(name), namespace) },
          { name: 'BULKHEAD_DB_PORT', value: `${databasePort}` },
          secret('BULKHEAD_DB_NAME', databaseName(name), 'database'),
          secret('BULKHEAD_DB_USER', databaseName(name), 'username'),
          secret('BULKHEAD_DB_PASSWORD', databaseName(name), 'password'),
          secret('BULKHEAD_DB_URL', databaseName(name), 'url'),
        ]
      : []),
    ...(license ? [secret('BULKHEAD_LICENSE', license.secretRef.name, license.secretRef.key)] : []),
  ];
}

/** `BULKHEAD_PORT_` and the name of the port in capitals. */
const portVariable = (port: string) => `BULKHEAD_PORT_${port.toUpperCase().replaceAll('-', '_')}`;

/** Name of a Service inside the cluster. */
export const hostOf = (service: string, namespace: string) => `${service}.${namespace}.svc`;

const readiness = ({ port, path }: NonNullable<Component['readiness']>): Wire<V1Container>['readinessProbe'] & object => ({
  ...(path === undefined ? { tcpSocket: { port } } : { httpGet: { port, path } }),
  periodSeconds: 5,
  timeoutSeconds: 5,
});

/** Requests equal limits: what a lab is granted is what it may use, and GPUs cannot be overcommitted at all. */
function resources(needs: Component['resources'], gpuResource: string): Pick<Wire<V1Container>, 'resources'> {
  const amounts = {
    ...(needs?.cpu !== undefined && { cpu: needs.cpu }),
    ...(needs?.memory !== undefined && { memory: needs.memory }),
    ...(needs?.gpu !== undefined && { [gpuResource]: `${needs.gpu}` }),
  };
  return Object.keys(amounts).length > 0 ? { resources: { requests: amounts, limits: amounts } } : {};
}

function base({ basePort, instance }: PodInput): number {
  if (basePort === undefined) throw new RangeError(`ports of ${instance.metadata.name} are not reserved yet`);
  return basePort;
}

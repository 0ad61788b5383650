// Names of child objects: deterministic, and hashed over the full identity wherever two identities could meet in one name.
import { createHash } from 'node:crypto';
import type { Placement } from './labpolicy.ts';

const hash = (...identity: string[]) => createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 10);
const withHash = (readable: string, ...identity: string[]) => `${readable.slice(0, 52).replace(/[^a-z0-9]+$/, '')}-${hash(...identity)}`;

export const policyName = 'policy';
export const staticStorageClass = 'bulkhead-static';

export const namespaceOf = (labName: string) => `lab-${labName}`;
/** Name of the lab that a lab namespace belongs to, or undefined for any other namespace. */
export const labOf = (namespace: string) => (namespace.startsWith('lab-') ? namespace.slice(4) : undefined);

/** ResourceQuota and LimitRange of a lab namespace. */
export const limitsName = 'bulkhead';
/** Network policies that every lab namespace has: nothing in or out, then the DNS of the cluster. */
export const denyPolicyName = 'bulkhead-default-deny';
export const dnsPolicyName = 'bulkhead-dns';
/** Network policy that lets instances ask who may do what, when the facility allows it. */
export const reviewPolicyName = 'bulkhead-review';
/** Network policy with the egress list of a lab, when it has one. */
export const labEgressPolicyName = 'bulkhead-egress';

/** ConfigMap of a lab namespace that tells applications who may do what, and its file. */
export const accessPolicyName = 'access-policy';
export const policyFile = 'policy.json';

/** RoleBindings of a lab namespace and the ClusterRoles of the chart that they bind: the operator's own, and one for each role of people. */
export const operatorBinding = { name: 'bulkhead-operator', clusterRole: 'bulkhead:lab-operator' };
export const peopleBindings = {
  viewer: { name: 'bulkhead-viewers', clusterRole: 'bulkhead:lab-viewer' },
  member: { name: 'bulkhead-members', clusterRole: 'bulkhead:lab-member' },
  sharer: { name: 'bulkhead-sharers', clusterRole: 'bulkhead:lab-sharer' },
  'external-sharer': { name: 'bulkhead-external-sharers', clusterRole: 'bulkhead:lab-external-sharer' },
  'sharer-part': { name: 'bulkhead-sharers-part', clusterRole: 'bulkhead:lab-sharer-part' },
  admin: { name: 'bulkhead-admins', clusterRole: 'bulkhead:lab-admin' },
};

/** ClusterRole and ClusterRoleBinding through which the administrators of a lab change their own Lab. No role of the chart has this prefix. */
export const editorPrefix = 'bulkhead:lab:';
export const editorName = (labName: string) => `${editorPrefix}${labName}`;

/** PersistentVolume and claim of a storage root of a lab; the volume is cluster-scoped, so its name carries the lab. */
export const rootVolumeName = (labName: string, root: string) => withHash(`lab-${labName}-${root}`, 'root', labName, root);
export const rootClaimName = (root: string) => withHash(`data-${root}`, 'root', root);

/** How a consumer may use a grant. The volume of a reader is read-only itself, so a writer has another one beside it. */
export type GrantMode = 'ReadOnly' | 'ReadWrite';
/** PersistentVolume through which one consumer lab uses the root of a grant, and its claim in the namespace of the consumer. */
export const grantVolumeName = (ownerLab: string, grant: string, consumerLab: string, mode: GrantMode = 'ReadOnly') =>
  withMode(mode, `grant-${ownerLab}-${grant}`, 'grant', ownerLab, grant, consumerLab);
export const grantClaimName = (ownerLab: string, grant: string, mode: GrantMode = 'ReadOnly') =>
  withMode(mode, `grant-${ownerLab}-${grant}`, 'grant', ownerLab, grant);
const withMode = (mode: GrantMode, readable: string, ...identity: string[]) =>
  mode === 'ReadOnly' ? withHash(readable, ...identity) : `${withHash(readable.slice(0, 49), ...identity)}-rw`;

/** DataGrant that says what an instance has derived its outputs from. By their place as well: what was written elsewhere keeps its own. */
export const outputsPrefix = 'outputs-';
export const outputsGrantName = (instance: string, volume: string, path: string) =>
  withHash(`${outputsPrefix}${instance}`, 'outputs', instance, volume, path);

/** Children of an instance. Its service account is the name of the instance itself: who may run as it is asked by that name. */
export const serviceAccountName = (instance: string) => instance;
export const workloadName = (instance: string) => withHash(instance, 'component', instance);
export const serviceName = (instance: string) => instance;
export const stateClaimName = (instance: string, volume: string) => withHash(`state-${instance}-${volume}`, 'state', instance, volume);

/** The database of an instance runs under an account that no tenant may use: the prefix is reserved. */
export const reservedPrefix = 'bulkhead-';
/** At most 52 characters: a StatefulSet labels its pods with its own name and a hash of 10 more, and a label value ends at 63. */
export const databaseName = (instance: string) => withHash(`${reservedPrefix}db-${instance}`.slice(0, 41), 'database', instance);
export const databaseClaimName = databaseName;
/** Account and prefix of the short Jobs that make missing directories under the uid of the lab. */
export const directoriesAccount = `${reservedPrefix}directories`;
/** @param placement where it runs: a Job cannot be changed, and one that waits for nodes that the lab has left would wait for ever */
export const directoriesJobName = (
  instance: string,
  claim: string,
  paths: string[],
  { nodeSelector, tolerations, runtimeClassName }: Placement,
) => withHash(directoriesAccount, 'directories', instance, claim, ...paths, JSON.stringify([nodeSelector, tolerations, runtimeClassName]));

/** Network policies of an instance: who reaches its component, and what its component and its Jobs reach. Its database has one named as itself. */
export const ingressPolicyName = (instance: string) => withHash(`${instance}-ingress`, 'ingress', instance);
export const egressPolicyName = (instance: string) => withHash(`${instance}-egress`, 'egress', instance);

/** Reservations are cluster-scoped and their name is the resource. */
export const userIdReservation = (uid: number) => `uid-${uid}`;
export const groupIdReservation = (gid: number) => `gid-${gid}`;
export const portsReservation = (base: number) => `ports-${base}`;
export const licenseReservation = (fingerprint: string) => `license-${fingerprint}`;
/** Hash over backend and path in full: a path holds characters that a name may not. */
export const pathReservation = (backend: string, path: string) =>
  `path-${createHash('sha256')
    .update(JSON.stringify([backend, path]))
    .digest('hex')
    .slice(0, 40)}`;

export const operatorNamespaceDefault = 'bulkhead-system';
/** Service account, Deployment and Lease of the operator. */
export const operatorName = 'bulkhead';
/** Port of /v1/review on each copy, and the only audience of the tokens for it. */
export const reviewPort = 8090;
export const reviewAudience = 'bulkhead-review';
export const operatorUser = (namespace: string) => `system:serviceaccount:${namespace}:${operatorName}`;

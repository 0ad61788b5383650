// Samples that the CRDs must refuse, each beside the twin that differs in that one thing and must be accepted.
import type { KubeObject } from '../../../src/kube/object.ts';

const apiVersion = 'bulkhead.science/v1alpha1';
type Spec = Record<string, unknown>;
const lab = (spec: Spec, name = 'smith') => ({ apiVersion, kind: 'Lab', metadata: { name }, spec });
const instance = (spec: Spec, name = 'relion') => ({
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name, namespace: 'default' },
  spec,
});
const component = (part: Spec, spec: Spec = {}) => instance({ components: [{ name: 'web', image: 'app:1', ...part }], ...spec });
const data = (part: Spec) => instance({ data: [{ mountPath: '/data', ...part }] });
const grant = (part: Spec) => ({
  apiVersion,
  kind: 'DataGrant',
  metadata: { name: 'krios', namespace: 'default' },
  spec: { volume: 'raw', paths: ['krios'], subjects: [{ kind: 'Lab', name: 'smith' }], ...part },
});
const policy = (name: string) => ({
  apiVersion,
  kind: 'LabPolicy',
  metadata: { name, namespace: 'default' },
  spec: { uid: 200_000, gid: 200_000, supplementalGroups: [], resourceNames: [], mounts: [], secrets: [] },
});
const reservation = (type: string) => ({
  apiVersion,
  kind: 'Reservation',
  metadata: { name: 'ports-31000' },
  spec: { type, resource: '31000' },
});
const root = (part: Spec) => ({ name: 'projects', backend: 'gpfs', path: 'smith', ...part });

export interface Pair {
  refused: KubeObject;
  accepted: KubeObject;
  /** Part of the refusal that tells the user what to do. */
  says: string;
}

export const newObjects: Record<string, Pair> = {
  'a lab whose namespace name would not fit': {
    refused: lab({}, 'a'.repeat(41)),
    accepted: lab({}, 'a'.repeat(40)),
    says: 'metadata.name must be at most 40 lower-case letters',
  },
  'a lab name with a dot': { refused: lab({}, 'smith.jones'), accepted: lab({}, 'smith-jones'), says: 'metadata.name must be' },
  'a member without a role': {
    refused: lab({ members: [{ user: 'jo@uni.edu', roles: [] }] }),
    accepted: lab({ members: [{ user: 'jo@uni.edu', roles: ['full-read-write'] }] }),
    says: 'should have at least 1 items',
  },
  'one person twice': {
    refused: lab({ members: ['viewer', 'admin'].map((role) => ({ user: 'jo@uni.edu', roles: [role] })) }),
    accepted: lab({ members: ['viewer', 'admin'].map((role) => ({ user: `${role}@uni.edu`, roles: [role] })) }),
    says: 'Duplicate value',
  },
  'a root that climbs out of its backend': {
    refused: lab({ storage: [root({ path: 'smith/../jones' })] }),
    accepted: lab({ storage: [root({ path: 'smith/jones' })] }),
    says: 'must be segments of at most 100 letters',
  },
  'an absolute root': {
    refused: lab({ storage: [root({ path: '/smith' })] }),
    accepted: lab({ storage: [root({ path: 'smith' })] }),
    says: 'not absolute',
  },
  'a double slash': {
    refused: lab({ storage: [root({ path: 'smith//a' })] }),
    accepted: lab({ storage: [root({ path: 'smith/a' })] }),
    says: 'joined by single "/"',
  },
  'a hidden directory as root': {
    refused: lab({ storage: [root({ path: 'smith/.ssh' })] }),
    accepted: lab({ storage: [root({ path: 'smith/ssh' })] }),
    says: 'each starting with a letter or digit',
  },
  'a segment of 101 characters': {
    refused: lab({ storage: [root({ path: 'a'.repeat(101) })] }),
    accepted: lab({ storage: [root({ path: 'a'.repeat(100) })] }),
    says: 'at most 100',
  },
  'the identity of root': {
    refused: lab({ identity: { uid: 0, gid: 1000 } }),
    accepted: lab({ identity: { uid: 1000, gid: 1000 } }),
    says: 'spec.identity.uid',
  },
  'a quantity in words': { refused: lab({ quota: { cpu: '4 cores' } }), accepted: lab({ quota: { cpu: '4' } }), says: 'spec.quota.cpu' },
  'a quota of an own field as a further resource': {
    refused: lab({ quota: { resources: { cpu: 4 } } }),
    accepted: lab({ quota: { resources: { 'nvidia.com/mig-1g.10gb': 4 } } }),
    says: 'a key must be an extended resource',
  },
  'a quota of devices by another road': {
    refused: lab({ quota: { resources: { 'deviceclass.resource.kubernetes.io/gpu': 4 } } }),
    accepted: lab({ quota: { deviceClasses: { gpu: 4 } } }),
    says: 'deviceClasses',
  },
  'a quota of a resource as the quota itself calls it': {
    refused: lab({ quota: { resources: { 'requests.example.org/fpga': 4 } } }),
    accepted: lab({ quota: { resources: { 'example.org/fpga': 4 } } }),
    says: 'as containers request it',
  },
  'a resource name that no quota can hold': {
    refused: lab({ quota: { resources: { 'Example.org/fpga': 4 } } }),
    accepted: lab({ quota: { resources: { 'example.org/FPGA': 4 } } }),
    says: 'a key must be an extended resource',
  },
  'a DeviceClass name that no quota can hold': {
    refused: lab({ quota: { deviceClasses: { ['a'.repeat(64)]: 1 } } }),
    accepted: lab({ quota: { deviceClasses: { ['a'.repeat(63)]: 1 } } }),
    says: 'at most 63',
  },
  'a quota of the class of storage roots': {
    refused: lab({ quota: { storageClasses: { 'bulkhead-static': '1Gi' } } }),
    accepted: lab({ quota: { storageClasses: { fast: '1Gi' } } }),
    says: 'storage roots and grants of labs',
  },
  'a limit of objects that the operator needs': {
    refused: lab({ quota: { objects: { 'rolebindings.rbac.authorization.k8s.io': 0 } } }),
    accepted: lab({ quota: { objects: { secrets: 0, 'jobs.batch': 5, 'cronjobs.batch': 5 } } }),
    says: 'leave half made',
  },
  'a limit of objects that has a field of its own': {
    refused: lab({ quota: { objects: { pods: 5 } } }),
    accepted: lab({ quota: { pods: 5 } }),
    says: 'have fields of their own',
  },
  'a limit of objects in the form of the quota': {
    refused: lab({ quota: { objects: { 'count/secrets': 5 } } }),
    accepted: lab({ quota: { objects: { secrets: 5 } } }),
    says: 'with its group like',
  },
  'a default request above the default limit': {
    refused: lab({ limits: { defaultRequest: { cpu: '1' }, default: { cpu: '900m' } } }),
    accepted: lab({ limits: { defaultRequest: { cpu: '1' }, default: { cpu: '1000m' } } }),
    says: 'limits.defaultRequest must not be above limits.default',
  },
  'a default limit above the maximum': {
    refused: lab({ limits: { default: { memory: '2Gi' }, max: { memory: '2047Mi' } } }),
    accepted: lab({ limits: { default: { memory: '2Gi' }, max: { memory: '2048Mi' } } }),
    says: 'limits.default must not be above limits.max',
  },
  'a default request above the maximum': {
    refused: lab({ limits: { defaultRequest: { ephemeralStorage: '2G' }, max: { ephemeralStorage: '1Gi' } } }),
    accepted: lab({ limits: { defaultRequest: { ephemeralStorage: '1G' }, max: { ephemeralStorage: '1Gi' } } }),
    says: 'limits.defaultRequest must not be above limits.max',
  },
  'a field that does not exist': { refused: lab({ colour: 'red' }), accepted: lab({}), says: 'unknown field "spec.colour"' },

  'an instance named as the default account': {
    refused: instance({}, 'default'),
    accepted: instance({}, 'defaults'),
    says: 'metadata.name is also the service account',
  },
  'an instance named as a reserved account': {
    refused: instance({}, 'bulkhead-directories'),
    accepted: instance({}, 'bulkheads'),
    says: 'not start with "bulkhead-"',
  },
  'an instance whose Service name would begin with a digit': {
    refused: instance({}, '4d'),
    accepted: instance({}, 'd4'),
    says: 'must start with a letter',
  },
  'a variable that Bulkhead sets': {
    refused: component({ env: [{ name: 'BULKHEAD_LAB', value: 'jones' }] }),
    accepted: component({ env: [{ name: 'MY_LAB', value: 'jones' }] }),
    says: 'names that start with BULKHEAD_ are set by Bulkhead',
  },
  'a port without a block': {
    refused: component({ ports: [{ name: 'web', offset: 0 }] }),
    accepted: component({ ports: [{ name: 'web', offset: 0 }] }, { ports: { size: 1 } }),
    says: 'every port needs spec.ports',
  },
  'a port behind its block': {
    refused: component({ ports: [{ name: 'web', offset: 2 }] }, { ports: { size: 2 } }),
    accepted: component({ ports: [{ name: 'web', offset: 1 }] }, { ports: { size: 2 } }),
    says: 'offset must be below spec.ports.size',
  },
  'readiness of a port that is not there': {
    refused: component({ ports: [{ name: 'web', offset: 0 }], readiness: { port: 'dicom' } }, { ports: { size: 2 } }),
    accepted: component({ ports: [{ name: 'web', offset: 0 }], readiness: { port: 'web' } }, { ports: { size: 2 } }),
    says: 'readiness.port must be the name of one of the ports',
  },
  'two components': {
    refused: instance({ components: ['a', 'b'].map((name) => ({ name, image: 'app:1' })) }),
    accepted: instance({ components: [{ name: 'a', image: 'app:1' }] }),
    says: 'must have at most 1 item',
  },
  'data from nowhere': { refused: data({}), accepted: data({ volume: 'projects' }), says: 'exactly one of volume' },
  'data from two places': {
    refused: data({ volume: 'projects', from: { lab: 'em', grant: 'krios' }, path: 'a' }),
    accepted: data({ from: { lab: 'em', grant: 'krios' }, path: 'a' }),
    says: 'exactly one of volume',
  },
  'writing to a source to import from': {
    refused: data({ from: { lab: 'em', grant: 'krios' }, path: 'a', mode: 'ReadWrite', purpose: 'Import' }),
    accepted: data({ from: { lab: 'em', grant: 'krios' }, path: 'a', mode: 'ReadOnly', purpose: 'Import' }),
    says: 'a source to import from is read-only',
  },
  'granted data without a path': {
    refused: data({ from: { lab: 'em', grant: 'krios' } }),
    accepted: data({ from: { lab: 'em', grant: 'krios' }, path: 'a' }),
    says: 'data from a grant needs a path',
  },
  'a mount path with ..': {
    refused: data({ volume: 'projects', mountPath: '/data/../etc' }),
    accepted: data({ volume: 'projects', mountPath: '/data/..etc' }),
    says: 'must not contain "." or ".."',
  },
  'a mount over the root file system': {
    refused: data({ volume: 'projects', mountPath: '/' }),
    accepted: data({ volume: 'projects', mountPath: '/d' }),
    says: 'mountPath',
  },

  'a grant of the whole root by an empty path': {
    refused: grant({ paths: [''] }),
    accepted: grant({ paths: ['raw'] }),
    says: 'spec.paths[0]',
  },
  'a grant of a path outside the root': { refused: grant({ paths: ['../other'] }), accepted: grant({ paths: ['other'] }), says: 'no ".."' },
  'a grant of nothing': { refused: grant({ paths: [] }), accepted: grant({ paths: ['a'] }), says: 'at least 1 item' },
  'a grant to nobody': {
    refused: grant({ subjects: [] }),
    accepted: grant({ subjects: [{ kind: 'Lab', name: 'jones' }] }),
    says: 'name at least one of subjects',
  },
  'a subject of a kind that is not supported': {
    refused: grant({ subjects: [{ kind: 'Robot', name: 'jo' }] }),
    accepted: grant({ subjects: [{ kind: 'User', name: 'jo' }] }),
    says: 'supported values: "User"',
  },
  'everybody under a name': {
    refused: grant({ subjects: [{ kind: 'Everyone', name: 'jo' }] }),
    accepted: grant({ subjects: [{ kind: 'Everyone' }] }),
    says: 'name is required for User, Group, Lab and ServiceAccount',
  },
  'a service account without its lab': {
    refused: grant({ subjects: [{ kind: 'ServiceAccount', name: 'relion' }] }),
    accepted: grant({ subjects: [{ kind: 'ServiceAccount', name: 'jones/relion' }] }),
    says: 'a ServiceAccount is named lab/instance',
  },
  'everybody who may import': {
    refused: grant({ subjects: [{ kind: 'Everyone' }], permissions: ['read', 'import'] }),
    accepted: grant({ subjects: [{ kind: 'Authenticated' }], permissions: ['read', 'import'] }),
    says: 'people who are not logged in',
  },
  'a restriction that gives a role': {
    refused: grant({ effect: 'Restrict', roles: ['read-only'] }),
    accepted: grant({ effect: 'Restrict' }),
    says: 'a Restrict gives nothing',
  },
  'a grant that ends before it begins': {
    refused: grant({ notBefore: '2027-06-30T00:00:00Z', expiresAt: '2027-06-29T00:00:00Z' }),
    accepted: grant({ notBefore: '2027-06-28T00:00:00Z', expiresAt: '2027-06-29T00:00:00Z' }),
    says: 'expiresAt must be later than notBefore',
  },
  'derived data with neither subjects nor inputs': {
    refused: grant({ subjects: [], derivedFrom: [] }),
    accepted: grant({ subjects: [], derivedFrom: [{ lab: 'em', volume: 'raw', path: 'a' }] }),
    says: 'name at least one of subjects',
  },
  'an expiry in local time': {
    refused: grant({ expiresAt: '2027-06-30T00:00:00+02:00' }),
    accepted: grant({ expiresAt: '2027-06-30T00:00:00Z' }),
    says: 'spec.expiresAt',
  },
  'an expiry on a day that does not exist': {
    refused: grant({ expiresAt: '2027-02-29T00:00:00Z' }),
    accepted: grant({ expiresAt: '2028-02-29T00:00:00Z' }),
    says: 'spec.expiresAt',
  },

  'a second policy of a namespace': { refused: policy('policy-2'), accepted: policy('policy'), says: 'is named "policy"' },
  'a reservation of an unknown type': { refused: reservation('Port'), accepted: reservation('Ports'), says: '"Ports"' },
};

export interface Change {
  before: KubeObject;
  refused: KubeObject;
  accepted: KubeObject;
  says: string;
}

const account = { uid: 5000, gid: 5000 };
const state = { name: 'state', mountPath: '/state', size: '1Gi' };
const database = (part: Spec) => instance({ database: { engine: 'PostgreSQL', version: '16', size: '1Gi', ...part } });

export const changes: Record<string, Change> = {
  'moving a storage root': {
    before: lab({ storage: [root({})] }),
    refused: lab({ storage: [root({ path: 'jones' })] }),
    accepted: lab({ storage: [root({}), root({ name: 'raw', path: 'raw' })] }),
    says: 'storage[].path is immutable',
  },
  'moving a storage root to another backend': {
    before: lab({ storage: [root({})] }),
    refused: lab({ storage: [root({ backend: 'nfs' })] }),
    accepted: lab({ storage: [root({})], quota: { gpu: 1 } }),
    says: 'storage[].backend is immutable',
  },
  'removing a storage root': {
    before: lab({ storage: [root({}), root({ name: 'raw', path: 'raw' })] }),
    refused: lab({ storage: [root({})] }),
    accepted: lab({ storage: [root({ name: 'raw', path: 'raw' }), root({})] }),
    says: 'a storage root cannot be removed',
  },
  'removing all storage roots': {
    before: lab({ storage: [root({})] }),
    refused: lab({}),
    accepted: lab({ storage: [root({})], members: [] }),
    says: 'a storage root cannot be removed',
  },
  'changing an identity': {
    before: lab({ identity: account }),
    refused: lab({ identity: { uid: 5001, gid: 5000 } }),
    accepted: lab({ identity: account, quota: { gpu: 2 } }),
    says: 'identity is immutable',
  },
  'removing an identity': {
    before: lab({ identity: account }),
    refused: lab({}),
    accepted: lab({ identity: account, quota: { gpu: 3 } }),
    says: 'spec.identity cannot be removed',
  },
  'changing the ports of an instance': {
    before: instance({ ports: { size: 2 } }),
    refused: instance({ ports: { size: 4 } }),
    accepted: instance({ ports: { size: 2 }, storage: [] }),
    says: 'ports is immutable',
  },
  'giving ports to an instance that has none': {
    before: instance({}),
    refused: instance({ ports: { size: 4 } }),
    accepted: instance({ storage: [] }),
    says: 'spec.ports is immutable',
  },
  'another version of a database': {
    before: database({}),
    refused: database({ version: '17' }),
    accepted: database({ size: '2Gi' }),
    says: 'database.version is immutable',
  },
  'removing a database': {
    before: instance({ ...database({}).spec, storage: [state] }),
    refused: instance({ storage: [state] }),
    accepted: instance({ ...database({ size: '3Gi' }).spec, storage: [state] }),
    says: 'spec.database cannot be removed',
  },
  'pointing a grant at another volume': {
    before: grant({}),
    refused: grant({ volume: 'home' }),
    accepted: grant({ paths: ['krios', 'arctica'] }),
    says: 'volume is immutable',
  },
  'turning a reservation into another one': {
    before: reservation('Ports'),
    refused: reservation('License'),
    accepted: { ...reservation('Ports'), metadata: { name: 'ports-31000', labels: { colour: 'red' } } },
    says: 'type is immutable',
  },
};

// Pods at random: the pod that a lab may run, with up to four changes, of which about half are harmless. Changes are drawn apart from the
// lab and only then applied, so that a counterexample shrinks to the one change that matters.
import fc from 'fast-check';
import type { Pod } from '../../../../src/kube/kind.ts';
import { type Draft, labPod } from '../../../../src/verify/draft.ts';
import { scene } from '../lab.ts';
import { accounts, claims, grantors, type RandomLab, reservedAccount, resourceNames, secrets, subPaths } from './labs.ts';

type Spec = NonNullable<Pod['spec']>;
type Container = Spec['containers'][number];
type Change = (draft: Draft, lab: RandomLab) => void;
type Changes = fc.Arbitrary<Change>;

export const runtimeClassNames = ['sandbox', 'confidential'];
export const priorityClassNames = ['research'];

/** A lab, an account of it, and a pod as it would be sent. */
export interface RandomPod {
  lab: RandomLab;
  pod: { metadata: Pod['metadata']; spec: Spec };
}

export const randomPod = (labs: RandomLab[]): fc.Arbitrary<RandomPod> =>
  fc
    .record({
      // where nothing begins there is little to learn
      lab: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...labs.filter((lab) => !isShut(lab))) },
        { weight: 1, arbitrary: fc.constantFrom(...labs.filter(isShut)) },
      ),
      account: fc.constantFrom(...accounts),
      extras: fc.array(furtherContainer, { maxLength: 1 }),
      changes: fc.array(anyChange, { maxLength: 4 }),
    })
    .map(({ lab, account, extras, changes }) => ({ lab, pod: podOf(lab, account, [...extras, ...changes]) }));

const isShut = ({ suspended, policy }: RandomLab) => suspended || policy.closed !== undefined;

function podOf(lab: RandomLab, account: string, changes: Change[]): RandomPod['pod'] {
  const { uid, gid, mounts, supplementalGroups } = lab.policy;
  const own = mounts.find((entry) => entry.serviceAccount === account && !entry.readOnly && entry.notAfter === undefined);
  const granted = mounts.find(
    (entry) => entry.serviceAccount === account && entry.readOnly && Date.parse(entry.notAfter ?? '9999') > Date.now(),
  );
  const part = (entry: typeof own) => ({ claim: entry?.claim ?? '', subPath: entry?.subPaths[0] ?? '' });
  const here = {
    ...scene,
    namespace: lab.namespace,
    uid,
    gid,
    grantorGid: supplementalGroups[0] ?? gid,
    instance: account,
    placement: lab.policy,
  };
  const { metadata, spec } = labPod({ ...here, own: part(own), granted: { ...part(granted), notAfter: '' } }, (draft) => {
    // a lab whose account has no such data mounts none
    const absent = [...(own ? [] : ['own']), ...(granted ? [] : ['granted'])];
    const kept = ({ name }: { name: string }) => !absent.includes(name);
    draft.spec.volumes = draft.spec.volumes!.filter(kept);
    draft.main.volumeMounts = draft.main.volumeMounts.filter(kept);
    for (const change of changes) change(draft, lab);
  });
  return JSON.parse(JSON.stringify({ metadata, spec })) as RandomPod['pod'];
}

const absent = Symbol('absent');
/** Sets fields, or takes them away. */
const put = (target: object, key: string, value: unknown) => {
  if (value === absent) Reflect.deleteProperty(target, key);
  else Reflect.set(target, key, structuredClone(value));
};
const oneOf = <const T>(...values: T[]) => fc.constantFrom(...values);
/** Any of the containers, init containers included. */
const place = fc.nat({ max: 3 });
const containerAt = ({ spec }: Draft, index: number): Container => {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return all[index % all.length]!;
};
const securityOf = (container: Container) => {
  container.securityContext ??= {};
  return container.securityContext;
};
const mountsOf = (container: Container) => {
  container.volumeMounts ??= [];
  return container.volumeMounts;
};
const addVolume = ({ spec }: Draft, source: object): string => {
  spec.volumes ??= [];
  const name = `volume-${spec.volumes.length}`;
  spec.volumes.push({ name, ...structuredClone(source) });
  return name;
};
const addMount = (container: Container, name: string, fields: object = {}) => {
  const mounts = mountsOf(container);
  const mount = { name, mountPath: `/at-${mounts.length}`, ...fields };
  mounts.push(mount);
  return mount;
};

// identity
const id = oneOf('user', 'group', 'other', 'root', 'grantor', 'absent');
const idIn = (which: string, { policy: { uid, gid, supplementalGroups } }: RandomLab) =>
  ({ user: uid, group: gid, other: uid + 10, root: 0, grantor: supplementalGroups[0] ?? 200_999 })[which] ?? absent;
const nonRoot = oneOf<boolean | symbol>(true, true, false, absent);
const seccomp = oneOf<unknown>(
  { type: 'RuntimeDefault' },
  { type: 'Localhost', localhostProfile: 'p.json' },
  { type: 'Unconfined' },
  absent,
);
const appArmor = oneOf<unknown>({ type: 'RuntimeDefault' }, { type: 'Unconfined' }, absent);
const seLinux = oneOf<unknown>(
  { level: 's0:c1,c2' },
  { type: 'container_t' },
  { type: 'spc_t' },
  { user: 'system_u' },
  { role: 'system_r' },
);

const podIdentity: Changes[] = [
  fc.tuple(oneOf('runAsUser', 'runAsGroup', 'fsGroup'), id).map(
    ([key, which]): Change =>
      ({ security }, lab) =>
        put(security, key, idIn(which, lab)),
  ),
  nonRoot.map(
    (value): Change =>
      ({ security }) =>
        put(security, 'runAsNonRoot', value),
  ),
  fc.array(oneOf('group', 'granted', 'granted', 'grantor', 'other', 'root'), { maxLength: 3 }).map(
    (all): Change =>
      ({ security }, lab) => {
        const granted = (index: number) => lab.policy.supplementalGroups[index] ?? grantors[index];
        put(
          security,
          'supplementalGroups',
          all.map((which, index) => (which === 'granted' ? granted(index) : idIn(which, lab))),
        );
      },
  ),
  oneOf<string | symbol>('Strict', 'Merge', absent).map(
    (value): Change =>
      ({ security }) =>
        put(security, 'supplementalGroupsPolicy', value),
  ),
  fc.constant<Change>(({ spec }) => put(spec, 'securityContext', absent)),
  oneOf('Always', 'OnRootMismatch').map(
    (value): Change =>
      ({ security }) =>
        put(security, 'fsGroupChangePolicy', value),
  ),
];
const profiles: Changes[] = [
  seccomp.map(
    (value): Change =>
      ({ security }) =>
        put(security, 'seccompProfile', value),
  ),
  appArmor.map(
    (value): Change =>
      ({ security }) =>
        put(security, 'appArmorProfile', value),
  ),
  seLinux.map(
    (value): Change =>
      ({ security }) =>
        put(security, 'seLinuxOptions', value),
  ),
  oneOf('kernel.shm_rmid_forced', 'net.ipv4.tcp_syncookies', 'kernel.msgmax').map(
    (name): Change =>
      ({ security }) =>
        put(security, 'sysctls', [{ name, value: '1' }]),
  ),
  fc.tuple(place, oneOf('seccompProfile', 'appArmorProfile'), fc.oneof(seccomp, appArmor)).map(
    ([at, key, value]): Change =>
      (draft) =>
        put(securityOf(containerAt(draft, at)), key, value),
  ),
  fc.tuple(place, seLinux).map(
    ([at, value]): Change =>
      (draft) =>
        put(securityOf(containerAt(draft, at)), 'seLinuxOptions', value),
  ),
  fc.tuple(place, fc.boolean()).map(
    ([at, hostProcess]): Change =>
      (draft) =>
        put(securityOf(containerAt(draft, at)), 'windowsOptions', { hostProcess }),
  ),
];
const containerIdentity: Changes[] = [
  fc.tuple(place, oneOf('runAsUser', 'runAsGroup'), id).map(
    ([at, key, which]): Change =>
      (draft, lab) =>
        put(securityOf(containerAt(draft, at)), key, idIn(which, lab)),
  ),
  fc.tuple(place, nonRoot).map(
    ([at, value]): Change =>
      (draft) =>
        put(securityOf(containerAt(draft, at)), 'runAsNonRoot', value),
  ),
];
const powers: Changes[] = [
  fc.tuple(place, oneOf('privileged', 'allowPrivilegeEscalation', 'readOnlyRootFilesystem'), oneOf<unknown>(true, false, absent)).map(
    ([at, key, value]): Change =>
      (draft) =>
        put(securityOf(containerAt(draft, at)), key, value),
  ),
  fc
    .tuple(
      place,
      oneOf<unknown>(
        { drop: ['ALL'] },
        { drop: ['NET_RAW'] },
        { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
        { drop: ['ALL'], add: [] },
        absent,
      ),
    )
    .map(
      ([at, value]): Change =>
        (draft) =>
          put(securityOf(containerAt(draft, at)), 'capabilities', value),
    ),
  fc.tuple(place, oneOf('Default', 'Unmasked'), fc.boolean()).map(
    ([at, procMount, apart]): Change =>
      (draft) => {
        put(securityOf(containerAt(draft, at)), 'procMount', procMount);
        if (apart) put(draft.spec, 'hostUsers', false);
      },
  ),
  place.map(
    (at): Change =>
      (draft) =>
        put(containerAt(draft, at), 'securityContext', absent),
  ),
  fc.tuple(oneOf('hostNetwork', 'hostPID', 'hostIPC', 'hostUsers', 'shareProcessNamespace'), fc.boolean()).map(
    ([key, value]): Change =>
      ({ spec }) =>
        put(spec, key, value),
  ),
  fc.tuple(place, oneOf<object>({ hostPort: 8080 }, { hostPort: 0 }, { hostIP: '127.0.0.1' }, {})).map(
    ([at, fields]): Change =>
      (draft) =>
        put(containerAt(draft, at), 'ports', [{ containerPort: 8080, ...fields }]),
  ),
  fc
    .tuple(
      place,
      oneOf('livenessProbe', 'readinessProbe', 'startupProbe'),
      oneOf('httpGet', 'tcpSocket'),
      oneOf<object>({}, { host: '169.254.169.254' }),
    )
    .map(
      ([at, key, how, host]): Change =>
        (draft) =>
          put(containerAt(draft, at), key, { [how]: { port: 80, ...host } }),
    ),
  fc.tuple(place, oneOf('postStart', 'preStop'), oneOf<object>({}, { host: '10.0.0.1' })).map(
    ([at, key, host]): Change =>
      (draft) =>
        put(containerAt(draft, at), 'lifecycle', { [key]: { httpGet: { port: 80, ...host } } }),
  ),
];

// volumes
const secretName = oneOf(...secrets);
const token = { serviceAccountToken: { path: 'token' } };
const reviewToken = { serviceAccountToken: { path: 'token', audience: 'bulkhead-review' } };
const downward = { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } };
const certificates = { clusterTrustBundle: { path: 'ca', signerName: 'any.test/signer', labelSelector: {} } };
const certificate = { podCertificate: { signerName: 'any.test/signer', keyType: 'ED25519', credentialBundlePath: 'bundle' } };
const configMap = { configMap: { name: 'any' } };
const secretSource = secretName.map((name) => ({ secret: { name } }));
const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const harmless = oneOf<object>(
  { emptyDir: {} },
  { emptyDir: { medium: 'Memory' } },
  configMap,
  { downwardAPI: { items: [] } },
  {},
  { somethingNew: { path: '/' } },
);
const forbidden = oneOf<object>(
  { hostPath: { path: '/' } },
  { hostPath: { path: '/facility/data', type: 'Directory' } },
  { nfs: { server: 'files.test', path: '/', readOnly: true } },
  { csi: { driver: 'nfs.csi.k8s.io' } },
  { ephemeral: { volumeClaimTemplate: template } },
  { image: { reference: 'bulkhead.invalid/any:1' } },
  { iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.test:storage', lun: 0 } },
  { fc: { targetWWNs: ['5005'], lun: 0 } },
  { cephfs: { monitors: ['10.0.0.1'] } },
  { rbd: { monitors: ['10.0.0.1'], image: 'any' } },
  { glusterfs: { endpoints: 'any', path: 'any' } },
  { gitRepo: { repository: 'https://any.test/any.git' } },
  { flexVolume: { driver: 'any/any' } },
  { azureFile: { secretName: 'any', shareName: 'any' } },
  { awsElasticBlockStore: { volumeID: 'any' } },
  { gcePersistentDisk: { pdName: 'any' } },
  { cinder: { volumeID: 'any' } },
  { vsphereVolume: { volumePath: 'any' } },
  { portworxVolume: { volumeID: 'any' } },
  { quobyte: { registry: 'any:1', volume: 'any' } },
);
const source: fc.Arbitrary<object> = fc.oneof(
  { weight: 3, arbitrary: harmless },
  { weight: 2, arbitrary: secretName.map((name) => ({ secret: { secretName: name } })) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(oneOf<object>(downward, configMap, reviewToken), secretSource), { minLength: 1, maxLength: 2 })
      .map((sources) => ({ projected: { sources } })),
  },
  { weight: 1, arbitrary: oneOf<object>(token, certificates, certificate).map((one) => ({ projected: { sources: [downward, one] } })) },
  { weight: 3, arbitrary: forbidden },
);
const plainVolume: Changes = fc.tuple(source, fc.array(fc.tuple(place, fc.boolean()), { maxLength: 2 })).map(
  ([volume, mounts]): Change =>
    (draft) => {
      const name = addVolume(draft, volume);
      for (const [at, readOnly] of mounts) addMount(containerAt(draft, at), name, { readOnly });
    },
);
/** In place of the token that the API server would mount. */
const besideToken: Changes = place.map(
  (at): Change =>
    (draft) => {
      const name = addVolume(draft, { emptyDir: {} });
      addMount(containerAt(draft, at), name, { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' });
    },
);

// claims
/** How the part of a claim is written: one that the account may use, or near it. */
const partKind = oneOf('allowed', 'allowed', 'allowed', 'other', 'whole', 'below', 'prefix', 'upwards', 'slash', 'dot');
const anySubPath = oneOf(...subPaths);
function partOf(kind: string, allowed: string, other: string): string | symbol {
  const written = {
    other,
    below: `${allowed}/sub`,
    prefix: `${allowed}0`,
    upwards: `${allowed}/../${other}`,
    slash: `${allowed}/`,
    dot: `./${allowed}`,
  };
  if (kind === 'whole' || (kind === 'allowed' && allowed === '')) return absent;
  return kind === 'allowed' ? allowed : written[kind as keyof typeof written];
}
const mostly = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: oneOf<boolean | symbol>(false, absent) });
const claimMount = fc.record({
  at: place,
  part: partKind,
  other: anySubPath,
  readOnly: mostly,
  computed: fc.nat({ max: 9 }).map((n) => n === 0),
});
/** A claim of the account, seldom another one: read-only or not, mounted up to three times. */
const claimVolume: Changes = fc
  .record({
    pick: fc.nat({ max: 9 }),
    foreign: fc.nat({ max: 4 }),
    claim: oneOf(...claims, 'nobodys'),
    readOnly: mostly,
    mounts: fc.array(claimMount, { maxLength: 3 }),
  })
  .map(
    ({ pick, foreign, claim, readOnly, mounts }): Change =>
      (draft, lab) => {
        const entries = lab.policy.mounts.filter((entry) => entry.serviceAccount === draft.spec.serviceAccountName);
        const entry = foreign === 0 || entries.length === 0 ? undefined : entries[pick % entries.length];
        const volume = { claimName: entry?.claim ?? claim };
        put(volume, 'readOnly', readOnly);
        const name = addVolume(draft, { persistentVolumeClaim: volume });
        for (const { at, part, other, readOnly: mode, computed } of mounts) {
          const mount = addMount(containerAt(draft, at), name);
          put(mount, computed ? 'subPathExpr' : 'subPath', partOf(part, entry?.subPaths[pick % entry.subPaths.length] ?? other, other));
          put(mount, 'readOnly', mode);
        }
      },
  );
const baseMounts: Changes[] = [
  fc.tuple(fc.nat({ max: 3 }), mostly).map(
    ([index, value]): Change =>
      ({ spec }) => {
        const volumes = spec.volumes!.filter((volume) => volume.persistentVolumeClaim);
        const volume = volumes[index % volumes.length];
        if (volume) put(volume.persistentVolumeClaim!, 'readOnly', value);
      },
  ),
  fc.tuple(place, fc.nat({ max: 3 }), mostly).map(
    ([at, index, value]): Change =>
      (draft) => {
        const mounts = mountsOf(containerAt(draft, at));
        const mount = mounts[index % mounts.length];
        if (mount) put(mount, 'readOnly', value);
      },
  ),
  fc.tuple(place, fc.nat({ max: 3 }), partKind, anySubPath).map(
    ([at, index, kind, other]): Change =>
      (draft) => {
        const mounts = mountsOf(containerAt(draft, at));
        const mount = mounts[index % mounts.length];
        if (mount) put(mount, 'subPath', partOf(kind, mount.subPath ?? '', other));
      },
  ),
  fc.tuple(fc.nat({ max: 3 }), oneOf(...claims)).map(
    ([index, claim]): Change =>
      ({ spec }) => {
        const volumes = spec.volumes!.filter((volume) => volume.persistentVolumeClaim);
        const volume = volumes[index % volumes.length];
        if (volume) volume.persistentVolumeClaim!.claimName = claim;
      },
  ),
  place.map(
    (at): Change =>
      (draft) => {
        const container = containerAt(draft, at);
        const [name] = draft.spec.volumes!.flatMap((volume) => (volume.persistentVolumeClaim ? [volume.name] : []));
        if (!name) return;
        container.volumeMounts = mountsOf(container).filter((mount) => mount.name !== name);
        put(container, 'volumeDevices', [{ name, devicePath: '/dev/x' }]);
      },
  ),
];

// environment
const variable: Changes[] = [
  fc
    .tuple(
      place,
      fc.oneof(
        secretName.map((name): object => ({ secretKeyRef: { name, key: 'any' } })),
        oneOf<object>(
          { configMapKeyRef: { name: 'any', key: 'any' } },
          { fieldRef: { fieldPath: 'metadata.name' } },
          { resourceFieldRef: { resource: 'limits.cpu' } },
        ),
      ),
    )
    .map(
      ([at, valueFrom]): Change =>
        (draft) => {
          const container = containerAt(draft, at);
          put(container, 'env', [...(container.env ?? []), { name: `V${container.env?.length ?? 0}`, valueFrom }]);
        },
    ),
  fc
    .tuple(
      place,
      fc.oneof(
        secretName.map((name): object => ({ secretRef: { name } })),
        oneOf<object>({ configMapRef: { name: 'any' } }),
      ),
    )
    .map(
      ([at, from]): Change =>
        (draft) => {
          const container = containerAt(draft, at);
          put(container, 'envFrom', [...(container.envFrom ?? []), { ...from }]);
        },
    ),
  place.map(
    (at): Change =>
      (draft) =>
        put(containerAt(draft, at), 'env', [{ name: 'NVIDIA_VISIBLE_DEVICES', value: 'all' }]),
  ),
  secretName.map(
    (name): Change =>
      ({ spec }) =>
        put(spec, 'imagePullSecrets', [{ name }]),
  ),
];

// resources
const resource = oneOf('cpu', ...resourceNames, 'vendor.test/other', 'hugepages-2Mi');
const resources: Changes[] = [
  fc.tuple(place, resource, oneOf('limits', 'both')).map(
    ([at, name, where]): Change =>
      (draft) => {
        const amount = { [name]: name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages') ? '2Mi' : '1' };
        put(containerAt(draft, at), 'resources', { limits: amount, ...(where === 'both' && { requests: amount }) });
      },
  ),
  oneOf('cpu', 'memory', 'hugepages-2Mi').map(
    (name): Change =>
      ({ spec }) => {
        const amount = { [name]: name === 'cpu' ? '1' : '64Mi' };
        put(spec, 'resources', { limits: amount, requests: amount });
      },
  ),
  fc.tuple(place, fc.boolean()).map(
    ([at, inContainer]): Change =>
      (draft) => {
        put(draft.spec, 'resourceClaims', [{ name: 'device', resourceClaimName: 'device' }]);
        if (inContainer) put(containerAt(draft, at), 'resources', { claims: [{ name: 'device' }] });
      },
  ),
];

// account, time and place
const deadline = fc.oneof(
  { weight: 3, arbitrary: oneOf(60, 3600) },
  { weight: 2, arbitrary: oneOf<number | symbol>(10_000, 2_000_000_000, absent) },
);
const toleration = oneOf<object>(
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
  { key: 'gpu.test/kind', operator: 'Equal', value: 'a100', effect: 'NoSchedule' },
  { key: 'gpu.test/kind', value: 'a100', effect: 'NoSchedule' },
  { key: 'gpu.test/kind', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
  { operator: 'Exists' },
  { operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' },
);
const scheduling: Changes[] = [
  fc.tuple(oneOf('serviceAccountName', 'serviceAccount'), oneOf(...accounts, 'default', reservedAccount)).map(
    ([key, name]): Change =>
      ({ spec }) => {
        put(spec, 'serviceAccountName', absent);
        put(spec, key, name);
      },
  ),
  oneOf<boolean | symbol>(true, false, absent).map(
    (value): Change =>
      ({ spec }) =>
        put(spec, 'automountServiceAccountToken', value),
  ),
  oneOf(1, 30, 31, 31_536_000).map(
    (seconds): Change =>
      ({ spec }) =>
        put(spec, 'terminationGracePeriodSeconds', seconds),
  ),
  deadline.map(
    (value): Change =>
      ({ spec }) =>
        put(spec, 'activeDeadlineSeconds', value),
  ),
  fc.array(toleration, { maxLength: 2 }).map(
    (value): Change =>
      ({ spec }) =>
        put(spec, 'tolerations', value),
  ),
  oneOf('any', '').map(
    (name): Change =>
      ({ spec }) =>
        put(spec, 'nodeName', name),
  ),
  oneOf(...runtimeClassNames).map(
    (name): Change =>
      ({ spec }) =>
        put(spec, 'runtimeClassName', name),
  ),
  oneOf('default-scheduler', 'mine', '').map(
    (name): Change =>
      ({ spec }) =>
        put(spec, 'schedulerName', name),
  ),
  oneOf(...priorityClassNames, 'system-node-critical', 'system-cluster-critical', '').map(
    (name): Change =>
      ({ spec }) =>
        put(spec, 'priorityClassName', name),
  ),
  oneOf<object>(
    { nodeSelector: { zone: 'a' } },
    { nodeSelector: {} },
    { nodeSelector: { zone: 'a', pool: 'em' } },
    { hostname: 'any', subdomain: 'any' },
    { hostAliases: [{ ip: '10.0.0.1', hostnames: ['any.test'] }] },
    { dnsPolicy: 'Default' },
    { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.1'] } },
    { schedulingGates: [{ name: 'any.test/gate' }] },
    { restartPolicy: 'Always' },
    { restartPolicy: 'OnFailure' },

    { enableServiceLinks: true },
    { ephemeralContainers: [{ name: 'debug', image: 'bulkhead.invalid/any:1' }] },
    { os: { name: 'windows' } },
  ).map(
    (fields): Change =>
      ({ spec }) =>
        Object.assign(spec, structuredClone(fields)),
  ),
];

// looks
const label = fc.tuple(
  oneOf('bulkhead.science/instance', 'bulkhead.science/part', 'bulkhead.science/managed', 'bulkhead.science/lab', 'app'),
  oneOf('account', 'account', ...accounts, 'job', 'job', 'component', 'database', 'true', ''),
);
const looks: Changes[] = [
  fc.array(label, { minLength: 1, maxLength: 2 }).map(
    (labels): Change =>
      ({ pod, spec }) => {
        const values = labels.map(([key, value]) => [key, value === 'account' ? spec.serviceAccountName : value] as const);
        put(pod.metadata, 'labels', Object.fromEntries(values.filter(([, value]) => value !== undefined)));
      },
  ),
  oneOf('StatefulSet', 'ReplicaSet').map(
    (kind): Change =>
      ({ pod }) => {
        const uid = '0b9c2c1e-9a55-4f33-8d7a-2f6f6a4b7c01';
        put(pod.metadata, 'ownerReferences', [{ apiVersion: 'apps/v1', kind, name: 'any', uid, controller: true }]);
      },
  ),
  oneOf<object>({ any: 'thing' }, { 'container.apparmor.security.beta.kubernetes.io/main': 'runtime/default' }).map(
    (value): Change =>
      ({ pod }) =>
        put(pod.metadata, 'annotations', value),
  ),
];

/** A second container, an init container or a sidecar: like the main one, or with nothing mounted. */
const furtherContainer: Changes = fc.tuple(oneOf('container', 'init', 'sidecar'), fc.boolean()).map(
  ([kind, mounts]): Change =>
    ({ spec, main }) => {
      const container: Container = {
        ...structuredClone(main),
        name: `further-${spec.containers.length + (spec.initContainers ?? []).length}`,
        ...(!mounts && { volumeMounts: [] }),
      };
      if (kind === 'container') spec.containers.push(container);
      else spec.initContainers = [...(spec.initContainers ?? []), { ...container, ...(kind === 'sidecar' && { restartPolicy: 'Always' }) }];
    },
);

const of = (weight: number, changes: Changes[]) => ({ weight, arbitrary: fc.oneof(...changes) });
const anyChange: Changes = fc.oneof(
  of(3, podIdentity),
  of(2, profiles),
  of(2, containerIdentity),
  of(3, powers),
  of(3, [plainVolume, plainVolume, plainVolume, besideToken]),
  of(5, [claimVolume]),
  of(4, baseMounts),
  of(2, variable),
  of(2, resources),
  of(5, scheduling),
  of(2, looks),
);

// What the Pod Security Standard "restricted" at v1.34 refuses of those pods that the policies admit: only the rules that the policies leave to it.
import type { Pod } from '../../../../src/kube/kind.ts';

type Spec = NonNullable<Pod['spec']>;
type Security = Partial<
  Pick<NonNullable<Spec['securityContext']>, 'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions'>
>;

const seLinuxTypes = [undefined, '', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
];

/** Every reason to refuse. */
export function podSecurityObjections(pod: { metadata: Pod['metadata']; spec: Spec }): string[] {
  const { securityContext: whole = {} } = pod.spec;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return [
    ...profiles('pod', whole),
    ...containers.flatMap(({ name, securityContext = {} }) => profiles(name, securityContext)),
    ...containers.flatMap(({ name, securityContext }) =>
      [undefined, 'Unconfined'].includes((securityContext?.seccompProfile ?? whole.seccompProfile)?.type) ? [`${name}: no seccomp`] : [],
    ),
    ...containers.flatMap(({ name, securityContext }) =>
      securityContext?.capabilities?.drop?.includes('ALL') ? [] : [`${name}: keeps capabilities`],
    ),
    ...(whole.sysctls ?? []).flatMap(({ name }) => (safeSysctls.includes(name) ? [] : [`sysctl ${name}`])),
    ...containers.flatMap((container) => (callsHost(container) ? [`${container.name}: has the kubelet call another host`] : [])),
  ];
}

const profiles = (where: string, { seccompProfile, appArmorProfile, seLinuxOptions, windowsOptions }: Security) => [
  ...(seccompProfile?.type === 'Unconfined' ? [`${where}: seccomp unconfined`] : []),
  ...(appArmorProfile?.type === 'Unconfined' ? [`${where}: AppArmor unconfined`] : []),
  ...(!seLinuxTypes.includes(seLinuxOptions?.type) || seLinuxOptions?.user || seLinuxOptions?.role ? [`${where}: SELinux`] : []),
  ...(windowsOptions?.hostProcess ? [`${where}: process of the host`] : []),
];

/** Requests of the kubelet come from the node, where no network policy of the lab applies. */
function callsHost({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Spec['containers'][number]): boolean {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers.some((handler) => handler?.httpGet?.host || handler?.tcpSocket?.host);
}

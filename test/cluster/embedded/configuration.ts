// Configuration files of the parts of an embedded node, written before each start; inner.sh starts the parts with them.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pause } from '../images/catalogue.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags, podRange, schedulerFlags, serviceRange, writeAuditPolicy } from './flags.ts';
import { type NodeLayout, nodeName } from './layout.ts';

/** Parts of a node in the order of their start; `status` expects each to run. */
export const parts = [
  'containerd',
  'etcd',
  'kube-apiserver',
  'kubelet',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'netpol',
  'provisioner',
] as const;

const socket = '/run/containerd/containerd.sock';

export async function writeConfiguration(layout: NodeLayout, binDir: string): Promise<void> {
  const { run, pki, name, address } = layout;
  await mkdir(path.join(run, 'cni'), { recursive: true });
  const write = (file: string, content: string | object) =>
    writeFile(path.join(run, file), typeof content === 'string' ? content : JSON.stringify(content));
  const flags: Record<(typeof parts)[number], string[]> = {
    containerd: [`--config=${run}/containerd.toml`],
    etcd: etcdFlags(layout),
    'kube-apiserver': apiServerFlags(layout),
    kubelet: [
      `--config=${run}/kubelet.json`,
      `--kubeconfig=${pki}/kubelet.kubeconfig`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${address}`,
      '--cert-dir=/run/bulkhead/kubelet-pki',
    ],
    'kube-controller-manager': [...controllerManagerFlags(layout), '--allocate-node-cidrs', '--cluster-cidr=10.244.0.0/16'],
    'kube-scheduler': schedulerFlags(layout),
    'kube-proxy': [`--config=${run}/kube-proxy.json`],
    netpol: ['-kubeconfig', `${pki}/netpol.kubeconfig`, '-node', nodeName, '-pod-cidr', podRange],
    provisioner: [path.join(import.meta.dirname, 'provisioner.ts'), layout.kubeconfig, layout.volumes],
  };
  for (const [part, values] of Object.entries(flags)) await write(`${part}.flags`, `${values.join('\n')}\n`);
  await writeAuditPolicy(layout.auditPolicy);
  await write('containerd.toml', containerdConfiguration(layout, binDir));
  await write('kubelet.json', kubeletConfiguration(name, pki));
  await write('kube-proxy.json', proxyConfiguration(pki));
  await write('cni/10-bulkhead.conflist', networkConfiguration);
  await write('resolv.conf', 'nameserver 127.0.0.1\n');
  await write('nfs.conf', `exports='${layout.exports}'\n`);
}

const containerdConfiguration = ({ containerd, run }: NodeLayout, binDir: string) => `version = 3
root = "${containerd}"
state = "/run/containerd/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${pause.reference}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true # root may lack CAP_SYS_RESOURCE
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "${run}/cni"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      BinaryName = "${binDir}/runc"
      SystemdCgroup = false
[plugins."io.containerd.nri.v1.nri"] # tells netpol a pod's address before its containers start
  disable = false
  plugin_path = "/run/bulkhead/nri/plugins"
  plugin_config_path = "/run/bulkhead/nri/conf.d"
`;

const kubeletConfiguration = (name: string, pki: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${name}`, // not the /kubepods of another node on this machine
  containerRuntimeEndpoint: `unix://${socket}`,
  failSwapOn: false,
  oomScoreAdj: 0,
  maxOpenFiles: 20_000,
  imageGCHighThresholdPercent: 100, // images cannot be pulled again
  evictionHard: { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%', 'imagefs.available': '0%', 'memory.available': '100Mi' },
  nodeStatusUpdateFrequency: '2s',
  syncFrequency: '10s',
  resolvConf: '/run/bulkhead/resolv.conf',
  clusterDNS: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: `${pki}/ca.crt` } },
  authorization: { mode: 'Webhook' },
});

const proxyConfiguration = (pki: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clusterCIDR: podRange,
  hostnameOverride: nodeName,
  clientConnection: { kubeconfig: `${pki}/proxy.kubeconfig` },
  conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  oomScoreAdj: 0,
  nftables: { minSyncPeriod: '50ms' },
  healthzBindAddress: '127.0.0.1:10256',
  metricsBindAddress: '127.0.0.1:10249',
});

const networkConfiguration = {
  cniVersion: '0.4.0',
  name: 'bulkhead',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: { type: 'host-local', dataDir: '/run/bulkhead/ipam', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

/** Environment of inner.sh. */
export const nodeEnvironment = ({ run, logs, containerd }: NodeLayout, binDir: string): Record<string, string> => ({
  RUN: run,
  LOGS: logs,
  BIN: binDir,
  CONTAINERD: containerd,
  SOCKET: socket,
  SERVICE_RANGE: serviceRange,
  NODE: process.execPath,
});

// Command lines of the control plane, the same for a whole node and for a control plane alone.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

export const serviceRange = '10.96.0.0/16';
export const podRange = '10.244.0.0/24';

export interface ControlPlaneLayout {
  /** Address and port on which the API server listens and is reached. */
  address: string;
  port: number;
  etcdPort: number;
  etcdPeerPort: number;
  /** Directory of keys and certificates. */
  pki: string;
  /** Directory of etcd's data. */
  etcd: string;
  auditLog: string;
  auditPolicy: string;
}

/** Every request once, when it is answered, without bodies: enough to count writes and to see who made them. */
export const writeAuditPolicy = (file: string) =>
  writeFile(
    file,
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }),
  );

export function etcdFlags({ etcd, etcdPort, etcdPeerPort }: ControlPlaneLayout): string[] {
  const client = `http://127.0.0.1:${etcdPort}`;
  return [
    `--data-dir=${etcd}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
    '--unsafe-no-fsync', // its data need not outlive the machine
    '--log-level=warn',
  ];
}

export function apiServerFlags({ address, port, etcdPort, pki, auditLog, auditPolicy }: ControlPlaneLayout): string[] {
  const key = (name: string) => path.join(pki, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--client-ca-file=${key('ca.crt')}`,
    `--tls-cert-file=${key('apiserver.crt')}`,
    `--tls-private-key-file=${key('apiserver.key')}`,
    `--kubelet-client-certificate=${key('kubelet-client.crt')}`,
    `--kubelet-client-key=${key('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key('service-accounts.pub')}`,
    `--service-account-signing-key-file=${key('service-accounts.key')}`,
    `--requestheader-client-ca-file=${key('ca.crt')}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${key('front-proxy.crt')}`,
    `--proxy-client-key-file=${key('front-proxy.key')}`,
    `--audit-log-path=${auditLog}`,
    `--audit-policy-file=${auditPolicy}`,
    '--audit-log-maxsize=10000', // megabytes: a reader that follows the file should not meet a rotation
  ];
}

export function controllerManagerFlags({ pki }: ControlPlaneLayout): string[] {
  const key = (name: string) => path.join(pki, name);
  return [
    ...clientFlags(key('controller-manager.kubeconfig')),
    '--use-service-account-credentials',
    `--service-account-private-key-file=${key('service-accounts.key')}`,
    `--root-ca-file=${key('ca.crt')}`,
    `--cluster-signing-cert-file=${key('ca.crt')}`,
    `--cluster-signing-key-file=${key('ca.key')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--leader-elect=false',
  ];
}

export const schedulerFlags = ({ pki }: ControlPlaneLayout): string[] => [
  ...clientFlags(path.join(pki, 'scheduler.kubeconfig')),
  '--leader-elect=false',
];

const clientFlags = (kubeconfig: string) => [
  `--kubeconfig=${kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
];

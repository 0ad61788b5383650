// Where one embedded node keeps things and how it is reached; all of it follows from its name.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { stateDirectory } from '../directories.ts';
import type { ControlPlaneLayout } from './flags.ts';

export const nodeName = 'bulkhead-node';

export interface NodeLayout extends ControlPlaneLayout {
  name: string;
  state: string;
  server: string;
  kubeconfig: string;
  /** Address of this machine on the link to the node. */
  hostAddress: string;
  /** Configuration and process ids; made anew at every start. */
  run: string;
  logs: string;
  /** Directories that stand for a parallel file system or an NFS server, at the same path on the node. */
  exports: string;
  /** Dynamically provisioned volumes. */
  volumes: string;
  containerd: string;
}

/** @param name also that of its network namespace, link and cgroup, so that several nodes can stand side by side
 * @throws Error when it cannot be such a name */
export function nodeLayout(name: string): NodeLayout {
  if (!/^[a-z][a-z0-9-]{0,11}$/.test(name))
    throw new Error(`--name ${name}: at most 12 lower-case letters, digits and dashes, a letter first`);
  const state = stateDirectory(name);
  const inState = (below: string) => path.join(state, below);
  const subnet = createHash('sha256').update(name).digest().readUInt16BE(0) & 0x3fff; // a /30 of 10.250.0.0/16
  const address = (host: number) => `10.250.${subnet >> 6}.${(subnet & 63) * 4 + host}`;
  return {
    name,
    state,
    address: address(2),
    hostAddress: address(1),
    port: 6443,
    etcdPort: 2379,
    etcdPeerPort: 2380,
    server: `https://${address(2)}:6443`,
    pki: inState('pki'),
    kubeconfig: inState('pki/admin.kubeconfig'),
    etcd: '/run/bulkhead/etcd', // memory, inside the node
    auditLog: inState('audit.log'),
    auditPolicy: inState('run/audit-policy.json'),
    run: inState('run'),
    logs: inState('logs'),
    exports: inState('exports'),
    volumes: inState('volumes'),
    containerd: inState('containerd'),
  };
}

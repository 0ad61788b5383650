// What stands outside every lab, for positive controls: a pod that no policy walls in, one with a hostile image, and one that is root on the
// node. The last is the staff of the facility, and stands in for services that a lab must not reach and that this node has not.
import { Namespaces, type Pod, Pods, ServiceAccounts } from '../../../src/kube/kind.ts';
import { hostile, toolbox } from '../../cluster/images/catalogue.ts';
import { until } from '../../demo/until.ts';
import type { Facility } from '../../e2e/facility.ts';

const namespace = 'outside';
type Spec = NonNullable<Pod['spec']>;

/** Addresses that the node answers on behalf of others. */
export const standIns = { metadata: '169.254.169.254', internet: '203.0.113.10', archive: '203.0.113.20' };

export interface Outside {
  /** Runs a program in one of the pods and returns what it prints. */
  run(pod: 'plain' | 'hostile' | 'root', command: string[]): Promise<string>;
  /** Runs a script as root; the backends are at /backends. */
  staff(script: string, args?: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** @param hostPaths directories of the node by backend
 * @param uid under which the hostile image runs outside, as it would inside a lab */
export async function makeOutside({ site, cluster }: Facility, hostPaths: Record<string, string>, uid: number): Promise<Outside> {
  const { client } = site;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await client.patch(Namespaces, { name: namespace }, { type: 'apply', body });
  await until('the default service account', () => client.get(ServiceAccounts, 'default', namespace), { timeoutMs: 30_000 });
  const node = cluster.nodeAddress;
  const places = [
    ...['22', '111', '2049', '2379', '10256'].map((port) => `tcp:${node}:${port}`),
    ...[`udp:${node}:111`, `udp:${node}:2049`],
    ...[`tcp:${standIns.archive}:443`, `tcp:${standIns.archive}:8443`],
    ...[`tcp:${standIns.metadata}:80`, `tcp:${standIns.internet}:443`, `tcp:${standIns.internet}:53`, `udp:${standIns.internet}:53`],
  ];
  const addresses = Object.values(standIns).map((address) => `ip addr replace ${address}/32 dev lo;`);
  const pods: Record<string, Spec> = {
    plain: { containers: [{ name: 'main', image: toolbox.reference, command: ['sleep', '86400'] }] },
    hostile: {
      securityContext: { runAsUser: uid },
      containers: [{ name: 'main', image: hostile.reference, command: ['sleep', '86400'] }],
    },
    root: {
      hostNetwork: true,
      containers: [
        {
          name: 'main',
          image: toolbox.reference,
          command: ['sh', '-c', `${addresses.join(' ')} exec toolbox listen ${places.join(' ')}`],
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: Object.keys(hostPaths).map((name) => ({ name, mountPath: `/backends/${name}`, mountPropagation: 'Bidirectional' })),
        },
      ],
      volumes: Object.entries(hostPaths).map(([name, path]) => ({ name, hostPath: { path, type: 'DirectoryOrCreate' } })),
    },
  };
  for (const [name, spec] of Object.entries(pods)) {
    if (await client.get(Pods, name, namespace)) continue;
    const metadata = { name, namespace };
    await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { terminationGracePeriodSeconds: 0, ...spec } });
  }
  await until(
    'the pods outside',
    async () => (await client.list(Pods, { namespace })).every(({ status }) => status?.containerStatuses?.every(({ ready }) => ready)),
    { timeoutMs: 60_000 },
  );
  const run = (pod: string, command: string[]) => cluster.kubectl(['exec', '-n', namespace, pod, '--', ...command]);
  return {
    run,
    staff: (script, args = []) => run('root', ['sh', '-euc', script, 'sh', ...args]),
    remove: async () => {
      const undo = Object.values(standIns).map((address) => `ip addr del ${address}/32 dev lo;`);
      await run('root', ['sh', '-c', undo.join(' ')]);
      await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    },
  };
}

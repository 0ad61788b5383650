// What the staff of a facility does on its file server: makes the root directories of labs and puts files there. A privileged pod with the
// directory of the backend stands in for them; Bulkhead itself never does any of this.
import path from 'node:path';
import { Namespaces, Pods, ServiceAccounts } from '../../src/kube/kind.ts';
import type { Site } from './site.ts';
import { until } from './until.ts';

const staffNamespace = 'facility-staff';
const staffPod = 'file-server';

export interface Owner {
  uid: number;
  gid: number;
}

export interface Storage {
  /** Makes the root directory of a lab, mode 2770; what is above it belongs to root. */
  makeRoot(root: string, owner: Owner): Promise<void>;
  /** Writes a file with mode 0640, and the directories that it needs below the root. */
  writeFile(file: string, content: Uint8Array, owner: Owner): Promise<void>;
  /** Path, mode, owner and checksum of everything below a directory, one line each: equal exactly when nothing changed. */
  inventory(directory: string): Promise<string>;
  /** Files below a directory, relative to it. */
  files(directory: string): Promise<string[]>;
}

/** @param root directory on the node under which all storage roots lie
 * @param image any image with a shell and the usual small programs */
export async function openStorage(site: Site, root: string, image: string): Promise<Storage> {
  await startStaff(site, root, image);
  const shell = (script: string, args: string[], input?: Uint8Array) =>
    site.cluster.kubectl(['exec', '-i', '-n', staffNamespace, staffPod, '--', 'sh', '-euc', script, 'sh', ...args], { input: input ?? '' });
  const at = (file: string) => path.posix.join('/backend', file);
  return {
    makeRoot: async (directory, { uid, gid }) => {
      await shell('mkdir -p -m 0755 "$(dirname "$1")"; mkdir -p "$1"; chown "$2" "$1"; chmod 2770 "$1"', [at(directory), `${uid}:${gid}`]);
    },
    writeFile: async (file, content, { uid, gid }) => {
      const script = 'd=$(dirname "$1"); mkdir -p "$d"; cat > "$1"; chown "$2" "$d" "$1"; chmod 2750 "$d"; chmod 0640 "$1"';
      await shell(script, [at(file), `${uid}:${gid}`], content);
    },
    inventory: (directory) =>
      shell('cd "$1"; find . -exec stat -c "%n %a %u:%g" {} + | sort; find . -type f -exec sha256sum {} + | sort', [at(directory)]),
    files: async (directory) => (await shell('cd "$1"; find . -type f | sort', [at(directory)])).split('\n').filter(Boolean),
  };
}

async function startStaff(site: Site, root: string, image: string): Promise<void> {
  const { client } = site;
  await client.patch(
    Namespaces,
    { name: staffNamespace },
    { type: 'apply', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: staffNamespace } } },
  );
  if (!(await client.get(Pods, staffPod, staffNamespace))) {
    await until('the default service account', () => client.get(ServiceAccounts, 'default', staffNamespace), { timeoutMs: 30_000 });
    await client.create(Pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: staffPod, namespace: staffNamespace },
      spec: {
        containers: [
          {
            name: 'shell',
            image,
            command: ['sh', '-c', 'while :; do sleep 3600; done'],
            securityContext: { runAsUser: 0, runAsGroup: 0 },
            volumeMounts: [{ name: 'backend', mountPath: '/backend' }],
          },
        ],
        volumes: [{ name: 'backend', hostPath: { path: root, type: 'DirectoryOrCreate' } }],
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
      },
    });
  }
  await until(
    'the pod of the facility staff',
    async () => (await client.get(Pods, staffPod, staffNamespace))?.status?.phase === 'Running',
    { timeoutMs: 120_000 },
  );
}

/** Takes the stand-in away; the files stay. */
export async function closeStorage({ client }: Site): Promise<void> {
  const pod = await client.get(Pods, staffPod, staffNamespace);
  if (pod) await client.delete(Pods, pod);
}

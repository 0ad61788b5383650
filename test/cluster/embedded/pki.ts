// Identities of a cluster's parts: certificates (pki.sh) and a self-contained kubeconfig for each client.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../command.ts';
import { requirePackages } from '../requirements.ts';

const clients = ['admin', 'kubelet', 'controller-manager', 'scheduler', 'proxy', 'netpol'];

/** Makes keys, certificates and `<client>.kubeconfig` in a directory that nobody else may read. */
export async function makeIdentities(directory: string, server: string, addresses: string[]): Promise<void> {
  await requirePackages(['openssl']);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await run(path.join(import.meta.dirname, 'pki.sh'), [directory, ...addresses]);
  const base64 = async (file: string) => (await readFile(path.join(directory, file))).toString('base64');
  for (const client of clients) {
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bulkhead-test', cluster: { server, 'certificate-authority-data': await base64('ca.crt') } }],
      users: [
        {
          name: client,
          user: { 'client-certificate-data': await base64(`${client}.crt`), 'client-key-data': await base64(`${client}.key`) },
        },
      ],
      contexts: [{ name: 'bulkhead-test', context: { cluster: 'bulkhead-test', user: client } }],
      'current-context': 'bulkhead-test',
    };
    await writeFile(path.join(directory, `${client}.kubeconfig`), JSON.stringify(kubeconfig), { mode: 0o600 }); // JSON is YAML
  }
}

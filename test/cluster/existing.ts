// A cluster that somebody else made and that we only use. Its nodes must be able to get the images by themselves.
import { run } from './command.ts';
import { say } from './progress.ts';
import type { Provider } from './provider.ts';

export function existingProvider(kubeconfig: string): Provider {
  const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', kubeconfig, ...args]);
  return {
    name: 'existing',
    up: async () => {
      const address = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
      return {
        kubeconfig,
        nodeAddress: await kubectl('get', 'nodes', '-o', `jsonpath=${address}`),
        auditLog: undefined,
        exportsDir: undefined,
      };
    },
    down: async () => say(`the cluster of ${kubeconfig} is not ours to stop`),
    status: async () =>
      kubectl('version').then(
        () => ({ running: true, text: `the cluster of ${kubeconfig} answers` }),
        (error: Error) => ({ running: false, text: `the cluster of ${kubeconfig} does not answer: ${error.message}` }),
      ),
    loadImages: async (images) =>
      say(`the nodes of ${kubeconfig} must have or be able to pull: ${images.map(({ reference }) => reference).join(', ')}`),
  };
}

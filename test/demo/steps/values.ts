// Values of the chart for the cluster at hand, on top of those of the example: image, backend, who may reach ports.
import { createSocket } from 'node:dgram';
import path from 'node:path';
import type { Cluster } from '../../cluster/cluster.ts';
import { operator, toolbox } from '../../cluster/images/catalogue.ts';

/** Only what the story needs to say. */
export interface ChartValues {
  image: object;
  config: { storage: { backends: object[] }; network: object };
}

export interface Ground {
  values: ChartValues;
  /** Directory on the node under which all storage roots of the backend "facility" lie. */
  storageRoot: string;
  /** Image with a shell for the staff of the facility. */
  staffImage: string;
}

/** On somebody else's cluster the backend is a directory of a node, for there is nothing else that we could know of. */
export async function groundOf(cluster: Cluster): Promise<Ground> {
  const storageRoot = path.join(cluster.exportsDir ?? '/var/lib/bulkhead-demo', 'labs');
  const [repository, tag] = operator.reference.split(':');
  // Only the embedded node has a stand-in for an NFS client.
  const backend =
    cluster.provider === 'embedded' ? { type: 'nfs', server: 'files.uni.example', path: '/labs' } : { type: 'hostPath', path: storageRoot };
  return {
    storageRoot,
    staffImage: cluster.provider === 'existing' ? 'docker.io/library/busybox:1' : toolbox.reference,
    values: {
      image: { repository, tag, pullPolicy: 'IfNotPresent' },
      config: {
        storage: { backends: [{ name: 'facility', ...backend }] },
        network: { exposedTo: [`${await addressTowards(cluster.nodeAddress)}/32`] },
      },
    },
  };
}

/** Our own address on the way to another one. Sends nothing: connecting a datagram socket only chooses the route. */
async function addressTowards(remote: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(9, remote, () => resolve());
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

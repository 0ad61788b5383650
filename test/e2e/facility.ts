// The example facility on a node of its own, for the end-to-end tests: brought up once for all of them, by the same steps that the demo shows.
import { type Cluster, ensureCluster } from '../cluster/cluster.ts';
import { say } from '../cluster/progress.ts';
import { chooseProvider } from '../cluster/provider.ts';
import type { Display } from '../demo/ready.ts';
import { openSite, type Site } from '../demo/site.ts';
import { applyWave, importSession, makeRoots } from '../demo/steps/facility.ts';
import { installChart } from '../demo/steps/install.ts';
import { type ChartValues, groundOf } from '../demo/steps/values.ts';
import { openStorage, type Storage } from '../demo/storage.ts';

const clusterName = 'e2e';
/** A second backend, without any lab, for attacks with directories of the node. */
export const localBackend = '/srv/local';
const display: Display = { became: say, waiting: () => undefined };

export interface Facility {
  cluster: Cluster;
  site: Site;
  storage: Storage;
  close(): Promise<void>;
}

/** The facility that `setup.ts` brought up. */
export async function standingFacility(): Promise<Facility> {
  const cluster = await ensureCluster(clusterName);
  const site = openSite(cluster);
  const ground = await groundOf(cluster);
  return { cluster, site, storage: await openStorage(site, ground.storageRoot, ground.staffImage), close: () => site.close() };
}

/** From nothing to every object Ready. A cluster that an earlier run left behind is taken down first, so that nothing old is found. */
export async function bringUp(): Promise<void> {
  await takeDown();
  const cluster = await ensureCluster(clusterName);
  await cluster.loadImages();
  const { values } = await groundOf(cluster);
  const site = openSite(cluster);
  try {
    await installChart(site, withLocalBackend(values));
  } finally {
    await site.close();
  }
  const facility = await standingFacility();
  try {
    await applyWave(facility.site, 'labs', display);
    await makeRoots(facility.site, facility.storage);
    await importSession(facility.site, facility.storage);
    await applyWave(facility.site, 'instances', display);
  } finally {
    await facility.close();
  }
}

export function withLocalBackend(values: ChartValues): ChartValues {
  const { config } = values;
  const backends = [...config.storage.backends, { name: 'local', type: 'hostPath', path: localBackend }];
  return { ...values, config: { ...config, storage: { backends } } };
}

export const takeDown = async (): Promise<void> => (await chooseProvider(clusterName)).down();

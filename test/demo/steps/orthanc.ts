// Lab jones' imaging server: an image goes in through its node port and is found again in its database and in its archive, also by the
// next pod.
import { ProcessingInstances } from '../../../src/api/kinds.ts';
import { instanceLabel, type Part, partLabel } from '../../../src/api/labels.ts';
import { Pods } from '../../../src/kube/kind.ts';
import { dicomImage } from '../../samples/dicom.ts';
import type { Site } from '../site.ts';
import type { Storage } from '../storage.ts';
import { until } from '../until.ts';

const namespace = 'lab-jones';
const instance = 'orthanc';
const archive = 'labs/jones/archive/orthanc';
export const patientId = 'BULKHEAD-0512';

/** Base URL of the web port on a node. */
export async function webAddress(site: Site): Promise<string> {
  const found = await site.client.get(ProcessingInstances, instance, namespace);
  const port = found?.status?.endpoints?.find(({ name }) => name === 'web')?.port;
  if (port === undefined) throw new Error('orthanc has no port "web" in its status');
  return `http://${site.cluster.nodeAddress}:${port}`;
}

/** Orthanc's id of the uploaded image. */
export async function upload(site: Site): Promise<string> {
  const body = dicomImage({ patientId, patientName: 'Sample^Demo', uidRoot: '2.25.20260512', size: 64 });
  const response = await fetch(`${await webAddress(site)}/instances`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/dicom' },
  });
  if (!response.ok) throw new Error(`orthanc answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { ID: string }).ID;
}

export interface Found {
  /** Through the web port: the id of the patient in the stored image. */
  patient: string;
  /** Rows of the table `resources` in the PostgreSQL of the instance: patient, study, series and image. */
  rows: number;
  /** Files of the archive on the file server. */
  files: string[];
}

/** Where the image can be found now. */
export async function find(site: Site, storage: Storage, imageId: string): Promise<Found> {
  const response = await fetch(`${await webAddress(site)}/instances/${imageId}/simplified-tags`);
  if (!response.ok) throw new Error(`orthanc answered ${response.status}: ${await response.text()}`);
  const sql = 'psql -h /var/run/postgresql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -tAc "select count(*) from resources"';
  const rows = await site.cluster.kubectl(['exec', '-n', namespace, await podName(site, 'database'), '--', 'sh', '-euc', sql]);
  return {
    patient: ((await response.json()) as { PatientID: string }).PatientID,
    rows: Number(rows.trim()),
    files: await storage.files(archive),
  };
}

/** Deletes the pod of the server and waits for another one that answers. */
export async function replacePod(site: Site): Promise<void> {
  const pod = await site.client.get(Pods, await podName(site, 'component'), namespace);
  if (!pod) throw new Error('the pod of orthanc is gone already');
  await site.client.delete(Pods, pod, { gracePeriodSeconds: 5 });
  await until(
    'the next pod of orthanc to answer',
    async () => {
      const pods = await componentPods(site);
      if (pods.length !== 1 || pods[0]?.metadata.uid === pod.metadata.uid) return false;
      return (await fetch(`${await webAddress(site)}/system`, { signal: AbortSignal.timeout(2_000) })).ok;
    },
    { timeoutMs: 90_000 },
  );
}

const podsOf = (site: Site, part: Part) =>
  site.client.list(Pods, { namespace, labelSelector: `${instanceLabel}=${instance},${partLabel}=${part}` });
const componentPods = (site: Site) => podsOf(site, 'component');

async function podName(site: Site, part: Part): Promise<string> {
  const [pod] = await podsOf(site, part);
  if (!pod) throw new Error(`orthanc has no pod of part ${part}`);
  return pod.metadata.name;
}

// Two labs that mean each other no good, for attacks that only a real node can show: each with an application and its database, and a workspace
// that holds the whole of its own directories. The neighbour grants one directory of each kind of backend to the attacker.
import {
  apiVersion,
  type DataGrant,
  DataGrants,
  type Lab,
  Labs,
  type ProcessingInstance,
  ProcessingInstances,
} from '../../../src/api/kinds.ts';
import { instanceLabel, type Part, partLabel } from '../../../src/api/labels.ts';
import { databaseName, namespaceOf, operatorNamespaceDefault, serviceName } from '../../../src/api/names.ts';
import type { DataMount } from '../../../src/api/processinginstance.ts';
import { type Pod, Pods, Services } from '../../../src/kube/kind.ts';
import { hostile } from '../../cluster/images/catalogue.ts';
import { waitUntilReady } from '../../demo/ready.ts';
import { applyObjects, identityOf } from '../../demo/steps/facility.ts';
import { groundOf } from '../../demo/steps/values.ts';
import { until } from '../../demo/until.ts';
import { type Facility, localBackend } from '../../e2e/facility.ts';
import { application, attacker, given, memberOf, neighbour, roots, served, workspace } from './cast.ts';
import { runAs } from './job.ts';
import { grantedLinks, linked, linkedData, plantLinks } from './links.ts';
import { makeOutside, type Outside, standIns } from './outside.ts';
import { plant, plantAsRoot, unplantAsRoot } from './planted.ts';

const quiet = { became: () => undefined, waiting: () => undefined };

export interface LabOnStage {
  uid: number;
  gid: number;
  /** Addresses of its application, of that one's database, and their Services; the port of the application is a node port, too. */
  web: { pod: string; service: string; name: string; port: number };
  database: { pod: string; service: string; name: string };
  /** Directories of its roots as the node sees them, by root. */
  directories: Record<string, string>;
}

export interface Stage {
  facility: Facility;
  attacker: LabOnStage;
  neighbour: LabOnStage;
  outside: Outside;
  apiServer: { service: string; address: string };
  /** Where DNS answers as a Service, and the pod behind it. */
  dns: { service: string; pod: string };
  /** Address of a running operator, if one runs. */
  operator(): Promise<string | undefined>;
  /** Everything that the neighbour has on either backend, with all that tells whether somebody touched it. */
  inventory(): Promise<string>;
}

const lab = (name: string): Lab => ({
  apiVersion,
  kind: 'Lab',
  metadata: { name },
  spec: {
    members: [{ user: memberOf(name), roles: ['full-read-write'] }],
    storage: roots.map(({ root, backend }) => ({ name: root, backend, path: `labs/${name}` })),
    quota: { cpu: '8', memory: '16Gi', storage: '10Gi' },
    ...(name === neighbour && { network: { egress: [{ cidr: `${standIns.archive}/32`, ports: [443] }] } }),
  },
});

const app = (labName: string): ProcessingInstance => ({
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name: application, namespace: namespaceOf(labName) },
  spec: served,
});

const workspaceOf = (labName: string, name: string, data: DataMount[]): ProcessingInstance => ({
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name, namespace: namespaceOf(labName) },
  spec: { data },
});
const wholeRoots = roots.map(({ root }): DataMount => ({ volume: root, mountPath: `/${root}`, mode: 'ReadWrite' }));

const grantOf = (name: string, volume: string, paths: string[]): DataGrant => ({
  apiVersion,
  kind: 'DataGrant',
  metadata: { name, namespace: namespaceOf(neighbour) },
  spec: { volume, paths, subjects: [{ kind: 'Lab', name: attacker }], expiresAt: '2031-01-01T00:00:00Z' },
});

/** Makes everything and waits until it is Ready. */
export async function makeStage(facility: Facility): Promise<Stage> {
  const { site, cluster } = facility;
  await cluster.loadImages([hostile]);
  await applyObjects(site, [attacker, neighbour].map(lab));
  await ready(
    facility,
    [attacker, neighbour].map((name) => ({ kind: Labs, name })),
  );
  const { storageRoot } = await groundOf(cluster);
  const hostPaths: Record<string, string> = { facility: storageRoot, local: localBackend };
  const outside = await makeOutside(facility, hostPaths, (await identityOf(site, attacker)).uid);
  for (const name of [attacker, neighbour]) {
    const { uid, gid } = await identityOf(site, name);
    for (const { backend } of roots) {
      // An earlier stage may have left files: they belong to ids that nobody gets again.
      const script =
        'umount "$1/shared/session/nested" 2> /dev/null || :; rm -rf "$1"; mkdir -p -m 0755 "$(dirname "$1")"; mkdir -p "$1"; chown "$2" "$1"; chmod 2770 "$1"';
      await outside.staff(script, [`/backends/${backend}/labs/${name}`, `${uid}:${gid}`]);
    }
  }
  const grants = roots.map(({ root, grant }) => grantOf(grant, root, [given, ...grantedLinks.map((name) => `links/${name}`)]));
  const received = roots.map(({ grant, granted }): DataMount => ({ from: { lab: neighbour, grant }, path: given, mountPath: granted }));
  const instances = [
    ...[attacker, neighbour].map(app),
    workspaceOf(attacker, workspace, [...wholeRoots, ...received]),
    workspaceOf(neighbour, workspace, wholeRoots),
    workspaceOf(attacker, linked, linkedData),
  ];
  await applyObjects(site, [...grants, ...instances]);
  await ready(facility, [
    ...grants.map(({ metadata: { name, namespace } }) => ({ kind: DataGrants, name, namespace })),
    ...instances.map(({ metadata: { name, namespace } }) => ({ kind: ProcessingInstances, name, namespace })),
  ]);
  const stage: Stage = {
    facility,
    outside,
    attacker: await onStage(facility, attacker, hostPaths),
    neighbour: await onStage(facility, neighbour, hostPaths),
    apiServer: {
      service: `${await serviceAddress(facility, 'default', 'kubernetes')}:443`,
      address: new URL(JSON.parse(await cluster.kubectl(['config', 'view', '-o', 'json'])).clusters[0].cluster.server).host,
    },
    dns: {
      service: await serviceAddress(facility, 'kube-system', 'kube-dns'),
      pod: await podAddress(facility, 'kube-system', 'k8s-app=kube-dns'),
    },
    operator: async () => (await facility.site.client.list(Pods, { namespace: operatorNamespaceDefault })).find(isRunning)?.status?.podIP,
    inventory: () => {
      const seen =
        'find . -name nested -prune -o -exec stat -c "%n %i %a %u:%g %s %Y" {} + | sort; find . -name nested -prune -o -type f -exec sha256sum {} + | sort';
      return outside.staff(
        `for backend in ${roots.map(({ backend }) => backend).join(' ')}; do cd /backends/$backend/labs/${neighbour}; ${seen}; done`,
      );
    },
  };
  // The neighbour first: a Job of the attacker mounts what it grants, and where that is missing on a directory of the node the kubelet makes it, as root.
  for (const { root } of roots) {
    const script = `${plant(stage.neighbour.directories[root]!)}\n${plantLinks(neighbour, root, stage)}`;
    await runAs(facility, { lab: neighbour, instance: workspace, command: ['sh', '-euc', script, 'sh', `/${root}`] });
  }
  for (const { backend } of roots) await outside.staff(plantAsRoot, [`/backends/${backend}/labs/${neighbour}`]);
  const links = roots.map(({ root }) => plantLinks(attacker, root, stage));
  await runAs(facility, { lab: attacker, instance: workspace, command: ['sh', '-euc', links.join('\n')] });
  return stage;
}

const ready = ({ site }: Facility, awaited: Parameters<typeof waitUntilReady>[1]) => waitUntilReady(site, awaited, quiet, 300_000);

async function onStage(facility: Facility, name: string, hostPaths: Record<string, string>): Promise<LabOnStage> {
  const namespace = namespaceOf(name);
  const instance = await facility.site.client.get(ProcessingInstances, application, namespace);
  const part = (part: Part) => podAddress(facility, namespace, `${instanceLabel}=${application},${partLabel}=${part}`);
  const database = databaseName(application);
  return {
    ...(await identityOf(facility.site, name)),
    web: {
      pod: await part('component'),
      service: await serviceAddress(facility, namespace, serviceName(application)),
      name: `${serviceName(application)}.${namespace}.svc.cluster.local`,
      port: instance!.status!.ports!.base,
    },
    database: {
      pod: await part('database'),
      service: await serviceAddress(facility, namespace, database),
      name: `${database}.${namespace}.svc.cluster.local`,
    },
    directories: Object.fromEntries(roots.map(({ root, backend }) => [root, `${hostPaths[backend]}/labs/${name}`])),
  };
}

const serviceAddress = async ({ site }: Facility, namespace: string, name: string) =>
  (await site.client.get(Services, name, namespace))?.spec?.clusterIP ?? '';

const podAddress = async ({ site }: Facility, namespace: string, labelSelector: string) =>
  until(
    `an address of a pod in ${namespace}`,
    async () => (await site.client.list(Pods, { namespace, labelSelector })).find(isRunning)?.status?.podIP,
    { timeoutMs: 60_000 },
  );
const isRunning = ({ metadata, status }: Pod) => status?.phase === 'Running' && !metadata.deletionTimestamp;

/** Takes labs and everything in them away; their files stay, as always. */
export async function removeStage({ facility, outside }: Stage): Promise<void> {
  const { client } = facility.site;
  const labs = [attacker, neighbour];
  for (const name of labs) {
    const found = await client.get(Labs, name);
    if (found) await client.delete(Labs, found);
  }
  for (const { backend } of roots) await outside.staff(unplantAsRoot, [`/backends/${backend}/labs/${neighbour}`]);
  await outside.remove();
  await until('the labs to be gone', async () => (await Promise.all(labs.map((name) => client.get(Labs, name)))).every((found) => !found), {
    timeoutMs: 120_000,
  });
}

// The story of the demo, chapter by chapter; the steps are in steps/.
import path from 'node:path';
import type { Outcome } from '../../src/verify/attack.ts';
import { type Cluster, defaultName } from '../cluster/cluster.ts';
import { projectDirectory } from '../cluster/directories.ts';
import { bold, chapter, command, dim, display, done, green, indented, print, red, timed } from './narrator.ts';
import { openSite, type Site } from './site.ts';
import { applyWave, importSession, makeRoots, trueDrift } from './steps/facility.ts';
import { installChart, operatorReplicas, scaleOperator } from './steps/install.ts';
import { find, patientId, replacePod, upload, webAddress } from './steps/orthanc.ts';
import { overview } from './steps/overview.ts';
import { member, recoverDrift, relionImage } from './steps/relion.ts';
import { groundOf } from './steps/values.ts';
import { tryTheWalls } from './steps/walls.ts';
import { closeStorage, openStorage, type Storage } from './storage.ts';

/** Tells it on a cluster that runs.
 * @returns whether everything came out as it should */
export async function tell(cluster: Cluster, name: string): Promise<boolean> {
  const began = Date.now();
  const site = openSite(cluster);
  try {
    const storage = await bringUp(site);
    const drift = await showRelion(site);
    const kept = await showOrthanc(site, storage);
    const walls = await showWalls(site);
    print(`\n${bold(`Done in ${Math.round((Date.now() - began) / 1000)} s.`)} Everything is left running. To look around:`);
    indented(lookAround(cluster, name));
    return drift && kept && walls;
  } finally {
    await closeStorage(site);
    await site.close();
  }
}

async function bringUp(site: Site): Promise<Storage> {
  chapter('Bulkhead', 'One chart: the kinds, the admission policies that are the walls, and an operator with two replicas.');
  const ground = await groundOf(site.cluster);
  await site.cluster.loadImages();
  command(
    'helm upgrade --install bulkhead charts/bulkhead -n bulkhead-system --create-namespace -f examples/cryo-facility/values.yaml --wait',
  );
  await timed('the operator is ready', () => installChart(site, ground.values));

  chapter('Three labs', 'Each gets a namespace, a numeric identity, storage, quota, network policies; people are let in last.');
  command('kubectl apply -f examples/cryo-facility/labs/');
  await applyWave(site, 'labs', display);

  chapter(
    'Their data',
    'What the staff of a facility does on its file server: a directory for each storage root, and a raw session of the microscope.',
  );
  const storage = await timed('a shell on the file server', () => openStorage(site, ground.storageRoot, ground.staffImage));
  await timed('directories belong to the labs', () => makeRoots(site, storage));
  await timed('two movies of the microscope are in microscopy/raw/sessions/krios-0512', () => importSession(site, storage));

  chapter(
    'A grant, a workspace and an imaging server',
    'The core lets lab smith read one session; smith asks for it; jones runs Orthanc with a database of its own.',
  );
  command('kubectl apply -f examples/cryo-facility/instances/');
  await applyWave(site, 'instances', display);

  chapter('What stands', 'Labs, instances with the ports that are theirs alone, grants.');
  print(await overview(site));
  return storage;
}

/** RELION's progress bars, and its complaint that without Ghostscript there is no PDF report. */
const chatter = /~~\(|\bgs\b|pdf/i;

async function showRelion(site: Site): Promise<boolean> {
  chapter(
    'RELION in lab smith',
    `${member}, a member, corrects the motion of the granted movies. The session is mounted read-only; results go into the project.`,
  );
  command(
    `kubectl bulkhead run -n lab-smith --as-instance relion --image ${relionImage} --deadline 10m -- sh -c 'relion_import … && relion_run_motioncorr …'`,
  );
  const recovered = await timed('the Job ended and its result was read by another one', () =>
    recoverDrift(site, (line) => {
      if (!chatter.test(line)) print(dim(`   ${line.slice(0, 140)}`));
    }),
  );
  for (const { movie, shifts, error } of recovered) {
    const last = shifts.at(-1);
    const truth = [trueDrift.x, trueDrift.y].map((drift) => (-drift * ((last?.frame ?? 1) - 1)).toFixed(2)).join(', ');
    done(
      `${movie}: frame ${last?.frame} is moved back by (${last?.x.toFixed(2)}, ${last?.y.toFixed(2)}); the truth is (${truth}); largest error ${error.toFixed(2)} pixels`,
    );
  }
  return recovered.every(({ error }) => error < 0.5);
}

async function showOrthanc(site: Site, storage: Storage): Promise<boolean> {
  const address = await webAddress(site);
  chapter('Orthanc in lab jones', 'A DICOM image goes in through a node port and is still there when its pod is gone.');
  command(`curl -X POST --data-binary @image.dcm ${address}/instances`);
  const id = await timed(`the image of patient ${patientId} is stored`, () => upload(site));
  const before = await find(site, storage, id);
  done(`found: ${before.rows} rows in its PostgreSQL, ${before.files.length} file in labs/jones/archive/orthanc`);
  await timed('the pod was deleted and another one answers', () => replacePod(site));
  const after = await find(site, storage, id);
  done(`found again: patient ${after.patient}, ${after.rows} rows, ${after.files.length} file`);
  return after.patient === patientId && after.rows === before.rows && after.files.length === before.files.length;
}

async function showWalls(site: Site): Promise<boolean> {
  chapter('The walls', 'Attacks on lab smith by the administrator of the cluster, each beside a twin that differs in nothing else.');
  const standing = await tryTheWalls(site, (outcome) => show(outcome, words(outcome.said.attack)));
  chapter('The walls without the operator', 'The same, with the operator scaled to zero: they are the API server’s, not its.');
  command('kubectl scale -n bulkhead-system deployment/bulkhead --replicas 0');
  await timed('no copy of the operator runs', () => scaleOperator(site, 0));
  try {
    standing.push(...(await tryTheWalls(site, (outcome) => show(outcome))));
  } finally {
    await timed('the operator is back', () => scaleOperator(site, operatorReplicas));
  }
  return standing.every(({ refused, admitted }) => refused && admitted);
}

/** @param why what the API server said to the attack; the second time it says the same */
function show({ attack, refused, admitted, said }: Outcome, why?: string): void {
  print(
    `${refused ? green('refused ') : red('ADMITTED')} ${attack.name}; its twin is ${admitted ? 'admitted' : red(`refused: ${said.twin}`)}`,
  );
  if (refused && why) indented(dim(why));
}

/** The sentence of the policy, without what the API server puts around it. */
const words = (message: string) =>
  message
    .replace(/^\d+ /, '')
    .replace(/^.* denied request: /, '')
    .replace(/^(.{220}).+$/, '$1…');

function lookAround({ kubeconfig, binDirs, provider }: Cluster, name: string): string {
  const suffix = name === defaultName ? '' : ` --name ${name}`;
  const own = provider === 'existing';
  return [
    `export KUBECONFIG='${kubeconfig}' PATH="${[path.join(projectDirectory, 'bin'), ...binDirs].join(':')}:$PATH"`,
    'kubectl get labs,pi,dg -A',
    `kubectl bulkhead run -n lab-smith --as-instance relion --image ${relionImage} -- ls -l /data/raw/krios-0512`,
    'kubectl explain lab.spec',
    '',
    own
      ? 'To remove it: delete the instances, grants and labs, then helm uninstall -n bulkhead-system bulkhead'
      : `To remove it all:  npm run cluster -- down${suffix}`,
  ].join('\n');
}

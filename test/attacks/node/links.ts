// Directories that a lab replaces by links after admission listed them: the kubelet must resolve them inside the volume, or not at all.
// Own ones of the attacker lead to the neighbour; granted ones, planted by the neighbour, lead to the node and to the attacker.
import { namespaceOf } from '../../../src/api/names.ts';
import type { DataMount } from '../../../src/api/processinginstance.ts';
import { until } from '../../demo/until.ts';
import { attacker, neighbour, roots, workspace } from './cast.ts';
import { type Fate, runApart, startJob } from './job.ts';
import type { Row } from './nodeattack.ts';
import type { LabOnStage, Stage } from './stage.ts';

/** Workspace of the attacker that mounts every link. */
export const linked = 'links';
const raced = 'raced';
/** Names below `links`, the directory of each that is a link, and what somebody sees who is let in. */
const names = ['plain', 'inside', 'etc', 'absolute', 'upwards'];
const seen: Record<string, string> = { plain: 'plain.txt', inside: 'secret.txt' };
export const grantedLinks = [...names, 'missing'];

export const linkedData: DataMount[] = roots.flatMap(({ root, grant }) => [
  ...[...names, raced].map(
    (name): DataMount => ({ volume: root, path: `links/${name}`, mountPath: `/own-${root}-${name}`, mode: 'ReadWrite' }),
  ),
  ...grantedLinks.map(
    (name): DataMount => ({ from: { lab: neighbour, grant }, path: `links/${name}`, mountPath: `/granted-${root}-${name}` }),
  ),
]);

/** Run by a lab in the workspace that holds its whole roots; can be run again. */
export function plantLinks(lab: string, root: string, stage: Pick<Stage, 'attacker' | 'neighbour'>): string {
  const other = lab === attacker ? neighbour : attacker;
  const victim: LabOnStage = lab === attacker ? stage.neighbour : stage.attacker;
  const targets: Record<string, string> = {
    inside: '../private',
    etc: '/etc',
    absolute: victim.directories[root]!,
    upwards: `../../${other}`,
  };
  const links = Object.entries(targets).map(([name, target]) => `rm -rf ${name}; ln -s ${target} ${name}`);
  return [
    `mkdir -p /${root}/private /${root}/links; cd /${root}/links`,
    'echo secret > ../private/secret.txt',
    'mkdir -p plain; touch plain/plain.txt',
    ...links,
    `rm -rf ${raced} .swapped; mkdir ${raced}; touch ${raced}/mine.txt`,
  ].join('\n');
}

/** `create`: the link leads to a place that does not exist where an NFS volume is mounted. */
const refusedBySubPath = /CreateContainerConfigError: failed to (prepare subPath|create subPath directory)/;

export async function tryLinks({ facility }: Stage): Promise<Row[]> {
  const fates = await runApart(facility, { lab: attacker, instance: linked }, (place) => `ls ${place}`, {
    chosen: (place) => !place.endsWith(raced) && place !== '/tmp',
    times: 1,
    patienceMs: 90_000,
  });
  return linkedData.filter(({ mountPath }) => !mountPath.endsWith(raced)).map((mount) => rowOf(mount, fates));
}

function rowOf({ mountPath, path }: DataMount, fates: Fate[]): Row {
  const [whose, root, name] = mountPath.slice(1).split('-') as [string, string, string];
  const fateOf = (place: string) => fates.find(({ container }) => container === `${place}-0`);
  const text = (fate?: Fate) => fate?.printed ?? fate?.refusal ?? 'nothing';
  const [fate, control] = [text(fateOf(mountPath.slice(1))), text(fateOf(`${whose}-${root}-plain`))];
  // Read-only by the file system, the kubelet cannot make it either; on a directory of the node it does, as root and empty.
  const missing = root === 'projects' ? /CreateContainerConfigError: failed to create subPath directory/ : /^$/;
  const expected = name === 'missing' ? missing : seen[name] ? new RegExp(`^${seen[name]}$`) : refusedBySubPath;
  return {
    category: 'links',
    name: `mounts ${path} of ${whose === 'own' ? 'its own' : 'the granted'} root ${root}, which is ${name}`,
    tried: `mount of ${path}`,
    expected: `${expected}`,
    observed: fate,
    twin: { tried: 'mount of links/plain', expected: 'plain.txt', observed: control },
    stands: expected.test(fate) && control === 'plain.txt',
    residual: (whose === 'granted' && name === 'inside') || (name === 'missing' && root !== 'projects'),
  };
}

export interface Race {
  /** What containers saw that were let in, without repetition. */
  saw: string[];
  /** Containers for which the kubelet met the link and refused. */
  refused: number;
}

/** On both roots a directory and a link to the neighbour change places without end while containers mount it (the shape of CVE-2021-25741). */
export async function race({ facility, neighbour: victim }: Stage): Promise<Race> {
  const namespace = namespaceOf(attacker);
  const { cluster } = facility;
  const swaps = roots.map(({ root }) => `toolbox swap /${root}/links/${raced} ${victim.directories[root]} &`);
  const swapper = await startJob(facility, { lab: attacker, instance: workspace, command: ['sh', '-c', `${swaps.join(' ')} wait`] });
  await until(
    'the directories to change places',
    async () => (await cluster.kubectl(['logs', '-n', namespace, `job/${swapper}`])).split('swapping').length > roots.length,
    {
      timeoutMs: 60_000,
    },
  );
  const chosen = (place: string) => place.endsWith(raced);
  const fates: Fate[] = [];
  const letIn = () => fates.flatMap(({ printed }) => printed ?? []);
  const refused = () => fates.filter(({ refusal = '' }) => refusedBySubPath.test(refusal));
  for (let round = 0; round < 8 && (letIn().length === 0 || refused().length === 0); round++) {
    const run = { lab: attacker, instance: linked };
    fates.push(...(await runApart(facility, run, (place) => `ls ${place}`, { chosen, times: 12, patienceMs: 60_000 })));
  }
  await cluster.kubectl(['delete', 'job', '-n', namespace, swapper]);
  return { saw: [...new Set(letIn())], refused: refused().length };
}

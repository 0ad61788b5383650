// Attacks that only a real node can show: what a running pod of a lab reaches, reads, becomes. All of them twice: with the operator and without.
// Then walls are taken down one after the other, and what each of them stopped must succeed: so it is the walls that these tests test.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseName, namespaceOf } from '../../../src/api/names.ts';
import { Namespaces, NetworkPolicies, type Pod, Pods, Secrets } from '../../../src/kube/kind.ts';
import { operatorReplicas, scaleOperator } from '../../demo/steps/install.ts';
import { until } from '../../demo/until.ts';
import { type Facility, standingFacility } from '../../e2e/facility.ts';
import { application, attacker, memberOf, neighbour, roots, workspace } from './cast.ts';
import { fileAttacks } from './fileattacks.ts';
import { type JobPodSpec, runAs, startJob } from './job.ts';
import { identityAttacks, kernelAttacks } from './kernelattacks.ts';
import { type Race, race, tryLinks } from './links.ts';
import { networkAttacks } from './networkattacks.ts';
import { outcomesIn, type Row, tryOnNode } from './nodeattack.ts';
import { writeRows } from './report.ts';
import { makeStage, removeStage, type Stage } from './stage.ts';
import { networkPoliciesBack, operatorOf, refusalOf, takeNetworkPolicies, withoutPodPolicies } from './takedown.ts';

let facility: Facility;
let stage: Stage;

beforeAll(async () => {
  facility = await standingFacility();
  stage = await makeStage(facility);
});
afterAll(async () => {
  if (facility) await scaleOperator(facility.site, operatorReplicas);
  if (stage) await removeStage(stage);
  await facility?.close();
});

const fallen = (rows: Row[]) => rows.filter(({ stands }) => !stands);

describe.for([operatorReplicas, 0])('with %i copies of the operator', (replicas) => {
  let rows: Row[];
  let [before, after]: string[] = [];
  let raced: Race;

  beforeAll(async () => {
    await scaleOperator(facility.site, replicas);
    before = await stage.inventory();
    const tables = [networkAttacks(stage, await stage.operator()), fileAttacks(stage), identityAttacks(stage), kernelAttacks()];
    rows = await tryOnNode(stage, tables.flat());
    after = await stage.inventory();
    rows.push(...(await tryLinks(stage)));
    raced = await race(stage);
    await writeRows(`operator-${replicas}`, rows);
  });

  test.for(['network', 'names', 'files on facility', 'files on local', 'identity', 'node', 'links'])('%s', (category) => {
    const here = rows.filter((row) => row.category === category);
    expect(here.length).toBeGreaterThan(0);
    expect(fallen(here)).toEqual([]);
  });

  test('leaves every file of the granting lab as it was: content, inode, mode, owner, time', async () => {
    expect(after).toBe(before);
  });

  test('lets nobody through a link that takes the place of a directory while it is mounted', () => {
    expect(raced.saw).toEqual(['mine.txt']); // somebody was let in, to the own directory
    expect(raced.refused).toBeGreaterThan(0); // else the link was never there when it mattered
  });

  test('keeps the Secrets of the lab from its own members', async () => {
    const member = facility.site.as(memberOf(attacker));
    const namespace = namespaceOf(attacker);
    await expect(member.list(Secrets, { namespace })).rejects.toThrow('Forbidden');
    await expect(member.get(Secrets, databaseName(application), namespace)).rejects.toThrow('Forbidden');
    expect((await member.list(Pods, { namespace })).length).toBeGreaterThan(0);
  });
});

describe('with a wall taken down, and no operator to set it up again', { timeout: 600_000 }, () => {
  let policies: number;
  beforeAll(async () => {
    policies = (await facility.site.client.list(NetworkPolicies)).length;
    await scaleOperator(facility.site, 0);
  });
  afterAll(async () => {
    await scaleOperator(facility.site, operatorReplicas);
    await networkPoliciesBack(facility, policies);
  });

  /** A pod with the id of another lab, which Pod Security has nothing against. */
  const foreign: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'attempt', namespace: namespaceOf(attacker) },
    spec: {
      serviceAccountName: workspace,
      securityContext: { runAsUser: 299_999, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'main', image: 'any', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    },
  };
  /** A pod that is root on the node, in the namespace of a lab. */
  const privileged: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'attempt', namespace: namespaceOf(attacker) },
    spec: { containers: [{ name: 'main', image: 'any', securityContext: { privileged: true, runAsUser: 0 } }] },
  };

  test('Pod Security: not even the operator takes its labels off a lab', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': null };
    await expect(
      operatorOf(facility).patch(Namespaces, { name: namespaceOf(attacker) }, { type: 'merge', body: { metadata: { labels } } }),
    ).rejects.toThrow("'bulkhead-namespaces'");
  });

  test('the policies on pods: a Job reads beside what was granted and writes where only they forbade it', async () => {
    await withoutPodPolicies(facility, foreign, async () => {
      expect(await refusalOf(facility, privileged)).toContain('violates PodSecurity');
      const tries = roots.flatMap(({ granted }) => [
        { id: `${granted} read`, do: 'read', on: `${granted}/private/secret.txt` },
        { id: `${granted} write`, do: 'create', on: `${granted}/shared/session/attempt` },
        { id: `${granted} owner`, do: 'read', on: `${granted}/shared/session/owner.txt` },
      ]);
      const job = { lab: attacker, instance: workspace, command: ['toolbox', 'attempts', JSON.stringify(tries)] };
      const widen = (spec: JobPodSpec) => {
        for (const mount of spec.containers[0]!.volumeMounts!) {
          if (!mount.mountPath.startsWith('/granted')) continue;
          delete mount.subPath;
          delete mount.readOnly;
        }
        for (const { persistentVolumeClaim: claim } of spec.volumes!) delete claim?.readOnly;
      };
      const asNeighbour = (spec: JobPodSpec) => {
        widen(spec);
        Object.assign(spec.securityContext!, { runAsUser: stage.neighbour.uid });
      };
      const seen = (output: string) => Object.fromEntries(outcomesIn(output).map((outcome) => [outcome.id, outcome.seen]));
      // NFS is mounted read-only by its own option, a second wall that a directory of the node has not. Modes stand, until somebody takes the uid.
      const wide = {
        '/granted read': 'secret',
        '/granted write': 'EROFS',
        '/granted-local read': 'secret',
        '/granted-local write': 'done',
      };
      expect(seen(await runAs(facility, job, widen))).toEqual({ ...wide, '/granted owner': 'EACCES', '/granted-local owner': 'EACCES' });
      expect(seen(await runAs(facility, job, asNeighbour))).toEqual({
        ...wide,
        '/granted owner': 'owner',
        '/granted-local owner': 'owner',
      });
    });
  });

  test('network policies of an instance: an open connection ends with them on this node, and no other begins', async () => {
    const { pod, port } = stage.attacker.web;
    const namespace = namespaceOf(attacker);
    const holder = await startJob(facility, { lab: attacker, instance: application, command: ['toolbox', 'hold', `${pod}:${port}`] });
    const log = () => facility.cluster.kubectl(['logs', '-n', namespace, `job/${holder}`]);
    await until('a connection', async () => (await log()).includes('CONNECTED'), { timeoutMs: 60_000 });
    await delay(2_000);
    expect(await log()).not.toContain('BROKEN');
    await takeNetworkPolicies(facility, attacker, application);
    await until('the connection to end', async () => (await log()).includes('BROKEN'), { timeoutMs: 30_000 });
  });

  test('network policies of the attacker, then of the neighbour: what each kept closed is open', async () => {
    const attacks = networkAttacks(stage, undefined).filter(({ name }) => name.includes('reaches '));
    await takeNetworkPolicies(facility, attacker);
    const closed = (rows: Row[]) => rows.filter(({ stands }) => stands).map(({ name }) => name);
    const ofNeighbour = attacks
      .filter(({ name, attack }) => name.endsWith('of another lab') || attack.in === 'workspace of the neighbour')
      .map(({ name }) => name);
    expect(ofNeighbour.length).toBeGreaterThan(0);
    expect(closed(await tryOnNode(stage, attacks))).toEqual(ofNeighbour);
    await takeNetworkPolicies(facility, neighbour);
    expect(closed(await tryOnNode(stage, attacks))).toEqual([]);
  });
});

// The walls outlive Bulkhead: a chart that is uninstalled, or pruned by Argo CD, leaves every lab as it was, refused what it was refused and admitted
// what it was admitted; and a chart that is installed again takes over what was kept.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Attack, Outcome } from '../../../src/verify/attack.ts';
import { attackTables } from '../../../src/verify/attacks.ts';
import type { Scene } from '../../../src/verify/scene.ts';
import { addWhatIsOver, giveEveryRight, makeWalledLab } from '../../attacks/node/walledlab.ts';
import { CommandError } from '../../cluster/command.ts';
import { tryAttacks } from '../../demo/steps/walls.ts';
import { until } from '../../demo/until.ts';
import { type Stage, setStage } from './stage.ts';

/** Each test waits for several things that take half a minute on a busy machine. */
vi.setConfig({ testTimeout: 240_000 });

let stage: Stage;
let scene: Scene;
let before: string[];

beforeAll(async () => {
  stage = await setStage();
  scene = await makeWalledLab(stage);
  await stage.stopOperator();
  await addWhatIsOver(stage, scene);
  before = await guards();
});
afterAll(() => stage?.close());

const kubectl = (...args: string[]) => stage.cluster.kubectl(args);
const lines = (text: string) => text.split('\n').filter(Boolean).sort();

/** Whatever guards a lab, with the version of each object: nothing of it may change. */
const guards = async () => {
  const versions =
    'jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}';
  const cluster =
    'labs,namespaces,persistentvolumes,reservations,crd,validatingadmissionpolicies,validatingadmissionpolicybindings,storageclasses';
  const inLab =
    'rolebindings,labpolicies,networkpolicies,resourcequotas,limitranges,persistentvolumeclaims,processinginstances,datagrants,statefulsets';
  const roles = await kubectl('get', 'clusterroles', '-o', 'name');
  return [
    ...lines(await kubectl('get', cluster, '-o', versions)),
    ...lines(await kubectl('get', inLab, '-A', '-o', versions)).filter((line) => line.includes(' lab-')),
    ...lines(roles).filter((name) => /bulkhead:lab[-:]/.test(name)),
  ];
};

const refusal = (error: unknown) => {
  if (error instanceof CommandError) return error.output;
  throw error;
};
const may = async (user: string, verb: string, what: string) =>
  (await kubectl('auth', 'can-i', verb, what, '-n', scene.namespace, '--as', user).catch(refusal)).trim();

/** Both sides of the walls, as people meet them and as the tables of attacks do.
 *  @param gone whether the chart was taken away, and with it the rights of the operator, which is the twin of some attacks on RBAC */
async function labsStandAsBefore({ gone }: { gone: boolean }): Promise<void> {
  expect(await guards()).toEqual(before);
  const people = ['member@walled.example', 'viewer@walled.example', 'stranger@nowhere.example'];
  expect(await Promise.all(people.map((user) => may(user, 'create', 'jobs')))).toEqual(['yes', 'no', 'no']);
  expect(await Promise.all(people.map((user) => may(user, 'get', 'secrets')))).toEqual(['no', 'no', 'no']);
  const takeBack = await giveEveryRight(stage, scene);
  try {
    for (const [table, attacks] of Object.entries(attackTables)) {
      const outcomes = await tryAttacks(stage.site, attacks(scene));
      const judged = outcomes.map((outcome) => ({ ...outcome, admitted: outcome.admitted || (gone && isRightOfOperator(outcome.attack)) }));
      expect(judged.filter(wrong).map(({ attack: { name }, said }) => ({ table, name, ...said }))).toEqual([]);
    }
  } finally {
    await takeBack();
  }
}
const isRightOfOperator = ({ wall, admitted }: Attack) => wall === 'RBAC' && admitted.as.user === scene.actors.operator.user;
const wrong = ({ refused, admitted }: Outcome) => !refused || !admitted;

describe('after helm uninstall', () => {
  beforeAll(async () => {
    await labsStandAsBefore({ gone: false });
    await stage.uninstall();
  });

  test('the operator is gone with its rights, and so are those of the facility administrators', async () => {
    const left = lines(await kubectl('get', 'all,serviceaccounts,configmaps,roles,rolebindings', '-n', 'bulkhead-system', '-o', 'name'));
    expect(left.filter((name) => name.includes('bulkhead'))).toEqual([]);
    const roles = lines(await kubectl('get', 'clusterroles,clusterrolebindings', '-o', 'name')).filter((name) =>
      name.includes('bulkhead:'),
    );
    expect(roles.filter((name) => !/bulkhead:lab[-:]/.test(name))).toEqual([]);
  });

  test('labs stand as before: every attack is refused, every twin admitted', () => labsStandAsBefore({ gone: true }));

  test('another release name is refused, and says what it found', async () => {
    const output = await stage.install('other').catch(refusal);
    expect(output).toMatch(/exists and cannot be imported into the current release/);
    expect(output).toContain('meta.helm.sh/release-name');
  });

  test('the same release name takes over what was kept, and labs stand as before', async () => {
    await stage.install();
    await labsStandAsBefore({ gone: false });
  });
});

describe('after Argo CD has pruned the application', () => {
  test('only the operator was taken: labs stand as before', async () => {
    const objects = parseAllDocuments(await stage.rendered()).flatMap((document) => document.toJS() ?? []);
    const options = (object: { metadata: { annotations?: Record<string, string> } }) =>
      object.metadata.annotations?.['argocd.argoproj.io/sync-options']?.split(',') ?? [];
    const pruned = objects.filter((object) => !['Prune=false', 'Delete=false'].every((option) => options(object).includes(option)));
    expect(pruned.length).toBeGreaterThan(5);
    for (const object of shuffled(pruned))
      await stage.cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', '-n', 'bulkhead-system', '-f', '-'], {
        input: JSON.stringify(object),
      });
    await labsStandAsBefore({ gone: true });
  });

  test('installed again, the operator finds its labs and changes nothing but what was spoilt while it was away', async () => {
    await stage.install();
    await stage.startOperator();
    const reason = () => kubectl('get', 'lab', 'walled', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].reason}');
    await until('the lab to be ready', async () => (await reason()) === 'Ready', { timeoutMs: 60_000 });
    const unspoilt = (names: string[]) => names.filter((name) => !name.startsWith('LabPolicy lab-walled'));
    expect(unspoilt(await guards())).toEqual(unspoilt(before));
  });
});

test('with --take-ownership another release name takes over, too', async () => {
  await stage.stopOperator();
  await stage.uninstall();
  await stage.install('other', '--take-ownership');
  expect(await kubectl('get', 'validatingadmissionpolicies', 'bulkhead-pods', '-o', 'jsonpath={.metadata.annotations}')).toContain(
    '"other"',
  );
});

/** Any order: nothing may depend on it. */
function shuffled<T>(items: T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

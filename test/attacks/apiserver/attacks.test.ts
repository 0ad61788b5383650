// Every attack of src/verify against a real API server: each must be refused by the policy that is meant to, in words that help, and its
// twin must be admitted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Impersonator } from '../../../src/verify/actor.ts';
import type { Outcome } from '../../../src/verify/attack.ts';
import { catalogue } from '../../../src/verify/attacks.ts';
import { labPod } from '../../../src/verify/draft.ts';
import { create, existing, manifest } from '../../../src/verify/manifest.ts';
import { tryAll } from '../../../src/verify/trial.ts';
import { labPolicy, must, scene, until } from './lab.ts';
import { type Stage, setStage } from './stage.ts';

let stage: Stage;
let impersonator: Impersonator;

beforeAll(async () => {
  stage = await setStage();
  impersonator = stage.impersonator;
});
afterAll(() => stage?.end());

const attacks = catalogue(scene);

test('every attack has an identifier of its own', () => {
  expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
});

test('whatever could be stored is sent as a dry run', () => {
  const live = attacks.flatMap(({ attack: { refused, admitted } }) => [refused, admitted].filter(({ live }) => live));
  const paths = live.map(({ request }) => request.path).filter((path) => !/\/(exec|attach|portforward|proxy|log)([/?]|$)/.test(path));
  expect(paths).toEqual([]);
});

describe.for(Object.entries(Object.groupBy(attacks, ({ table }) => table)))('attacks on %s', ([table]) => {
  const these = attacks.filter((attack) => attack.table === table);
  let outcomes: Outcome[];
  beforeAll(async () => {
    outcomes = await tryAll(
      impersonator,
      these.map(({ attack }) => attack),
    );
  });
  test.for(these.map(({ id, attack }, index) => [`${id} ${attack.name}`, index] as const))('refused: %s', ([, index]) => {
    const { refused, byWall, admitted, said } = outcomes[index]!;
    expect({ refused, byWall, admitted }, JSON.stringify(said, undefined, 1)).toEqual({ refused: true, byWall: true, admitted: true });
  });
});

test('the API server finds nothing wrong with the types in any expression', async () => {
  interface Policy {
    metadata: { name: string; generation: number };
    status?: { observedGeneration?: number; typeChecking?: { expressionWarnings?: unknown[] } };
  }
  const list = { method: 'GET', path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies' } as const;
  const policies = async () => ((await must(impersonator, {}, list)).body as { items: Policy[] }).items;
  await until('types are checked', async () => (await policies()).every(({ status }) => status?.observedGeneration !== undefined));
  for (const { metadata, status } of await policies()) expect(status?.typeChecking?.expressionWarnings ?? [], metadata.name).toEqual([]);
});

test('a running pod may be given more cpu within the rules of the lab', async () => {
  const { namespace, actors } = scene;
  const resources = { requests: { cpu: '20m' }, limits: { cpu: '20m' } };
  const operations = [{ op: 'replace', path: '/spec/containers/0/resources', value: resources }];
  const resize = existing('v1', 'Pod', namespace, scene.existing.pod).patch(operations, '/resize');
  const { status, message } = await impersonator.send(actors.admin, resize, { dryRun: true });
  expect(status, message).toBe(200);
});

test('the largest lab and the largest instance stay within the cost that the API server allows an expression', async () => {
  const { namespace, instance, actors } = scene;
  const names = Array.from({ length: 40 }, (_, index) => `grant-${index}`);
  const mountOf = (serviceAccount: string, claim: string) => ({ serviceAccount, claim, subPaths: ['a', 'b', 'c'], readOnly: true });
  const others = Array.from({ length: 900 }, (_, index) => mountOf(`other-${index}`, 'any'));
  const mounts = [...others, ...names.map((name) => mountOf(instance, name))];
  const people = Array.from({ length: 1000 }, (_, index) => `person-number-${index}@university.example`);
  const audiences = [
    ...Array.from({ length: 255 }, (_, index) => ({ serviceAccount: `other-${index}`, users: people.slice(0, 5), groups: [] })),
    { serviceAccount: instance, users: [...people.slice(0, 999), actors.member.user!], groups: people.slice(0, 64) },
  ];
  const change = { spec: { mounts, audiences } };
  await must(impersonator, actors.operator, existing(labPolicy.apiVersion, 'LabPolicy', namespace, 'policy').patch(change));
  const pod = labPod(scene, ({ spec, main }) => {
    main.volumeMounts = names.flatMap((name) =>
      ['a', 'c'].map((subPath) => ({ name, subPath, mountPath: `/${name}/${subPath}`, readOnly: true })),
    );
    spec.containers = ['one', 'two', 'three'].map((name) => ({ ...main, name }));
    spec.volumes = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name, readOnly: true } }));
  });
  const attempted = create(manifest('v1', 'Pod', { spec: pod.spec }), namespace);
  const send = async () => (await impersonator.send(actors.member, attempted, { dryRun: true })).message;
  await until('the new rules are taken in', async () => !(await send()).includes('is not for service account'));
  const { status, message } = await impersonator.send(actors.member, attempted, { dryRun: true });
  expect(status, message).toBe(201);
});

// Pods at random against a real API server: it admits exactly those that an independent reading of the texts (random/oracle.ts) admits, and judges
// the template of a Job as it judges the pod. A failure shows the smallest pod on which they disagree, and the seed that finds it again:
// BULKHEAD_RANDOM_SEED. BULKHEAD_RANDOM_PODS asks for more pods.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Impersonator } from '../../../src/verify/actor.ts';
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts';
import { impersonatorFor, prepare, raiseWalls, until } from './lab.ts';
import { randomLabs } from './random/labs.ts';
import { objections } from './random/oracle.ts';
import { type RandomPod, randomPod } from './random/pods.ts';
import { podSecurityObjections } from './random/podsecurity.ts';
import { member, others, people, type Requester } from './random/requesters.ts';
import { furnishLab, preparePods } from './random/stage.ts';

const seed = Number(process.env.BULKHEAD_RANDOM_SEED ?? Date.now() % 1_000_000_000);
const podCount = Number(process.env.BULKHEAD_RANDOM_PODS ?? 1000);
/** Requests at once; the API server has the machine to itself otherwise. */
const lanes = 4;
const labs = randomLabs(seed, 12, Date.now());

let controlPlane: ControlPlane;
let impersonator: Impersonator;

beforeAll(async () => {
  controlPlane = await startControlPlane({ controllerManager: true });
  impersonator = impersonatorFor(controlPlane.kubeconfig);
  await prepare(impersonator);
  await preparePods(impersonator);
  for (const lab of labs) await furnishLab(impersonator, lab);
  await raiseWalls(impersonator);
  for (const lab of labs)
    await until(`the LabPolicy of ${lab.namespace} is taken in`, async () => {
      const bare = { metadata: { name: 'bare' }, spec: { containers: [{ name: 'main', image: 'bulkhead.invalid/any:1' }] } };
      return !(await ask(member, { lab, pod: bare }, 'Pod')).message.includes('no params found');
    });
});
afterAll(async () => {
  await impersonator?.close();
  await controlPlane?.stop();
});

const kinds = { Pod: { path: '/api/v1', plural: 'pods' }, Job: { path: '/apis/batch/v1', plural: 'jobs' } };

function ask(requester: Requester, { lab, pod: { metadata, spec } }: RandomPod, as: keyof typeof kinds): Promise<Answer> {
  const { path, plural } = kinds[as];
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'attempt' },
    spec: { template: { metadata: { labels: metadata.labels ?? {} }, spec } },
  };
  const body = as === 'Pod' ? { apiVersion: 'v1', kind: 'Pod', metadata, spec } : job;
  const request = { method: 'POST' as const, path: `${path}/namespaces/${lab.namespace}/${plural}`, body };
  return impersonator.send(requester.actor(lab.namespace), request, { dryRun: true });
}

type Verdict = 'admitted' | 'refused by Bulkhead' | 'refused by Pod Security' | 'invalid';

function verdictOf({ status, message }: Answer): Verdict {
  if (status === 201) return 'admitted';
  if (status === 422 || status === 400) return 'invalid';
  if (status === 403 && message.includes("ValidatingAdmissionPolicy 'bulkhead-")) return 'refused by Bulkhead';
  if (status === 403 && message.includes('violates PodSecurity')) return 'refused by Pod Security';
  throw new Error(`nobody that is known refused: ${status} ${message}`);
}

/** What the texts say. Pod Security looks first, and not at Jobs. */
function expected(requester: Requester, { lab, pod }: RandomPod, as: keyof typeof kinds) {
  const reasons = objections({ pod, as, policy: lab.policy, suspended: lab.suspended, requester, at: new Date() });
  const standard = lab.podSecurity && as === 'Pod' ? podSecurityObjections(pod) : [];
  return { reasons: [...reasons, ...standard], admitted: reasons.length + standard.length === 0, bulkhead: reasons.length > 0 };
}

const counts = new Map<string, number>();
const count = (as: string, verdict: Verdict) => counts.set(`${as} ${verdict}`, (counts.get(`${as} ${verdict}`) ?? 0) + 1);

async function judge(requester: Requester, random: RandomPod, as: keyof typeof kinds): Promise<Verdict> {
  const answer = await ask(requester, random, as);
  const verdict = verdictOf(answer);
  if (verdict === 'invalid') return verdict;
  const { reasons, admitted, bulkhead } = expected(requester, random, as);
  const agrees =
    admitted === (verdict === 'admitted') &&
    (verdict !== 'refused by Bulkhead' || bulkhead) &&
    (verdict !== 'refused by Pod Security' || random.lab.podSecurity);
  if (!agrees) {
    const { metadata, spec } = random.pod;
    throw new Error(
      [
        `${requester.name} sends a ${as}; the API server: ${answer.status} ${verdict === 'admitted' ? verdict : answer.message}`,
        `the texts: ${admitted ? 'to be admitted' : reasons.join('; ')}`,
        JSON.stringify(
          { namespace: random.lab.namespace, labels: metadata.labels, ownerReferences: metadata.ownerReferences, spec },
          undefined,
          1,
        ),
        `LabPolicy: ${JSON.stringify(random.lab.policy)}`,
      ].join('\n'),
    );
  }
  return verdict;
}

/** Mostly the member, as the walls are about people of the lab. */
const requester = fc.oneof(
  { weight: 6, arbitrary: fc.constant(member) },
  { weight: 2, arbitrary: fc.constantFrom(...people) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
);

const property = () =>
  fc.asyncProperty(requester, randomPod(labs), async (who, random) => {
    const verdict = await judge(who, random, 'Pod');
    count('Pods', verdict);
    // drawn again until enough were judged
    fc.pre(verdict !== 'invalid');
    if (people.includes(who)) count('Jobs', await judge(who, random, 'Job'));
  });

test(`CS-4 ${podCount} random pods are judged as the texts say`, { timeout: 120_000 + 150 * podCount }, async () => {
  const runs = Array.from({ length: lanes }, (_, lane) =>
    fc.check(property(), { seed: seed + lane, numRuns: Math.ceil(podCount / lanes) }),
  );
  const results = await Promise.all(runs);
  console.info(`seed ${seed}:`, Object.fromEntries([...counts].sort()));
  const disagreements = results.flatMap(({ errorInstance }) => (errorInstance instanceof Error ? [errorInstance.message] : []));
  expect(
    results.some(({ failed }) => failed),
    `BULKHEAD_RANDOM_SEED=${seed}\n${disagreements.join('\n')}`,
  ).toBe(false);
  // the walls are hit from both sides, or agreement would mean little
  const judged = (verdict: Verdict) => counts.get(`Pods ${verdict}`) ?? 0;
  expect(judged('admitted') + judged('refused by Bulkhead') + judged('refused by Pod Security')).toBeGreaterThanOrEqual(podCount);
  expect(judged('admitted')).toBeGreaterThan(podCount / 5);
  expect(judged('refused by Bulkhead')).toBeGreaterThan(podCount / 5);
  expect(judged('refused by Pod Security')).toBeGreaterThan(0);
});

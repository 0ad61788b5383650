// Labs at random: what their LabPolicies allow, and who may run as which of their accounts. Names come from small pools, so that pods made from
// the same pools are often allowed, and as often only just not.
import fc from 'fast-check';
import type { LabPolicySpec, Placement, PolicyMount } from '../../../../src/api/labpolicy.ts';

export interface RandomLab {
  namespace: string;
  /** Whether the namespace has the labels of Pod Security, as real labs do; without them the policies stand alone. */
  podSecurity: boolean;
  suspended: boolean;
  policy: LabPolicySpec;
}

export const accounts = ['relion', 'orthanc', 'cryosparc'];
export const reservedAccount = 'bulkhead-db-orthanc';
/** Its own object says that tokens are not mounted, as the operator's accounts do; the others leave it to the pod. */
export const accountWithoutToken = 'relion';
export const users = { member: 'member@uni.test', guest: 'guest@uni.test', viewer: 'viewer@uni.test' };
export const claims = ['data-projects', 'data-scratch', 'state-orthanc', 'grant-raw', 'grant-old'];
export const subPaths = ['', 'p1', 'p2', 'p1/a', 'krios-0512'];
export const secrets = ['licence', 'bulkhead-db-orthanc', 'tls'];
export const resourceNames = ['memory', 'ephemeral-storage', 'nvidia.com/gpu', 'vendor.test/fpga'];
export const grantors = [200_900, 200_901, 200_902];

const hour = 3_600_000;
/** Ends lie far from each other and from every deadline that is drawn, so that the seconds of the test decide nothing. */
const ends = (now: number) => [-hour, 2 * hour, 100_000 * hour].map((later) => new Date(now + later).toISOString());

const mount = (now: number): fc.Arbitrary<PolicyMount> =>
  fc.record(
    {
      serviceAccount: fc.constantFrom(...accounts, reservedAccount),
      claim: fc.constantFrom(...claims),
      subPaths: fc.uniqueArray(fc.constantFrom(...subPaths), { minLength: 1, maxLength: 3 }),
      readOnly: fc.boolean(),
      notAfter: fc.constantFrom(...ends(now)),
    },
    { requiredKeys: ['serviceAccount', 'claim', 'subPaths', 'readOnly'] },
  );

/** Most labs run anywhere. */
const placement: fc.Arbitrary<Placement> = fc.constantFrom<Placement[]>(
  {},
  {},
  { nodeSelector: { zone: 'a' } },
  {
    nodeSelector: { pool: 'em' },
    tolerations: [{ key: 'gpu.test/kind', value: 'a100', effect: 'NoSchedule' }],
    runtimeClassName: 'sandbox',
  },
);

const labPolicy = (now: number): fc.Arbitrary<Omit<LabPolicySpec, 'uid' | 'gid'>> =>
  fc.tuple(placement, rules(now)).map(([where, what]) => ({ ...where, ...what }));

const rules = (now: number): fc.Arbitrary<Omit<LabPolicySpec, 'uid' | 'gid'>> =>
  fc.record({
    supplementalGroups: fc.subarray(grantors),
    resourceNames: fc.subarray(resourceNames).map((names) => ['cpu', ...names]),
    // the operator writes one entry for each account and claim, and another for the parts that are read-only
    mounts: fc.uniqueArray(mount(now), {
      minLength: 4,
      maxLength: 10,
      selector: ({ serviceAccount, claim, readOnly }) => `${serviceAccount}/${claim}/${readOnly}`,
    }),
    barred: fc.array(fc.record({ user: fc.constant(users.guest), from: fc.constantFrom(...ends(now)) }), { maxLength: 1 }),
    secrets: fc.uniqueArray(
      fc.record({ serviceAccount: fc.constantFrom(...accounts, reservedAccount), secret: fc.constantFrom(...secrets) }),
      { maxLength: 6, selector: ({ serviceAccount, secret }) => `${serviceAccount}/${secret}` },
    ),
  });

/** The same labs for the same seed; in the last two nothing may begin. */
export function randomLabs(seed: number, count: number, now: number): RandomLab[] {
  return fc.sample(labPolicy(now), { seed, numRuns: count }).map((policy, index) => ({
    namespace: `lab-random-${index}`,
    podSecurity: index % 2 === 1,
    suspended: index === count - 1,
    policy: {
      uid: 200_100 + 10 * index,
      gid: 200_100 + 10 * index + (index % 3),
      ...policy,
      ...(index === count - 2 && { closed: 'its placement profile is unknown' }),
    },
  }));
}

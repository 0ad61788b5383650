// LimitRange of a lab: every container gets requests, so that the quota counts it and the node can place it (CS-14).
import type { Lab } from '../../api/kinds.ts';
import type { LabSpec } from '../../api/lab.ts';
import type { Amounts } from '../../api/limits.ts';
import { limitsName } from '../../api/names.ts';
import { canonical, larger, smaller } from '../../api/quantity.ts';
import { type LimitRange, LimitRanges } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

interface Usual {
  request: string;
  limit: string;
}
const usual: Record<'cpu' | 'memory' | 'ephemeralStorage', Usual> = {
  cpu: { request: '100m', limit: '1' },
  memory: { request: '128Mi', limit: '1Gi' },
  ephemeralStorage: { request: '1Gi', limit: '4Gi' },
};

/** Every amount is written out: the API server would fill in what is left out, and the list would never be as it was applied. */
export function limitRange(lab: Lab): LimitRange {
  const { quota, limits = {} } = lab.spec;
  const isLimited = (amount: keyof Amounts) =>
    [limits.defaultRequest, limits.default, limits.max].some((given) => given?.[amount] !== undefined);
  const amounts = {
    cpu: container(limits, 'cpu', usual.cpu),
    memory: container(limits, 'memory', usual.memory),
    // The quota alone does not make a pod state it, and a pod that states nothing counts as nothing.
    ...(quota.ephemeralStorage !== undefined && {
      'ephemeral-storage': container(limits, 'ephemeralStorage', within(usual.ephemeralStorage, quota.ephemeralStorage)),
    }),
    ...(quota.ephemeralStorage === undefined &&
      isLimited('ephemeralStorage') && { 'ephemeral-storage': container(limits, 'ephemeralStorage', usual.ephemeralStorage) }),
  };
  const each = (part: 'request' | 'limit' | 'max') =>
    Object.fromEntries(Object.entries(amounts).flatMap(([name, { [part]: value }]) => (value === undefined ? [] : [[name, value]])));
  return {
    apiVersion: LimitRanges.apiVersion,
    kind: LimitRanges.kind,
    metadata: namespacedMetadata(lab, limitsName),
    spec: {
      limits: [
        { type: 'Container', defaultRequest: each('request'), default: each('limit'), ...(hasAny(limits.max) && { max: each('max') }) },
      ],
    },
  };
}

/** What is not given follows what is: a limit is not below the request beside it, nothing is above the maximum. */
function container({ defaultRequest, default: limits, max: maxima }: NonNullable<LabSpec['limits']>, amount: keyof Amounts, usual: Usual) {
  const [given, max] = [defaultRequest?.[amount], maxima?.[amount]];
  const atMost = (value: string) => (max === undefined ? canonical(value) : smaller(value, max));
  const limit = canonical(limits?.[amount] ?? atMost(given === undefined ? usual.limit : larger(usual.limit, given)));
  return { request: canonical(given ?? smaller(usual.request, limit)), limit, max: max === undefined ? undefined : canonical(max) };
}

const within = ({ request, limit }: Usual, all: string): Usual => ({ request: smaller(request, all), limit: smaller(limit, all) });
const hasAny = (amounts: Amounts | undefined) => Object.values(amounts ?? {}).some((amount) => amount !== undefined);

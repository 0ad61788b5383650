// ResourceQuota of a lab: what everything that runs in it may request together, and how much of it there may be (CS-12, CS-14).
import type { Lab } from '../../api/kinds.ts';
import { limitsName } from '../../api/names.ts';
import { canonical, sum } from '../../api/quantity.ts';
import type { Config } from '../../config.ts';
import { type ResourceQuota, ResourceQuotas } from '../../kube/kind.ts';
import { isOfOwnKind } from '../countable.ts';
import { namespacedMetadata } from './metadata.ts';

/** Room for claims on storage roots and grants, which request 1Mi each and hold none of it. */
const staticClaims = '1Gi';
/** Finished Jobs count as well; more would only burden the API server. */
const usualObjects = { 'jobs.batch': 1000, 'datagrants.bulkhead.science': 500 };

export interface QuotaInput {
  lab: Lab;
  config: Pick<Config, 'gpuResource' | 'deviceClasses'>;
  /** Node ports that the instances of the lab may have together. */
  nodePorts: number;
  /** Whether objects of our own kinds can be counted now. */
  ownKinds: boolean;
}

export function resourceQuota({ lab, config, nodePorts, ownKinds }: QuotaInput): ResourceQuota {
  const hard = {
    ...requests(lab, config),
    ...storage(lab),
    ...counts(lab),
    'services.nodeports': `${nodePorts}`,
    'services.loadbalancers': '0',
  };
  return {
    apiVersion: ResourceQuotas.apiVersion,
    kind: ResourceQuotas.kind,
    metadata: namespacedMetadata(lab, limitsName),
    spec: {
      hard: Object.fromEntries(
        Object.entries(hard).flatMap(([name, value]) =>
          value === undefined || (isOfOwnKind(name) && !ownKinds) ? [] : [[name, canonical(value)]],
        ),
      ),
    },
  };
}

type Hard = Record<string, string | undefined>;

/** Of extended resources and devices only requests are counted. */
function requests({ spec: { quota } }: Lab, { gpuResource, deviceClasses }: QuotaInput['config']): Hard {
  const offered = Object.entries(quota.deviceClasses ?? {});
  return {
    ...Object.fromEntries(Object.entries(quota.resources ?? {}).map(([name, amount]) => [`requests.${name}`, `${amount}`])),
    [`requests.${gpuResource}`]: `${quota.gpu ?? 0}`, // last: `gpu` alone says how many GPUs there are
    // By claims, whoever makes them, and by what containers request: the second refuses a pod at once instead of leaving it unscheduled.
    ...Object.fromEntries(deviceClasses.map((name) => [deviceClaims(name), '0'])),
    ...Object.fromEntries(offered.map(([name, amount]) => [deviceClaims(name), `${amount}`])),
    ...Object.fromEntries(offered.map(([name, amount]) => [`requests.${deviceResource(name)}`, `${amount}`])),
    'requests.cpu': quota.cpu,
    'requests.memory': quota.memory,
    'requests.ephemeral-storage': quota.ephemeralStorage,
  };
}

/** What a container requests to get a device of a class without a claim of its own. */
export const deviceResource = (className: string) => `deviceclass.resource.kubernetes.io/${className}`;
const deviceClaims = (className: string) => `${className}.deviceclass.resource.k8s.io/devices`;

const storage = ({ spec: { quota } }: Lab): Hard => ({
  'requests.storage': quota.storage === undefined ? undefined : sum(quota.storage, staticClaims),
  ...Object.fromEntries(
    Object.entries(quota.storageClasses ?? {}).map(([name, amount]) => [`${name}.storageclass.storage.k8s.io/requests.storage`, amount]),
  ),
});

/** In the form count/<resource> a limit can only add to the others: no entry raises what another field says. */
const counts = ({ spec: { quota } }: Lab): Hard => ({
  ...Object.fromEntries(Object.entries({ ...usualObjects, ...quota.objects }).map(([name, amount]) => [`count/${name}`, `${amount}`])),
  'count/processinginstances.bulkhead.science': quota.instances?.toString(),
  pods: quota.pods?.toString(),
  services: quota.services?.toString(),
});

// ResourceQuota of a lab: what everything that runs in it may request together (CS-12, CS-14).
import type { Lab } from '../../api/kinds.ts';
import { limitsName } from '../../api/names.ts';
import { canonical, sum } from '../../api/quantity.ts';
import { type ResourceQuota, ResourceQuotas } from '../../kube/kind.ts';
import { namespacedMetadata } from './metadata.ts';

/** Room for claims on storage roots and grants, which request 1Mi each and hold none of it. */
const staticClaims = '1Gi';
/** Finished Jobs count as well; more would only burden the API server. */
const maximumJobs = '1000';

export interface QuotaInput {
  lab: Lab;
  gpuResource: string;
  /** Node ports that the instances of the lab may have together. */
  nodePorts: number;
}

export function resourceQuota({ lab, gpuResource, nodePorts }: QuotaInput): ResourceQuota {
  const { gpu = 0, cpu, memory, storage, pods } = lab.spec.quota;
  return {
    apiVersion: ResourceQuotas.apiVersion,
    kind: ResourceQuotas.kind,
    metadata: namespacedMetadata(lab, limitsName),
    spec: {
      hard: {
        [`requests.${gpuResource}`]: canonical(`${gpu}`), // of an extended resource only requests are counted
        ...(cpu !== undefined && { 'requests.cpu': canonical(cpu) }),
        ...(memory !== undefined && { 'requests.memory': canonical(memory) }),
        ...(storage !== undefined && { 'requests.storage': sum(storage, staticClaims) }),
        ...(pods !== undefined && { pods: canonical(`${pods}`) }),
        'services.nodeports': canonical(`${nodePorts}`),
        'services.loadbalancers': '0',
        'count/jobs.batch': canonical(maximumJobs),
      },
    },
  };
}

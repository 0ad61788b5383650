// Instances and grants as the end-to-end tests make them, and what an instance says of its data.
import { apiVersion, type DataGrant, type ProcessingInstance, ProcessingInstances } from '../../src/api/kinds.ts';
import { namespaceOf } from '../../src/api/names.ts';
import { until } from '../demo/until.ts';
import type { Facility } from './facility.ts';

export const instanceIn = (lab: string, name: string, spec: ProcessingInstance['spec']): ProcessingInstance => ({
  apiVersion,
  kind: 'ProcessingInstance',
  metadata: { name, namespace: namespaceOf(lab) },
  spec,
});

export const grantIn = (owner: string, name: string, spec: DataGrant['spec']): DataGrant => ({
  apiVersion,
  kind: 'DataGrant',
  metadata: { name, namespace: namespaceOf(owner) },
  spec,
});

/** The condition, once it says so. */
export const dataMounted = ({ site }: Facility, lab: string, name: string, status: 'True' | 'False') =>
  until(
    `${name} to say that its data is ${status === 'True' ? '' : 'not '}mounted`,
    async () => {
      const found = await site.client.get(ProcessingInstances, name, namespaceOf(lab));
      const isOfNow = found?.status?.observedGeneration === found?.metadata.generation;
      return isOfNow && found?.status?.conditions?.find((condition) => condition.type === 'DataMounted' && condition.status === status);
    },
    { timeoutMs: 30_000 },
  );

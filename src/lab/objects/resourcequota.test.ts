import { expect, test } from 'vitest';
import { aLab } from '../../../test/fixtures/lab.ts';
import type { Quota } from '../../api/quota.ts';
import { resourceQuota } from './resourcequota.ts';

const config = { gpuResource: 'nvidia.com/gpu', deviceClasses: ['gpu.example.org', 'nic'] };
const hard = (quota: Quota, ownKinds = true) =>
  resourceQuota({ lab: aLab().quota(quota).build(), config, nodePorts: 27, ownKinds }).spec?.hard;

test('a lab that is given nothing has no GPU, no device and no load balancer, and a limit where more would only be a burden', () => {
  expect(hard({})).toEqual({
    'requests.nvidia.com/gpu': '0',
    'gpu.example.org.deviceclass.resource.k8s.io/devices': '0',
    'nic.deviceclass.resource.k8s.io/devices': '0',
    'count/jobs.batch': '1k',
    'count/datagrants.bulkhead.science': '500',
    'services.nodeports': '27',
    'services.loadbalancers': '0',
  });
});

test.for(
  Object.entries<{ quota: Quota; want: Record<string, string | undefined> }>({
    'CS-12 as many GPUs as are given': { quota: { gpu: 4 }, want: { 'requests.nvidia.com/gpu': '4' } },
    'no more GPUs through the back door': {
      quota: { gpu: 1, resources: { 'nvidia.com/gpu': 8 } },
      want: { 'requests.nvidia.com/gpu': '1' },
    },
    'cpu and memory in the form of the API server': {
      quota: { cpu: '64000m', memory: '1024Mi' },
      want: { 'requests.cpu': '64', 'requests.memory': '1Gi' },
    },
    'space on the disks of nodes': { quota: { ephemeralStorage: '100Gi' }, want: { 'requests.ephemeral-storage': '100Gi' } },
    'storage, with room for the claims that hold none of it': { quota: { storage: '20Ti' }, want: { 'requests.storage': '20481Gi' } },
    'storage of one class': {
      quota: { storageClasses: { fast: '1Ti' } },
      want: { 'fast.storageclass.storage.k8s.io/requests.storage': '1Ti', 'requests.storage': undefined },
    },
    'a named extended resource': { quota: { resources: { 'example.org/fpga': 2 } }, want: { 'requests.example.org/fpga': '2' } },
    'devices by claim and by request, and still none of the other classes': {
      quota: { deviceClasses: { nic: 3 } },
      want: {
        'nic.deviceclass.resource.k8s.io/devices': '3',
        'requests.deviceclass.resource.kubernetes.io/nic': '3',
        'gpu.example.org.deviceclass.resource.k8s.io/devices': '0',
        'requests.deviceclass.resource.kubernetes.io/gpu.example.org': undefined,
      },
    },
    'devices of a class that the facility forgot to list': {
      quota: { deviceClasses: { tpu: 1 } },
      want: { 'tpu.deviceclass.resource.k8s.io/devices': '1' },
    },
    'numbers of pods, instances and Services': {
      quota: { pods: 60, instances: 3, services: 5 },
      want: { pods: '60', 'count/processinginstances.bulkhead.science': '3', services: '5' },
    },
    'other numbers of Jobs and grants than the usual': {
      quota: { objects: { 'jobs.batch': 5, 'datagrants.bulkhead.science': 0, secrets: 7 } },
      want: { 'count/jobs.batch': '5', 'count/datagrants.bulkhead.science': '0', 'count/secrets': '7' },
    },
    'not more node ports or load balancers by a number of objects': {
      quota: { objects: { 'services.nodeports': 99, 'services.loadbalancers': 99 } },
      want: { 'services.nodeports': '27', 'services.loadbalancers': '0' },
    },
  }),
)('the quota has %s', ([, { quota, want }]) => {
  const limits = hard(quota);
  expect(Object.fromEntries(Object.keys(want).map((name) => [name, limits?.[name]]))).toEqual(want);
});

test('only limits of our own kinds are left out while they cannot be counted', () => {
  const [all, now] = [hard({ instances: 3, pods: 1 }), hard({ instances: 3, pods: 1 }, false)];
  expect(Object.keys(all ?? {}).filter((name) => now?.[name] === undefined)).toEqual([
    'count/datagrants.bulkhead.science',
    'count/processinginstances.bulkhead.science',
  ]);
});

// Every setting of the facility, as one YAML document: the chart renders it from its values, the operator reads it once at start.
import { z } from 'zod';
import { dnsLabel } from './api/schema.ts';

const absolutePath = z.string().max(512).regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path without a trailing slash');

const backend = z.discriminatedUnion('type', [
  z.strictObject({
    name: dnsLabel.describe('Name that storage roots of labs refer to.'),
    type: z.literal('hostPath').describe('A parallel file system that is mounted at the same path on every node.'),
    path: absolutePath.describe('Directory under which all storage roots lie; every directory down to a root must belong to root and be writable by root alone.'),
  }),
  z.strictObject({
    name: dnsLabel.describe('Name that storage roots of labs refer to.'),
    type: z.literal('nfs').describe('An NFS export.'),
    server: z.string().min(1).max(253).describe('Address of the NFS server.'),
    path: absolutePath.describe('Export under which all storage roots lie.'),
  }),
]);
export type Backend = z.output<typeof backend>;

export const Config = z.strictObject({
  image: z.string().min(1).describe('Image of the operator; its short Jobs that make directories run it too.'),
  storage: z
    .strictObject({
      backends: z.array(backend).default([]).describe('Where storage roots of labs may lie.'),
      stateClass: z.string().default('').describe('StorageClass for state and database volumes; empty: the default class of the cluster.'),
    })
    .prefault({}),
  identity: z
    .strictObject({ first: z.int().min(1000), last: z.int().max(2_147_483_647) })
    .refine(({ first, last }) => first <= last, 'first must not be above last')
    .prefault({ first: 200_000, last: 299_999 })
    .describe('Range of user and group ids to allocate from; uid and gid of a lab are the same number.'),
  ports: z
    .strictObject({
      first: z.int().min(1024).max(65_535),
      last: z.int().min(1024).max(65_535),
      blockSize: z.int().min(1).max(128),
    })
    .refine(({ first, last, blockSize }) => last - first + 1 >= blockSize, 'the range must hold at least one block')
    .prefault({ first: 31_000, last: 32_599, blockSize: 16 })
    .describe('Range of node ports for instances, inside the node port range of the API server; blocks are aligned to `first`.'),
  database: z
    .strictObject({ images: z.record(z.string(), z.string()).default({}).describe('PostgreSQL image by version.') })
    .prefault({}),
  network: z
    .strictObject({
      exposedTo: z.array(z.cidrv4()).default([]).describe('Sources that may reach the ports of instances. Empty: nobody from outside the lab.'),
      dns: z
        .strictObject({ namespace: z.string(), podLabels: z.record(z.string(), z.string()), ports: z.array(z.int()) })
        .prefault({ namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' }, ports: [53] })
        .describe('The DNS of the cluster; ports are those of its pods, not of its Service.'),
    })
    .prefault({}),
  gpuResource: z.string().default('nvidia.com/gpu').describe('Extended resource name of a GPU.'),
});
export type Config = z.output<typeof Config>;

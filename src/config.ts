// Every setting of the facility, as one YAML document: the chart renders it from its values, the operator reads it once at start.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { dnsLabel } from './api/schema.ts';

const absolutePath = z
  .string()
  .max(512)
  .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path without a trailing slash');

const backend = z.discriminatedUnion('type', [
  z.strictObject({
    name: dnsLabel.describe('Name that storage roots of labs refer to.'),
    type: z.literal('hostPath').describe('A parallel file system that is mounted at the same path on every node.'),
    path: absolutePath.describe(
      'Directory under which all storage roots lie; every directory down to a root must belong to root and be writable by root alone.',
    ),
  }),
  z.strictObject({
    name: dnsLabel.describe('Name that storage roots of labs refer to.'),
    type: z.literal('nfs').describe('An NFS export.'),
    server: z.string().min(1).max(253).describe('Address of the NFS server.'),
    path: absolutePath.describe('Export under which all storage roots lie.'),
  }),
  z.strictObject({
    name: dnsLabel.describe('Name that storage roots of labs refer to.'),
    type: z.literal('csi').describe('Volumes of a CSI driver that already exist; nothing is provisioned.'),
    driver: z.string().min(1).max(63).describe('Name of the CSI driver, for example nfs.csi.k8s.io.'),
    path: absolutePath.describe('Directory of the driver under which all storage roots lie.'),
    pathAttribute: z.string().min(1).max(63).describe('Volume attribute that carries the directory of a root, for example share.'),
    attributes: z
      .record(z.string(), z.string())
      .default({})
      .describe('Further volume attributes, the same for every root, for example server.'),
  }),
]);
export type Backend = z.output<typeof backend>;

/** Where a backend lies, in words that are equal only for one place. */
const place = (backend: Backend) => `${JSON.stringify(origin(backend))}:${backend.path}/`;
const origin = (backend: Backend) =>
  backend.type === 'hostPath'
    ? []
    : backend.type === 'nfs'
      ? [backend.server]
      : [backend.driver, Object.entries(backend.attributes).sort()];
const contains = (outer: Backend, inner: Backend): boolean => place(inner).startsWith(place(outer));

export const Config = z.strictObject({
  image: z.string().min(1).describe('Image of the operator; its short Jobs that make directories run it too.'),
  storage: z
    .strictObject({
      backends: z
        .array(backend)
        .refine((backends) => new Set(backends.map(({ name }) => name)).size === backends.length, 'two backends have the same name')
        .refine(
          (backends) => !backends.some((backend) => backend.type === 'csi' && backend.pathAttribute in backend.attributes),
          'attributes hold the pathAttribute, which differs for every root',
        )
        .refine(
          (backends) => !backends.some((one) => backends.some((other) => one !== other && contains(one, other))),
          'a backend lies inside another: storage roots are kept apart only within one backend',
        )
        .default([])
        .describe('Where storage roots of labs may lie.'),
      stateClass: z.string().default('').describe('StorageClass for state and database volumes; empty: the default class of the cluster.'),
    })
    .prefault({})
    .describe('Where data lies.'),
  identity: z
    .strictObject({
      first: z.int().min(1000).max(2_147_483_647).describe('First id of the range.'),
      last: z.int().min(1000).max(2_147_483_647).describe('Last id of the range.'),
    })
    .refine(({ first, last }) => first <= last, 'first must not be above last')
    .prefault({ first: 200_000, last: 299_999 })
    .describe('Range of user and group ids to allocate from; uid and gid of a lab are the same number.'),
  ports: z
    .strictObject({
      first: z.int().min(1024).max(65_535).describe('First port of the first block.'),
      last: z.int().min(1024).max(65_535).describe('Last port that a block may contain.'),
      blockSize: z.int().min(1).max(128).describe('Ports of one block, which is what one instance gets.'),
    })
    .refine(({ first, last, blockSize }) => last - first + 1 >= blockSize, 'the range must hold at least one block')
    .prefault({ first: 31_000, last: 32_599, blockSize: 16 })
    .describe('Range of node ports for instances, inside the node port range of the API server; blocks are aligned to `first`.'),
  database: z
    .strictObject({ images: z.record(z.string(), z.string()).default({}).describe('PostgreSQL image by version.') })
    .prefault({})
    .describe('Databases of instances.'),
  network: z
    .strictObject({
      exposedTo: z
        .array(z.cidrv4())
        .default([])
        .describe('Sources (IPv4 CIDR) that may reach the ports of instances. Empty: nobody from outside the lab.'),
      neverEgress: z
        .array(z.union([z.cidrv4(), z.cidrv6()]))
        .default(['169.254.0.0/16'])
        .describe(
          'Networks (CIDR, IPv4 or IPv6) that no lab may reach, whatever its egress list says: metadata services, storage and management networks, the API server, pods and Services of the cluster.',
        ),
      dns: z
        .strictObject({
          namespace: z.string().describe('Namespace of its pods.'),
          podLabels: z.record(z.string(), z.string()).describe('Labels of its pods.'),
          ports: z.array(z.int().min(1).max(65_535)).describe('Ports of its pods, not of its Service; UDP and TCP.'),
        })
        .prefault({ namespace: 'kube-system', podLabels: { 'k8s-app': 'kube-dns' }, ports: [53] })
        .describe('The DNS of the cluster.'),
    })
    .prefault({})
    .describe('Who reaches what over the network.'),
  placement: z
    .array(
      z.strictObject({
        name: dnsLabel.describe('Name that labs refer to in spec.placement.'),
        nodeSelector: z.record(z.string(), z.string()).default({}).describe('Labels of the nodes on which pods of such a lab run.'),
        tolerations: z
          .array(
            z.strictObject({
              key: z.string().min(1).describe('Key of the taint.'),
              operator: z.enum(['Exists', 'Equal']).optional().describe('Absent: Equal.'),
              value: z.string().optional().describe('Value of the taint.'),
              effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Absent: every effect.'),
            }),
          )
          .default([])
          .describe('Taints of those nodes.'),
        runtimeClassName: z
          .string()
          .optional()
          .describe('RuntimeClass of the pods, for example one with a sandbox. Absent: that of the node.'),
      }),
    )
    .refine((profiles) => new Set(profiles.map(({ name }) => name)).size === profiles.length, 'two placement profiles have the same name')
    .default([])
    .describe('Where pods of labs run: profiles that a Lab names in spec.placement.'),
  deviceClasses: z
    .array(z.string().min(1).max(253))
    .default([])
    .describe(
      'DeviceClasses of dynamic resource allocation that the cluster has; a lab gets those that its quota names, and none of the others.',
    ),
  access: z
    .strictObject({
      admins: z
        .strictObject({
          users: z.array(z.string().min(1)).default([]).describe('People.'),
          groups: z.array(z.string().min(1)).default([]).describe('Groups of the identity provider.'),
        })
        .prefault({})
        .describe(
          'Facility administrators: whatever is asked of them is allowed, and shown as theirs (CM-27, GX-30). The chart fills it from facilityAdmins.',
        ),
      allowAnonymous: z
        .boolean()
        .default(false)
        .describe('Whether people who are not logged in may do anything at all; a lab must allow it too (CM-15).'),
    })
    .prefault({})
    .describe('Who may do what, beyond what labs say.'),
  review: z
    .strictObject({
      perSecond: z
        .int()
        .min(1)
        .max(100_000)
        .default(200)
        .describe('Questions that one caller of /v1/review may ask each second; twice as many at once after a pause.'),
      instances: z
        .boolean()
        .default(false)
        .describe(
          'Whether pods of instances may ask: they get a token that is good for nothing else (BULKHEAD_REVIEW_TOKEN_FILE), and a way to the operator through the network.',
        ),
      url: z.url().optional().describe('What they find in BULKHEAD_REVIEW_URL. The chart fills it; absent: they may not ask.'),
    })
    .prefault({})
    .describe('Questions of gateways and applications about who may do what.'),
  gpuResource: z.string().min(1).default('nvidia.com/gpu').describe('Extended resource name of a GPU.'),
});
export type Config = z.output<typeof Config>;

/** Reads the configuration document.
 *  @throws ConfigError naming every wrong field, its value and what is allowed */
export function readConfig(path: string): Config {
  return parseConfig(readFileSync(path, 'utf8'), path);
}

/** @param source where the text came from, for messages */
export function parseConfig(text: string, source: string): Config {
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw new ConfigError(`${source} is not YAML: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const result = Config.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw new ConfigError(
    `${source} is not a valid configuration:\n${result.error.issues.map((issue) => `  ${describe(issue)}`).join('\n')}`,
  );
}

/** A configuration that the operator cannot start with. Nothing to retry: somebody has to correct the document. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const value = issue.input === undefined || issue.code === 'unrecognized_keys' ? '' : ` (is ${JSON.stringify(issue.input)})`;
  return `${field.slice(1) || 'the document'}: ${issue.message}${value}`;
}

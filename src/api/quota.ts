// Quota of a Lab: the most that everything in it may ask for together. What one container may ask for is in limits.ts.
import { z } from 'zod';
import { cel, quantity } from './schema.ts';

const count = z.int().min(0).max(1_000_000);
/** Keys of the maps below; a CRD cannot say their form in another way, and a match of a key without a known length would cost too much. */
const keyRule = (rule: string): string => `self.all(k, size(k) <= 63 && ${rule})`;

const classRule = "k.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')";

/** What the operator and the controllers of Kubernetes make in a lab: a limit could leave it half made. */
const ownObjects = [
  'configmaps',
  'pods',
  'services',
  'endpoints',
  'events',
  'serviceaccounts',
  'persistentvolumeclaims',
  'resourcequotas',
  'limitranges',
  'endpointslices.discovery.k8s.io',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'statefulsets.apps',
  'controllerrevisions.apps',
  'networkpolicies.networking.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'labpolicies.bulkhead.science',
  'processinginstances.bulkhead.science',
];

export const quota = z.object({
  gpu: z.int().min(0).max(100_000).optional().describe('GPUs that all pods of the lab may request together. Absent: none (CS-12).'),
  cpu: quantity.optional().describe('Sum of CPU requests. Absent: not limited.'),
  memory: quantity.optional().describe('Sum of memory requests. Absent: not limited.'),
  ephemeralStorage: quantity
    .optional()
    .describe(
      'Sum of requests for space on the disks of nodes; a container that states none then gets a request and a limit, see `limits`. Absent: not limited.',
    ),
  storage: quantity.optional().describe('Sum of the sizes of state and database volumes. Absent: not limited.'),
  storageClasses: z
    .record(z.string(), quantity)
    .meta({
      maxProperties: 32,
      ...cel(
        [keyRule(classRule), 'a key must be the name of a StorageClass, at most 63 lower-case letters, digits, "." and "-"'],
        ["!('bulkhead-static' in self)", 'bulkhead-static holds the storage roots and grants of labs, which take no space; remove it'],
      ),
    })
    .optional()
    .describe('Sum of the sizes of state and database volumes of one StorageClass, by its name. Absent: only `storage` limits.'),
  resources: z
    .record(z.string(), count)
    .meta({
      maxProperties: 16,
      ...cel([
        keyRule(
          "k.matches('^[a-z0-9][-a-z0-9.]*/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$') && !k.contains('kubernetes.io/') && !k.startsWith('requests.')",
        ),
        'a key must be an extended resource as containers request it, for example nvidia.com/mig-1g.10gb; cpu, memory and ephemeralStorage have fields of their own, and so have devices: deviceClasses',
      ]),
    })
    .optional()
    .describe(
      'Further extended resources that pods may request together, by name, for example `nvidia.com/mig-1g.10gb`. What is not named is refused. The resource of `gpu` is limited by that field alone.',
    ),
  deviceClasses: z
    .record(z.string(), count)
    .meta({
      maxProperties: 16,
      ...cel([keyRule(classRule), 'a key must be the name of a DeviceClass, at most 63 lower-case letters, digits, "." and "-"']),
    })
    .optional()
    .describe(
      'Devices of dynamic resource allocation by DeviceClass, which containers request as `deviceclass.resource.kubernetes.io/<class>`. A class that is not named is not offered to the lab. A class that serves an extended resource must be named beside that resource.',
    ),
  pods: count.optional().describe('Pods that may exist at once. Absent: not limited.'),
  instances: count.optional().describe('ProcessingInstances. Absent: not limited.'),
  services: count
    .optional()
    .describe(
      'Services: one for an instance with ports, one for its database. An instance beyond says ObjectRefused. Absent: not limited.',
    ),
  objects: z
    .record(z.string(), count)
    .meta({
      maxProperties: 32,
      ...cel(
        [
          keyRule("!k.contains('/')"),
          'a key must be a resource like `secrets`, or with its group like `jobs.batch`, at most 63 characters',
        ],
        [
          `!self.exists(k, k in ${JSON.stringify(ownObjects).replaceAll('"', "'")})`,
          'Bulkhead and Kubernetes make objects of that resource for the lab, which a limit would leave half made; pods, services, instances and storage have fields of their own',
        ],
      ),
    })
    .optional()
    .describe(
      'Objects by resource, for example `secrets` or `jobs.batch`; it adds to the other limits and raises none. Secrets of databases and Jobs that make directories count. Absent: 1000 `jobs.batch` and 500 `datagrants.bulkhead.science`, else not limited.',
    ),
});
export type Quota = z.output<typeof quota>;

// Lab: a group of people, their identity on the file system, their storage roots and their quota. This schema is the CRD.
import { z } from 'zod';
import { cel, dnsLabel, listMap, listSet, quantity, relativePath, relativePathRule, statusBase } from './schema.ts';

/** Names under system: belong to the cluster itself: controllers, nodes, service accounts, and groups that hold everybody. */
const personName = z
  .string()
  .min(1)
  .max(253)
  .meta(
    cel([
      "!self.startsWith('system:')",
      'names that start with "system:" belong to the cluster; name a person, or a group of the identity provider',
    ]),
  );
const roleNames = z.array(dnsLabel).max(16).meta(listSet);

const member = z.object({
  user: personName.describe('Name of the user as the API server authenticates it, for example an OIDC e-mail address.'),
  roles: roleNames.min(1).describe('What the person may do, as names of DataRoles or of standard roles; together (CE-7).'),
  expiresAt: z.iso
    .datetime()
    .optional()
    .describe('Instant (RFC 3339, UTC) from which the person is no member any more. Nothing is deleted. Absent: no end.'),
  suspended: z
    .boolean()
    .optional()
    .describe('true: the person keeps the entry and loses every right until it is false again (CM-17..CM-19).'),
});
export type Member = z.output<typeof member>;

const peopleGroup = z.object({
  name: dnsLabel.describe('Name of the group inside this lab.'),
  users: z.array(personName).max(500).optional().meta(listSet).describe('People of the group, whether they are members or not.'),
  externalGroups: z
    .array(personName)
    .max(32)
    .optional()
    .meta(listSet)
    .describe(
      'Groups of the identity provider, as the API server authenticates them: everybody in one of them belongs to this group (CS-19, GX-2).',
    ),
  roles: roleNames.optional().describe('What everybody in the group may do, beside what they may do as members. Absent: nothing more.'),
});
export type PeopleGroup = z.output<typeof peopleGroup>;

const storageRoot = z.object({
  name: dnsLabel.describe('Name by which instances and grants refer to this root.'),
  backend: dnsLabel
    .describe('Storage backend of the facility configuration that holds the root. Immutable.')
    .meta(cel(['self == oldSelf', 'storage[].backend is immutable; data is never moved'])),
  path: relativePath
    .describe('Directory below the backend. Never equal to, above or below a root of another lab (CS-3). Immutable.')
    .meta(cel(relativePathRule, ['self == oldSelf', 'storage[].path is immutable; data is never moved'])),
});
export type StorageRoot = z.output<typeof storageRoot>;

const count = z.int().min(0).max(1_000_000);
/** Keys of the maps below; a CRD cannot say their form in another way, and a match of a key without a known length would cost too much. */
const keyRule = (rule: string): string => `self.all(k, size(k) <= 63 && ${rule})`;

const classRule = "k.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')";

/** What the operator and the controllers of Kubernetes make in a lab: a limit could leave it half made. */
const ownObjects = [
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
  'statefulsets.apps',
  'controllerrevisions.apps',
  'networkpolicies.networking.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'labpolicies.bulkhead.science',
  'processinginstances.bulkhead.science',
];

const quota = z.object({
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

const amounts = z.object({
  cpu: quantity.optional().describe('CPU.'),
  memory: quantity.optional().describe('Memory.'),
  ephemeralStorage: quantity.optional().describe('Space on the disk of the node.'),
});
export type Amounts = z.output<typeof amounts>;

/** `small.x <= large.x` for every amount that both state. */
const notAbove = (small: string, large: string): [rule: string, message: string] => [
  ['cpu', 'memory', 'ephemeralStorage']
    .map(
      (amount) =>
        `(!has(self.${small}) || !has(self.${large}) || !has(self.${small}.${amount}) || !has(self.${large}.${amount}) || quantity(self.${small}.${amount}).compareTo(quantity(self.${large}.${amount})) <= 0)`,
    )
    .join(' && '),
  `limits.${small} must not be above limits.${large}, for any amount`,
];

const limits = z
  .object({
    defaultRequest: amounts
      .optional()
      .describe(
        'What a container requests that says nothing. Absent: 100m CPU, 128Mi memory and, where `quota.ephemeralStorage` counts it, 1Gi on the disk of the node; less where `default` or `max` is less.',
      ),
    default: amounts
      .optional()
      .describe(
        'Limits of a container that says nothing. Absent: 1 CPU, 1Gi memory and, where `quota.ephemeralStorage` counts it, 4Gi on the disk of the node; what `defaultRequest` asks for when that is more, and `max` when that is less.',
      ),
    max: amounts
      .optional()
      .describe(
        'The most that one container may ask for; also for databases, whose servers have a limit of 1Gi memory. Absent: no maximum.',
      ),
  })
  .meta(cel(notAbove('defaultRequest', 'default'), notAbove('default', 'max'), notAbove('defaultRequest', 'max')));
export type Limits = z.output<typeof limits>;

const egress = z.object({
  cidr: z
    .string()
    .max(43)
    .meta(
      cel([
        'isCIDR(self) && cidr(self) == cidr(self).masked()',
        'must be a network like 203.0.113.0/24, with no bit set behind the prefix',
      ]),
    )
    .describe('Network that pods of the lab may reach.'),
  ports: z.array(z.int().min(1).max(65_535)).min(1).max(32).meta(listSet).describe('Ports there.'),
  protocol: z.enum(['TCP', 'UDP']).optional().describe('Absent: TCP.'),
});
export type Egress = z.output<typeof egress>;

export const LabSpec = z
  .object({
    displayName: z.string().min(1).max(128).optional().describe('Name of the lab for people. Absent: metadata.name.'),
    contacts: z
      .array(
        z.object({
          name: z.string().min(1).max(128).describe('Name of the person.'),
          email: z
            .string()
            .max(253)
            .regex(/^[^@\s]+@[^@\s]+$/)
            .describe('Where to write to.'),
        }),
      )
      .max(8)
      .optional()
      .meta(listMap('email'))
      .describe('Whom to ask about the lab; named to people whom the lab refuses because they or the lab are suspended.'),
    members: z
      .array(member)
      .max(1000)
      .optional()
      .meta(listMap('user'))
      .describe('Who belongs to the lab. Somebody who is in neither members nor groups has no rights in it (CM-12).'),
    groups: z
      .array(peopleGroup)
      .max(64)
      .optional()
      .meta(listMap('name'))
      .describe('Groups of people, own ones and those of the identity provider.'),
    identity: z
      .object({
        uid: z.int().min(1000).max(2_147_483_647).describe('Numeric user id.'),
        gid: z.int().min(1000).max(2_147_483_647).describe('Numeric group id.'),
      })
      .optional()
      .meta(cel(['self == oldSelf', 'identity is immutable: files on disk belong to it']))
      .describe(
        'Existing account on the file system to adopt. Absent: one is allocated from the range of the facility. Never used by two labs, nor again after the lab is gone (CS-8).',
      ),
    storage: z
      .array(storageRoot)
      .max(16)
      .optional()
      .meta(listMap('name'))
      .describe('Directories that belong to this lab alone. They must exist; deleting the Lab never deletes them.'),
    quota: quota.prefault({}).describe('Limits of everything that runs in the lab.'),
    limits: limits.optional().describe('Limits of one container, and what it gets when it says nothing (CS-14).'),
    network: z
      .object({
        egress: z
          .array(egress)
          .max(64)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('What pods of the lab may reach outside the cluster. Absent: nothing.'),
      })
      .optional()
      .describe('Who reaches what over the network.'),
    placement: dnsLabel
      .optional()
      .describe(
        'Placement profile of the facility configuration: on which nodes, with which runtime class the pods of the lab run. Absent: any node that no taint keeps for others.',
      ),
    suspended: z
      .boolean()
      .optional()
      .describe(
        'true: the lab is cordoned. Its people lose their rights, nothing begins, running work ends: applications and databases are stopped, Jobs are suspended, pods without a controller are deleted. Volumes, files, Jobs and reservations stay, and false brings everything back; a Job begins its interrupted pods anew. What the lab has granted stays readable for others: end a grant to end that.',
      ),
  })
  .meta(
    cel(
      ['!has(oldSelf.identity) || has(self.identity)', 'spec.identity cannot be removed: files on disk belong to it'],
      [
        '!has(oldSelf.storage) || (has(self.storage) && oldSelf.storage.all(o, self.storage.exists(s, s.name == o.name)))',
        'a storage root cannot be removed while the lab exists: instances and grants may use it',
      ],
    ),
  );
export type LabSpec = z.output<typeof LabSpec>;

export const LabStatus = z.object({
  ...statusBase,
  namespace: z.string().max(63).optional().describe('Namespace of the lab.'),
  uid: z.int().optional().describe('Numeric user id under which every process of the lab runs.'),
  gid: z.int().optional().describe('Numeric group id under which every process of the lab runs.'),
  namespaceUID: z.string().max(64).optional().describe('metadata.uid of the namespace that was made for this lab.'),
});
export type LabStatus = z.output<typeof LabStatus>;

/** Reasons of the conditions of a Lab; part of the API. */
export const labReasons = {
  Ready: 'Everything the lab needs exists and its walls stand.',
  Progressing: 'The operator is still making or removing objects of the lab.',
  Terminating: 'The lab is being deleted: people lose their rights first, then its objects go. Data stays.',
  DefinitionDeleted:
    'The CustomResourceDefinition of Labs was deleted, and the Lab with it. Its walls, people and data stay until somebody decides.',
  NamespaceTaken: 'A namespace with the name of the lab exists and was not made by Bulkhead.',
  BackendUnknown: 'spec.storage[].backend names no storage backend of the facility configuration.',
  PathTaken: 'spec.storage[].path is, contains or lies inside a storage root that another lab holds or held.',
  IdentityTaken: 'spec.identity belongs to another lab, or to one that was deleted.',
  IdentityExhausted: 'Every id of the facility range is taken; ids are never used again.',
  Reserved: 'Identity and storage roots belong to this lab alone.',
  GuardMissing: 'The API server admitted a pod that the walls must refuse, so nobody is let in.',
  Guarded: 'A pod that breaks the rules was refused by the API server before anybody was let in.',
  RoleUnknown: 'spec names a role that is neither a DataRole nor a standard role; whoever holds it gets nothing from it.',
  Suspended: 'spec.suspended is true: running work has ended or is ending, nothing begins, nobody has rights.',
  PlacementUnknown: 'spec.placement names no placement profile of the facility configuration; no pod of the lab starts.',
  EgressForbidden: 'spec.network.egress names a network that the facility configuration keeps from every lab.',
  ObjectTaken: 'An object under a name that the lab needs was made by somebody else; it is never adopted.',
  WallsStand: 'Every wall of the lab was looked at and stands as it must.',
  WallBroken: 'A wall is missing or changed; the message names it. Those of the lab are made again, those of the chart are for its owner.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type LabReason = keyof typeof labReasons;

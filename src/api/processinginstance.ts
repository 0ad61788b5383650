// ProcessingInstance: one running application of a lab, or a workspace in whose name members run Jobs. This schema is the CRD.
import { z } from 'zod';
import { personName } from './people.ts';
import { cel, containerPath, dnsLabel, listMap, listSet, quantity, relativePath, statusBase } from './schema.ts';

const envVar = z.object({
  name: z
    .string()
    .max(128)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .meta(cel(["!self.startsWith('BULKHEAD_')", 'names that start with BULKHEAD_ are set by Bulkhead']))
    .describe('Name of the variable.'),
  value: z.string().max(4096).describe('Value; $(BULKHEAD_…) is replaced by the injected variable of that name.'),
});

const resources = z.object({
  gpu: z.int().min(1).max(64).optional().describe('Whole GPUs of the container. Absent: none.'),
  cpu: quantity.optional().describe('CPU request and limit. Absent: the default of the lab.'),
  memory: quantity.optional().describe('Memory request and limit. Absent: the default of the lab.'),
});

const component = z.object({
  name: dnsLabel.describe('Name of the container.'),
  image: z.string().min(1).max(512).describe('Container image.'),
  command: z
    .array(z.string().max(4096))
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Replaces the entry point of the image.'),
  args: z
    .array(z.string().max(65_536))
    .max(256)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Arguments of the command.'),
  env: z.array(envVar).max(128).optional().meta(listMap('name')).describe('Environment, after the injected BULKHEAD_ variables.'),
  resources: resources.optional().describe('What the container needs.'),
  ports: z
    .array(
      z.object({
        name: z
          .string()
          .min(1)
          .max(15)
          .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/)
          .describe('Name of the port; its number is injected as BULKHEAD_PORT_<NAME>.'),
        offset: z.int().min(0).max(127).describe('Distance from the first port of the block of this instance (CS-11).'),
      }),
    )
    .max(32)
    .optional()
    .meta(listMap('name'))
    .describe('Ports on which the application listens and is reached: node port, service port and container port are one number.'),
  readiness: z
    .object({
      port: z.string().max(15).describe('Name of the port to ask.'),
      path: z
        .string()
        .max(256)
        .regex(/^\/[A-Za-z0-9._~/?&=%-]*$/)
        .optional()
        .describe('HTTP path that answers 2xx or 3xx when the application is ready. Absent: the port accepts connections.'),
    })
    .optional()
    .describe('When the application counts as ready. Absent: as soon as it runs.'),
});

const state = z.object({
  name: dnsLabel.describe('Name of the volume.'),
  mountPath: containerPath.describe('Where the component sees it.'),
  size: quantity.describe('Size to request. Kept, with its content, when the instance is deleted.'),
});

const data = z
  .object({
    volume: dnsLabel.optional().describe('Storage root of the own lab. Exactly one of volume and from.'),
    from: z
      .object({ lab: dnsLabel.describe('Lab that owns the data.'), grant: dnsLabel.describe('Name of its DataGrant.') })
      .optional()
      .describe('Grant of another lab: the half of the consumer. Exactly one of volume and from.'),
    path: relativePath
      .optional()
      .describe(
        'Directory to mount. Of the own lab: any, made when missing; absent: the whole root. Of a grant: one of its paths; required.',
      ),
    mountPath: containerPath.describe('Where the component, or a Job, sees it.'),
    mode: z
      .enum(['ReadOnly', 'ReadWrite'])
      .optional()
      .describe('ReadWrite asks everybody in the audience for the right to write. Absent: ReadOnly.'),
    purpose: z
      .enum(['Work', 'Import'])
      .optional()
      .describe('Import: a source to bring data in from; everybody in the audience must hold import there (CS-16, CS-17). Absent: Work.'),
  })
  .meta(
    cel(
      ['has(self.volume) != has(self.from)', 'give exactly one of volume (own lab) and from (grant of another lab)'],
      ['!has(self.from) || has(self.path)', 'data from a grant needs a path'],
      [
        "!has(self.purpose) || self.purpose != 'Import' || !has(self.mode) || self.mode == 'ReadOnly'",
        'a source to import from is read-only',
      ],
    ),
  );
export type DataMount = z.output<typeof data>;

export const ProcessingInstanceSpec = z
  .object({
    owner: personName
      .optional()
      .describe(
        'Who answers for the code that the instance runs: the person who writes it, and always part of the audience. Admission refuses the name of another, except from those who may act for others (the verb actfor). Absent: the facility answers.',
      ),
    audience: z
      .object({
        users: z.array(personName).max(500).optional().meta(listSet).describe('People of the lab.'),
        groups: z.array(dnsLabel).max(64).optional().meta(listSet).describe('Groups in spec.groups of the Lab.'),
      })
      .optional()
      .describe(
        'Who uses the instance and runs Jobs in its name. It mounts only what everybody in it may have. Whoever is no active person of the lab is left out. Absent or empty: all active people of the lab.',
      ),
    outputs: z
      .object({
        volume: dnsLabel.describe('Storage root of the lab.'),
        path: relativePath.describe('Directory into which the instance writes.'),
      })
      .optional()
      .describe(
        'Where results go. Bulkhead keeps a DataGrant there that says what they were derived from: everything that the instance mounts besides (GX-11, GX-25, GX-26). Absent: nothing is recorded.',
      ),
    components: z
      .array(component)
      .max(1)
      .optional()
      .meta(listMap('name'))
      .describe('The application. Absent or empty: a workspace, in whose name members with the verb "compute" run Jobs.'),
    ports: z
      .object({ size: z.int().min(1).max(128).describe('Consecutive ports to reserve; at most the block size of the facility.') })
      .optional()
      .describe('Block of ports that belongs to this instance alone for its whole life (CS-11).')
      .meta(cel(['self == oldSelf', 'ports is immutable: the numbers of an instance never change while it lives'])),
    database: z
      .object({
        engine: z.enum(['PostgreSQL']).describe('Kind of database.'),
        version: z
          .string()
          .max(16)
          .regex(/^[0-9]+(\.[0-9]+)*$/)
          .describe('Version, one of those the facility configuration has an image for.')
          .meta(cel(['self == oldSelf', 'database.version is immutable: a server of another version cannot read the data'])),
        size: quantity.describe('Size of its volume. Kept, with its content, when the instance is deleted.'),
      })
      .optional()
      .describe('Database server of this instance alone (CS-9). Absent: none.'),
    license: z
      .object({
        secretRef: z
          .object({ name: dnsLabel.describe('Secret in the namespace of the lab.'), key: z.string().min(1).max(253).describe('Its key.') })
          .describe('Where the licence id is kept.'),
      })
      .optional()
      .describe(
        'Licence that no other instance of the facility may use (CS-10); injected as BULKHEAD_LICENSE. A change inside the Secret is noticed at the next change of the instance.',
      ),
    storage: z.array(state).max(8).optional().meta(listMap('name')).describe('Volumes for the own state of the application.'),
    data: z.array(data).max(32).optional().meta(listMap('mountPath')).describe('Data of the lab, and data granted by others.'),
  })
  .meta(
    cel(
      [
        '!has(self.components) || self.components.all(c, !has(c.ports) || c.ports.size() == 0 || (has(self.ports) && c.ports.all(p, p.offset < self.ports.size)))',
        'every port needs spec.ports, and its offset must be below spec.ports.size',
      ],
      [
        '!has(self.components) || self.components.all(c, !has(c.readiness) || (has(c.ports) && c.ports.exists(p, p.name == c.readiness.port)))',
        'readiness.port must be the name of one of the ports of the component',
      ],
      ['has(self.ports) == has(oldSelf.ports)', 'spec.ports is immutable: make a new instance'],
      ['has(self.database) || !has(oldSelf.database)', 'spec.database cannot be removed; delete the instance instead, its data stays'],
    ),
  );
export type ProcessingInstanceSpec = z.output<typeof ProcessingInstanceSpec>;
export type Component = z.output<typeof component>;

export const ProcessingInstanceStatus = z.object({
  ...statusBase,
  ports: z
    .object({ base: z.int().describe('First port.'), size: z.int().describe('How many.') })
    .optional()
    .describe('The reserved block.'),
  endpoints: z
    .array(
      z.object({
        name: z.string().describe('Name of the port.'),
        port: z.int().describe('Its number: on the node that runs the pod, on the Service and in the container.'),
        host: z.string().describe('Name inside the cluster.'),
      }),
    )
    .optional()
    .meta(listMap('name'))
    .describe('Where the application is reached.'),
});
export type ProcessingInstanceStatus = z.output<typeof ProcessingInstanceStatus>;

/** Reasons of the conditions of a ProcessingInstance; part of the API. */
export const processingInstanceReasons = {
  Ready: 'The application runs and answers.',
  Workspace: 'There is no component; Jobs may run as this instance.',
  Progressing: 'Objects are being made, or pods are starting.',
  Terminating: 'The instance is being deleted; state and database volumes stay.',
  DefinitionDeleted:
    'The CustomResourceDefinition of ProcessingInstances was deleted, and the instance with it. What runs is left alone until somebody decides.',
  LabNotReady: 'The lab of this namespace is not ready yet.',
  LabSuspended: 'The lab is suspended, so nothing of the instance runs; it begins again when the lab does.',
  NotInLab: 'The namespace does not belong to a lab.',
  PortsExhausted: 'Every block of the facility port range is taken.',
  PortBlockTooSmall: 'spec.ports.size is larger than the block size of the facility.',
  PortsReserved: 'The block of ports belongs to this instance alone.',
  LicenseInUse: 'Another instance of the facility uses the same licence.',
  LicenseNotFound: 'The Secret or the key that spec.license names does not exist.',
  LicenseReserved: 'The licence belongs to this instance alone.',
  DatabaseVersionUnknown: 'The facility configuration has no image for spec.database.version.',
  DatabaseReady: 'The database accepts connections.',
  DatabaseStarting: 'The database is starting.',
  VolumeUnknown: 'spec.data[].volume names no storage root of the lab.',
  GrantNotFound: 'spec.data[].from names a grant that does not exist or is not for this lab.',
  GrantInactive: 'The grant has expired or was revoked, so its data is not mounted.',
  PathNotGranted: 'spec.data[].path is not one of the paths of the grant.',
  AudienceLacks:
    'Somebody in the audience may not read the data, write or import it, as the item asks; the message names the person and why.',
  ContainsRestrictedPath: 'A directory below holds data that somebody in the audience may not read, and a directory is mounted whole.',
  OutputsRecorded: 'A DataGrant says what the outputs were derived from, or there is nothing to say.',
  TooManyInputs: 'More data is mounted, or was, than one DataGrant can name as what the outputs were derived from.',
  DataMounted: 'All data of spec.data is available.',
  ObjectTaken: 'A claim under a name that the instance needs was made by somebody else; it is never adopted.',
  ObjectRefused: 'The API server refuses an object of this instance; the message has its words.',
  PodRefused: 'The API server refuses the pod of this instance; the message has its words.',
  PodNotRunning: 'The pod does not run; the message has the words of the node.',
  InternalError: 'The operator failed and tries again; its log has the details.',
} as const;
export type ProcessingInstanceReason = keyof typeof processingInstanceReasons;

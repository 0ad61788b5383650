// LabPolicy: the parameters of the admission policies for one lab, one object named "policy" per lab namespace. Only the
// operator writes it. What is not listed here is refused; without the object every pod of the lab is refused.
import { z } from 'zod';
import { listSet } from './schema.ts';

/** The operator is the only writer and always writes the whole list. A list that merges would become null, which is invalid, when
 *  server-side apply takes its last item away. */
const replacedWhole = { 'x-kubernetes-list-type': 'atomic' } as const;

const name = z.string().min(1).max(63);

const mount = z.object({
  serviceAccount: name.describe('Pods that run as this service account may use the mount.'),
  claim: name.describe('PersistentVolumeClaim that they may name.'),
  subPaths: z
    .array(z.string().max(512))
    .min(1)
    .max(64)
    .meta(listSet)
    .describe('Exact values of volumeMounts[].subPath that they may use; the empty string stands for the whole volume.'),
  readOnly: z
    .boolean()
    .describe(
      'Whether mounts of these parts must be read-only, and the volume as well unless another entry makes a part of the claim writable.',
    ),
  notAfter: z.iso.datetime().optional().describe('Instant at which every pod with this mount must have ended. Absent: no end.'),
});

const toleration = z.object({
  key: z.string().min(1).max(316).describe('Key of the taint.'),
  operator: z.enum(['Exists', 'Equal']).optional().describe('Absent: Equal.'),
  value: z.string().max(63).optional().describe('Value of the taint.'),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Absent: every effect.'),
});

export const LabPolicySpec = z.object({
  uid: z.int().describe('The only user id for processes of the lab.'),
  gid: z.int().describe('The only primary group id, and the only fsGroup.'),
  supplementalGroups: z
    .array(z.int())
    .max(256)
    .meta(replacedWhole)
    .describe('Further group ids that a pod may have: those of labs that granted data.'),
  resourceNames: z.array(z.string().max(253)).max(48).meta(replacedWhole).describe('Resources that containers may request.'),
  gpuResource: z
    .string()
    .max(253)
    .optional()
    .describe('Which of these a GPU is; `kubectl bulkhead run --gpu` asks for it. Absent: nvidia.com/gpu.'),
  reviewURL: z
    .string()
    .max(512)
    .optional()
    .describe('Where pods of the lab may ask who may do what, with a projected token of the audience bulkhead-review. Absent: nowhere.'),
  nodeSelector: z
    .record(z.string(), z.string().max(63))
    .meta({ maxProperties: 16 })
    .optional()
    .describe('Labels of nodes that every pod must select; it may select further ones. Absent: none.'),
  tolerations: z
    .array(toleration)
    .max(16)
    .optional()
    .meta(replacedWhole)
    .describe(
      'Taints that pods may tolerate, beside those that the API server adds itself: a node that is not ready or short of memory, and nodes with a resource that the pod requests. Absent: none.',
    ),
  runtimeClassName: z.string().max(253).optional().describe('The RuntimeClass that every pod must name. Absent: it must name none.'),
  closed: z.string().max(1024).optional().describe('Why no pod may start at all. Absent: pods may.'),
  barred: z
    .array(
      z.object({
        user: z.string().max(253).describe('Name of the person.'),
        from: z.iso
          .datetime()
          .describe('Instant from which the person may run nothing; the end of a membership, or the past for a suspended or inactive one.'),
        inactiveIn: z.string().max(40).optional().describe('Group whose period of inactivity the person has exceeded. Absent: none.'),
        externalGroups: z
          .array(z.string().max(253))
          .max(32)
          .optional()
          .meta(replacedWhole)
          .describe('Only while the person is in one of these groups of the identity provider. Absent: always.'),
      }),
    )
    .max(2000)
    .optional()
    .meta(replacedWhole)
    .describe('People who may run nothing in the lab, or from some instant on: kept by the API server even when no operator runs.'),
  periods: z
    .array(
      z.object({
        group: z.string().max(40).describe('Group of the lab.'),
        message: z.string().max(4096).describe('What a person reads who is inactive in it, with whom to ask.'),
      }),
    )
    .max(16)
    .optional()
    .meta(replacedWhole)
    .describe('Periods of inactivity that somebody has exceeded.'),
  audiences: z
    .array(
      z.object({
        serviceAccount: name.describe('Account of an instance that is not for everybody in the lab.'),
        users: z.array(z.string().max(253)).max(1000).meta(replacedWhole).describe('People who may run pods and Jobs in its name.'),
        groups: z.array(z.string().max(253)).max(64).meta(replacedWhole).describe('Groups of the identity provider that may.'),
      }),
    )
    .max(256)
    .optional()
    .meta(replacedWhole)
    .describe(
      'Who may run in the name of an instance, beside holding the verb compute. An account that is not listed is for everybody who holds it.',
    ),
  contact: z.string().max(1024).optional().describe('Whom a refused person may ask, in words.'),
  mounts: z.array(mount).max(1024).meta(replacedWhole).describe('Who may mount what.'),
  secrets: z
    .array(z.object({ serviceAccount: name.describe('Service account.'), secret: name.describe('Secret that its pods may use.') }))
    .max(256)
    .meta(replacedWhole)
    .describe('Who may use which Secret.'),
});
export type LabPolicySpec = z.output<typeof LabPolicySpec>;
/** On which nodes pods run, and how. */
export type Placement = Pick<LabPolicySpec, 'nodeSelector' | 'tolerations' | 'runtimeClassName'>;
export type PolicyMount = LabPolicySpec['mounts'][number];

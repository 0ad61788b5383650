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
  readOnly: z.boolean().describe('Whether volume and mount must both be read-only.'),
  notAfter: z.iso.datetime().optional().describe('Instant at which every pod with this mount must have ended. Absent: no end.'),
});

export const LabPolicySpec = z.object({
  uid: z.int().describe('The only user id for processes of the lab.'),
  gid: z.int().describe('The only primary group id, and the only fsGroup.'),
  supplementalGroups: z
    .array(z.int())
    .max(256)
    .meta(replacedWhole)
    .describe('Further group ids that a pod may have: those of labs that granted data.'),
  resourceNames: z.array(z.string().max(253)).max(32).meta(replacedWhole).describe('Resources that containers may request.'),
  mounts: z.array(mount).max(1024).meta(replacedWhole).describe('Who may mount what.'),
  secrets: z
    .array(z.object({ serviceAccount: name.describe('Service account.'), secret: name.describe('Secret that its pods may use.') }))
    .max(256)
    .meta(replacedWhole)
    .describe('Who may use which Secret.'),
});
export type LabPolicySpec = z.output<typeof LabPolicySpec>;
export type PolicyMount = LabPolicySpec['mounts'][number];

// The kinds of Bulkhead as typed handles for caches and requests, and as what a CRD needs beyond its schema.
import type { z } from 'zod';
import { standardRoles } from '../access/role.ts';
import { defineKind } from '../kube/kind.ts';
import type { KubeObject } from '../kube/object.ts';
import { DataGrantSpec, DataGrantStatus, dataGrantReasons } from './datagrant.ts';
import { DataRoleSpec } from './datarole.ts';
import { LabSpec, LabStatus, labReasons } from './lab.ts';
import { group, version } from './labels.ts';
import { LabPolicySpec } from './labpolicy.ts';
import { ProcessingInstanceSpec, ProcessingInstanceStatus, processingInstanceReasons } from './processinginstance.ts';
import { ReservationSpec } from './reservation.ts';

export const apiVersion = `${group}/${version}`;

export type Lab = KubeObject & { spec: LabSpec; status?: LabStatus };
export type ProcessingInstance = KubeObject & { spec: ProcessingInstanceSpec; status?: ProcessingInstanceStatus };
export type DataGrant = KubeObject & { spec: DataGrantSpec; status?: DataGrantStatus };
export type DataRole = KubeObject & { spec: DataRoleSpec };
export type LabPolicy = KubeObject & { spec: LabPolicySpec };
export type Reservation = KubeObject & { spec: ReservationSpec };

export const Labs = defineKind<Lab>(apiVersion, 'Lab', 'labs', 'Cluster');
export const ProcessingInstances = defineKind<ProcessingInstance>(apiVersion, 'ProcessingInstance', 'processinginstances', 'Namespaced');
export const DataGrants = defineKind<DataGrant>(apiVersion, 'DataGrant', 'datagrants', 'Namespaced');
export const DataRoles = defineKind<DataRole>(apiVersion, 'DataRole', 'dataroles', 'Cluster');
export const LabPolicies = defineKind<LabPolicy>(apiVersion, 'LabPolicy', 'labpolicies', 'Namespaced');
export const Reservations = defineKind<Reservation>(apiVersion, 'Reservation', 'reservations', 'Cluster');

export interface Definition {
  kind: { kind: string; plural: string; namespaced: boolean };
  shortNames: string[];
  description: string;
  spec: z.ZodType;
  status?: z.ZodType;
  /** Every reason of its conditions, with what it means. */
  reasons?: Record<string, string>;
  /** CEL rules on the whole object, where a rule needs metadata.name. */
  rules?: { rule: string; message: string }[];
  columns: { name: string; jsonPath: string; type: 'string' | 'integer' | 'date'; priority?: number; description?: string }[];
}

const ready = { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status', type: 'string' } as const;
const reason = { name: 'Reason', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', type: 'string' } as const;
const message = { name: 'Message', jsonPath: '.status.conditions[?(@.type=="Ready")].message', type: 'string', priority: 1 } as const;
const age = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' } as const;
const shortName = (limit: number) => ({
  rule: `self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= ${limit}`,
  message: `metadata.name must be at most ${limit} lower-case letters, digits and "-"`,
});

export const definitions: Definition[] = [
  {
    kind: Labs,
    shortNames: ['lab'],
    description: 'A group of people with an identity, storage and a namespace of its own, walled off from every other lab.',
    spec: LabSpec,
    status: LabStatus,
    reasons: labReasons,
    rules: [shortName(40)],
    columns: [
      ready,
      reason,
      { name: 'Isolated', jsonPath: '.status.conditions[?(@.type=="Isolated")].status', type: 'string' },
      { name: 'Namespace', jsonPath: '.status.namespace', type: 'string' },
      { name: 'UID', jsonPath: '.status.uid', type: 'integer' },
      { name: 'Lab', jsonPath: '.spec.displayName', type: 'string', priority: 1, description: 'Name for people.' },
      message,
      age,
    ],
  },
  {
    kind: ProcessingInstances,
    shortNames: ['pi'],
    description: 'One running application of a lab, or a workspace in whose name its members run Jobs.',
    spec: ProcessingInstanceSpec,
    status: ProcessingInstanceStatus,
    reasons: processingInstanceReasons,
    rules: [
      shortName(40),
      {
        rule: "self.metadata.name != 'default' && !self.metadata.name.startsWith('bulkhead-') && self.metadata.name.matches('^[a-z]')",
        message:
          'metadata.name is also the service account and the Service: it must start with a letter, not be "default", and not start with "bulkhead-"',
      },
    ],
    columns: [
      ready,
      reason,
      { name: 'Port', jsonPath: '.status.ports.base', type: 'integer', description: 'First port of the block.' },
      message,
      age,
    ],
  },
  {
    kind: DataGrants,
    shortNames: ['dg'],
    description: 'Says who may do what with which paths of the lab in whose namespace it lives, from when until when.',
    spec: DataGrantSpec,
    status: DataGrantStatus,
    reasons: dataGrantReasons,
    rules: [shortName(40)],
    columns: [
      ready,
      reason,
      { name: 'Active', jsonPath: '.status.conditions[?(@.type=="Active")].reason', type: 'string', description: 'Whether it counts now.' },
      { name: 'Enforced', jsonPath: '.status.conditions[?(@.type=="Enforced")].status', type: 'string' },
      { name: 'Grantor', jsonPath: '.spec.grantor', type: 'string', description: 'Who answers for it; empty: the facility.' },
      { name: 'Next', jsonPath: '.status.nextTransition.to', type: 'string', priority: 1, description: 'What comes next.' },
      { name: 'Expires', jsonPath: '.spec.expiresAt', type: 'string' },
      message,
      age,
    ],
  },
  {
    kind: DataRoles,
    shortNames: ['drole'],
    description: `A named set of permissions, for every lab. Always there without an object: ${Object.keys(standardRoles).join(', ')}.`,
    spec: DataRoleSpec,
    rules: [
      shortName(40),
      {
        rule: `!(self.metadata.name in ${JSON.stringify(Object.keys(standardRoles)).replaceAll('"', "'")})`,
        message: `${Object.keys(standardRoles).join(', ')} are standard roles, which nobody can redefine; take another name`,
      },
    ],
    columns: [{ name: 'Permissions', jsonPath: '.spec.permissions', type: 'string' }, age],
  },
  {
    kind: LabPolicies,
    shortNames: [],
    description: 'Parameters of the admission policies for one lab. Written by the operator alone.',
    spec: LabPolicySpec,
    rules: [{ rule: "self.metadata.name == 'policy'", message: 'the only LabPolicy of a namespace is named "policy"' }],
    columns: [{ name: 'UID', jsonPath: '.spec.uid', type: 'integer' }, { name: 'GID', jsonPath: '.spec.gid', type: 'integer' }, age],
  },
  {
    kind: Reservations,
    shortNames: ['rsv'],
    description: 'An exclusive claim on an id, a block of ports, a licence or a storage root. Written by the operator alone.',
    spec: ReservationSpec,
    columns: [
      { name: 'Type', jsonPath: '.spec.type', type: 'string' },
      { name: 'Resource', jsonPath: '.spec.resource', type: 'string' },
      { name: 'Holder', jsonPath: '.spec.holder.name', type: 'string' },
      age,
    ],
  },
];

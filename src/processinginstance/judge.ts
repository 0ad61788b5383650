// What stands in the way of an instance before anything is made for it. Pure. The user reads the first refusal, so causes stand before
// their consequences.
import type { Lab, LabPolicy, ProcessingInstance } from '../api/kinds.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { labOf } from '../api/names.ts';
import type { ProcessingInstanceReason } from '../api/processinginstance.ts';
import type { Config } from '../config.ts';

export interface Refusal {
  reason: ProcessingInstanceReason;
  message: string;
  /** Whether somebody has to act; else it passes by itself. */
  stalled: boolean;
}

/** The lab as an instance needs it: with its ids and its policy. */
export interface Ground {
  lab: Lab;
  uid: number;
  gid: number;
  policy: LabPolicySpec;
}

export interface GroundFacts {
  instance: ProcessingInstance;
  lab: Lab | undefined;
  policy: LabPolicy | undefined;
  config: Config;
}

export function judge({ instance, lab, policy, config }: GroundFacts): { ground: Ground } | { refusal: Refusal } {
  const { namespace = '' } = instance.metadata;
  const { ports, database } = instance.spec;
  const labName = labOf(namespace);
  if (labName === undefined)
    return stalled('NotInLab', `namespace "${namespace}" belongs to no lab; make the instance in the namespace of a lab`);
  if (!lab || lab.status?.namespace !== namespace) return waiting(`lab "${labName}" does not exist or has no namespace yet`);
  const { uid, gid } = lab.status;
  if (uid === undefined || gid === undefined) return waiting(`lab "${labName}" has no uid and gid yet; see its status`);
  if (!policy) return waiting(`lab "${labName}" has no LabPolicy yet; see its status`);
  const { closed } = policy.spec;
  if (closed !== undefined) return waiting(`no pod may start in lab "${labName}": ${closed}`);
  const { blockSize } = config.ports;
  if (ports && ports.size > blockSize) {
    return stalled('PortBlockTooSmall', `spec.ports.size is ${ports.size}; a block of this facility has ${blockSize} ports`);
  }
  const versions = Object.keys(config.database.images);
  if (database && !versions.includes(database.version)) {
    const known = versions.length > 0 ? versions.join(', ') : 'none';
    return stalled('DatabaseVersionUnknown', `spec.database.version "${database.version}" is not offered; this facility offers: ${known}`);
  }
  return { ground: { lab, uid, gid, policy: policy.spec } };
}

const stalled = (reason: ProcessingInstanceReason, message: string) => ({ refusal: { reason, message, stalled: true } });
const waiting = (message: string) => ({ refusal: { reason: 'LabNotReady' as const, message, stalled: false } });

// Which instances ask for a grant and may have it: sharing with another lab needs both halves. Pure.
import { decideData, grantKey, type NamedGrant } from '../access/data.ts';
import type { AccessModel } from '../access/model.ts';
import type { Lab, ProcessingInstance } from '../api/kinds.ts';
import { type GrantMode, grantClaimName, labOf } from '../api/names.ts';

/** The answer to an instance of a lab that asks for one of the paths. */
export interface Ask {
  lab: string;
  /** Absent: it may not have it. */
  mode: GrantMode | undefined;
  /** When the answer may be another one though no object changes. */
  changesAt: Date | undefined;
}

export interface AskFacts {
  model: AccessModel;
  /** Name of the lab that owns the data. */
  ownerLab: string;
  named: NamedGrant;
  /** Those that name the grant. */
  instances: ProcessingInstance[];
  labNamed: (name: string) => Lab | undefined;
  now: Date;
}

/** What the LabPolicy of the consumer lists, by the same function. */
export function asksOf({ model, ownerLab, named, instances, labNamed, now }: AskFacts): Ask[] {
  const grant = named.grant?.metadata.name ?? '';
  const key = { lab: ownerLab, grant };
  const grants = new Map([[grantKey(key), named]]);
  return instances.flatMap((instance) => {
    const lab = labNamed(labOf(instance.metadata.namespace ?? '') ?? '');
    const items = (instance.spec.data ?? []).filter(({ from }) => from?.lab === ownerLab && from.grant === grant);
    if (!lab) return [];
    return items.map((item): Ask => {
      const decision = decideData(item, { model, instance, lab, grants, now });
      const isWriting = decision.mounted && decision.mount.claim === grantClaimName(ownerLab, grant, 'ReadWrite');
      const mode = decision.mounted ? (isWriting ? 'ReadWrite' : 'ReadOnly') : undefined;
      return { lab: lab.metadata.name, mode, changesAt: decision.changesAt };
    });
  });
}

// Reserves what a lab needs for itself alone. Storage roots first, identity last: a lab whose paths are taken uses up no id.
import { type Lab, LabPolicies } from '../api/kinds.ts';
import type { LabReason } from '../api/lab.ts';
import { namespaceOf, policyName } from '../api/names.ts';
import type { Config } from '../config.ts';
import type { Kube } from '../kube/kube.ts';
import type { Stored } from '../kube/object.ts';
import type { Holder } from '../reservation/claim.ts';
import { claimIdentity, heldIdentity, type Identity } from '../reservation/identity.ts';
import { claimStorageRoot } from '../reservation/storageroot.ts';

export interface Refusal {
  reason: LabReason;
  message: string;
}

export interface Reserved {
  /** The lab with those storage roots that it holds; a refused one does not stop the others. */
  lab: Stored<Lab>;
  identity?: Identity;
  /** The first thing that the lab cannot have. */
  refusal?: Refusal;
}

export const holderOf = ({ metadata: { name, uid } }: Stored<Lab>): Holder => ({ kind: 'Lab', name, uid });

export async function reserve(kube: Kube, lab: Stored<Lab>, config: Config): Promise<Reserved> {
  const holder = holderOf(lab);
  const { identity: adopted, storage: wanted = [] } = lab.spec;
  const refusals: Refusal[] = [];
  const storage: typeof wanted = [];
  for (const root of wanted) {
    const refusal = unknownBackend(root, config) ?? (await pathTaken(kube, holder, root, adopted));
    if (refusal) refusals.push(refusal);
    else storage.push(root);
  }
  const policy = kube.cache.get(LabPolicies, policyName, namespaceOf(lab.metadata.name));
  const known = policy && { uid: policy.spec.uid, gid: policy.spec.gid };
  let identity = heldIdentity(kube.cache, holder, known);
  if (identity || refusals.length === 0) {
    const answer = await claimIdentity(kube, holder, { range: config.identity, adopted, known });
    if ('taken' in answer) refusals.push({ reason: adopted || policy ? 'IdentityTaken' : 'IdentityExhausted', message: answer.taken });
    else identity = answer;
  }
  const [refusal] = refusals;
  return { lab: { ...lab, spec: { ...lab.spec, storage } }, ...(identity && { identity }), ...(refusal && { refusal }) };
}

type Root = NonNullable<Lab['spec']['storage']>[number];

function unknownBackend({ name, backend }: Root, { storage: { backends } }: Config): Refusal | undefined {
  if (backends.some((known) => known.name === backend)) return undefined;
  const known = backends.length > 0 ? backends.map(({ name }) => name).join(', ') : 'none';
  return { reason: 'BackendUnknown', message: `spec.storage "${name}" names backend "${backend}"; this facility has ${known}` };
}

async function pathTaken(kube: Kube, holder: Holder, root: Root, adopted: Identity | undefined): Promise<Refusal | undefined> {
  const answer = await claimStorageRoot(kube, holder, root, adopted);
  return 'taken' in answer ? { reason: 'PathTaken', message: `spec.storage "${root.name}": ${answer.taken}` } : undefined;
}

// Labels and annotations, the same prefix for all. Tenants can write labels on their own objects: nothing here is ever
// read as authority from an object that a tenant may write, except where an admission policy pins it.
export const group = 'bulkhead.science';
export const version = 'v1alpha1';

/** On every lab namespace: the name of the Lab. Admission policies bind to it. */
export const labLabel = `${group}/lab`;
/** On every lab namespace: proof that Bulkhead has made it for this lab and its identity. One that was planted before the walls stood has none. */
export const sealLabel = `${group}/seal`;
/** On a Lab: metadata.uid of an existing namespace for which whoever writes the Lab answers, for example one from a backup. */
export const adoptAnnotation = `${group}/adopt-namespace`;
/** On the namespace of a suspended lab: while it says "true", admission lets no pod, Job, instance or grant begin there. */
export const suspendedLabel = `${group}/suspended`;
/** On everything the operator makes; informers select by it. */
export const managedLabel = `${group}/managed`;
export const managedSelector = `${managedLabel}=true`;
/** On children and pods of an instance: its name, which is also the service account of its pods. */
export const instanceLabel = `${group}/instance`;
/** On pods of an instance: what the pod is. Services and network policies select by it. */
export const partLabel = `${group}/part`;
export type Part = 'component' | 'database' | 'job' | 'directories';
/** On the volumes and claims of a DataGrant, which cannot have an owner reference: `grantClaimName` of it, as a label is too short for its full name. */
export const grantLabel = `${group}/grant`;
/** On Reservations: metadata.uid of the holder, so that all of one holder can be read without reading all. */
export const holderLabel = `${group}/holder`;

export const finalizer = `${group}/finalizer`;
export const fieldManager = 'bulkhead';
/** On a state or database claim: the volume behind it whose reclaim policy the operator has set to Retain. */
export const retainedAnnotation = `${group}/retained-volume`;
/** On a StatefulSet: fingerprint of the pod template it was given, to tell an old pod from a wanted one. */
export const templateAnnotation = `${group}/template`;

/** On everything that guards the labs: neither `helm uninstall` nor a pruning Argo CD may take down a wall, or the data behind it. */
export const keepAnnotations = {
  'helm.sh/resource-policy': 'keep',
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
};
/** On one of our CustomResourceDefinitions, "true": it may be deleted, and every object of its kind with it. */
export const allowDeletionAnnotation = `${group}/allow-deletion`;
/** On a Job that ran when its lab was suspended: it begins again when the lab does. */
export const suspendedAnnotation = `${group}/suspended`;
/** On a claim: the uid of the volume that was made again for it. Writing it makes the volume binder look at the claim at once. */
export const restoredAnnotation = `${group}/restored-volume`;

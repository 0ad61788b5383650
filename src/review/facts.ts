// What the review endpoint knows beside the model: which data of other labs an instance may mount, and whom to ask about a lab.
import { namedGrants } from '../access/concern.ts';
import { decideData } from '../access/data.ts';
import type { AccessModel } from '../access/model.ts';
import { instanceFacts } from '../access/read.ts';
import { Labs, ProcessingInstances } from '../api/kinds.ts';
import { namespaceOf } from '../api/names.ts';
import type { Cache } from '../kube/kube.ts';
import type { ReviewOptions } from './server.ts';

export const reviewFacts = (
  cache: Cache,
  model: AccessModel,
  clock: () => Date,
): Pick<ReviewOptions, 'partsOf' | 'instanceOf' | 'contactsOf'> => ({
  // Naming a grant must tell nothing about it: what the instance may not mount is as unknown to it as what does not exist.
  partsOf(labName, name) {
    const [lab, instance] = [cache.get(Labs, labName), cache.get(ProcessingInstances, name, namespaceOf(labName))];
    if (!lab || !instance) return [];
    const facts = { model, instance, lab, grants: namedGrants(cache, [instance]), now: clock() };
    const decisions = (instance.spec.data ?? []).filter(({ from }) => from).map((item) => decideData(item, facts));
    return decisions.flatMap((decision) => (decision.mounted ? [decision.place] : []));
  },
  instanceOf(lab, name) {
    const instance = cache.get(ProcessingInstances, name, namespaceOf(lab));
    return instance && instanceFacts(instance);
  },
  contactsOf: (lab) => cache.get(Labs, lab)?.spec.contacts ?? [],
});

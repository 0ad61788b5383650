// What the review endpoint knows beside the model: which data of other labs an instance may mount, and whom to ask about a lab.
import { decideMount } from '../access/instance.ts';
import type { AccessModel } from '../access/model.ts';
import { instanceFacts, segments } from '../access/read.ts';
import { DataGrants, Labs, ProcessingInstances } from '../api/kinds.ts';
import { namespaceOf } from '../api/names.ts';
import type { Cache } from '../kube/kube.ts';
import type { ReviewOptions } from './server.ts';

export const reviewFacts = (cache: Cache, model: AccessModel, clock: () => Date): Pick<ReviewOptions, 'partsOf' | 'contactsOf'> => ({
  partsOf(lab, name) {
    const instance = cache.get(ProcessingInstances, name, namespaceOf(lab));
    return (instance?.spec.data ?? []).flatMap(({ from, path, mode, purpose }) => {
      const grant = from && cache.get(DataGrants, from.grant, namespaceOf(from.lab));
      if (!instance || !from || path === undefined || !grant?.spec.paths.includes(path)) return [];
      const place = { lab: from.lab, volume: grant.spec.volume, path: segments(path) };
      // Naming a grant must tell nothing about it: what the instance may not mount is as unknown to it as what does not exist.
      const mountMode = mode === 'ReadWrite' ? 'ReadWrite' : purpose === 'Import' ? 'Import' : 'ReadOnly';
      return decideMount(model, instanceFacts(instance), place, mountMode, clock().getTime()).allowed ? [place] : [];
    });
  },
  contactsOf: (lab) => cache.get(Labs, lab)?.spec.contacts ?? [],
});

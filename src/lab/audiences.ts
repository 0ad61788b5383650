// Who may run pods and Jobs in the name of each instance that is not for everybody in the lab. Pure. By name, whether they are active or not:
// who is out for a time holds no verb either, and the list need not change with the clock.
import type { InstanceFacts } from '../access/instance.ts';
import type { AccessModel } from '../access/model.ts';
import { instanceFacts } from '../access/read.ts';
import { standingOf } from '../access/standing.ts';
import type { ProcessingInstance } from '../api/kinds.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import { serviceAccountName } from '../api/names.ts';

type Audience = NonNullable<LabPolicySpec['audiences']>[number];

/** What a LabPolicy can hold. A lab whose audiences are larger must not keep its LabPolicy from being written: what it takes away counts. */
const limits = { people: 1000, groups: 64, audiences: 256, characters: 400_000 };

export interface Audiences {
  audiences: Audience[];
  /** Instances whose audience has no room: nobody may run anything as them, so they may mount nothing either. */
  surplus: ProcessingInstance[];
}

export function audiencesOf(model: AccessModel, instances: ProcessingInstance[]): Audiences {
  const audiences: Audience[] = [];
  const surplus: ProcessingInstance[] = [];
  let characters = 0;
  for (const instance of instances.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const facts = instanceFacts(instance);
    if (facts.users.length + facts.groups.length === 0) continue;
    const audience = audienceOf(model, facts, serviceAccountName(instance.metadata.name));
    const size = JSON.stringify(audience).length;
    if (audiences.length < limits.audiences && characters + size <= limits.characters) {
      audiences.push(audience);
      characters += size;
    } else surplus.push(instance);
  }
  return { audiences, surplus };
}

function audienceOf(model: AccessModel, { lab: name, owner, users, groups }: InstanceFacts, serviceAccount: string): Audience {
  const lab = model.lab(name);
  const chosen = groups.flatMap((group) => lab?.groups.get(group) ?? []);
  const ofLab = users.filter((user) => lab && standingOf(lab, { user }, 0).is !== 'none');
  return {
    serviceAccount,
    users: listed([...(owner === undefined ? [] : [owner]), ...ofLab, ...chosen.flatMap((group) => group.users)], limits.people),
    groups: listed(
      chosen.flatMap(({ externalGroups }) => externalGroups),
      limits.groups,
    ),
  };
}

const listed = (names: string[], most: number): string[] => [...new Set(names)].slice(0, most).sort();

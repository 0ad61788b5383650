// What a change of manifests would do: who gains and loses what, which instances, which pods, what ends by itself, what to think about. Pure.
import { placeText } from '../../access/explain.ts';
import type { Found } from '../facility/manifests.ts';
import { type Facility, facilityOf } from '../facility/objects.ts';
import { instantText } from '../instant.ts';
import { type Change, changed, reached } from './change.ts';
import { type InstanceChange, instanceChanges } from './mounts.ts';
import type { RunningPod } from './pods.ts';
import { type RightsChange, rightsChanges, verbsIn } from './rights.ts';
import { type Warning, warnings } from './warnings.ts';

export interface Plan {
  changes: Change[];
  rights: RightsChange[];
  instances: InstanceChange[];
  /** What begins or ends with no further change, in order. */
  ahead: Ahead[];
  warnings: Warning[];
  /** Whether anybody or any instance has less afterwards. */
  takesAway: boolean;
}

export interface Ahead {
  at: string;
  what: string;
  /** It comes earlier than it would have come without the change. */
  sooner: boolean;
}

export interface PlanInput {
  before: Facility;
  found: Found[];
  deleting: boolean;
  /** Pods that run now; none when no cluster was asked. */
  pods: RunningPod[];
  at: number;
}

export function planOf({ before, found, deleting, pods, at }: PlanInput): Plan {
  const { after: objects, changes } = changed(before, found, deleting);
  const after = facilityOf(objects, before.source);
  const labs = reached(changes, before, objects);
  const rights = rightsChanges(before, after, labs, verbsIn(changes, before, objects), at);
  const instances = instanceChanges(before, after, labs, pods, at);
  const events = ahead(before, after, changes, at);
  return {
    changes,
    rights,
    instances,
    ahead: events,
    warnings: warnings(after, changes, at),
    takesAway:
      rights.some(({ lost }) => lost.length > 0) ||
      events.some(({ sooner }) => sooner) ||
      instances.some(
        ({ lost, usersLost, changed }) => lost.length + usersLost.length > 0 || changed.some(({ from, to }) => isLess(from, to)),
      ),
  };
}

/** A mount that ends earlier, or can no longer be written to. */
const isLess = (from: InstanceChange['changed'][number]['from'], to: InstanceChange['changed'][number]['to']): boolean =>
  (from.mode === 'ReadWrite' && to.mode !== 'ReadWrite') ||
  (from.mounted && to.mounted && (to.until ?? Infinity) < (from.until ?? Infinity));

function ahead(before: Facility, after: Facility, changes: Change[], at: number): Ahead[] {
  const touched = changes.filter(({ what }) => what === 'create' || what === 'change');
  return touched
    .flatMap((change) => {
      const old = new Map(eventsOf(before, change).map((event) => [event.what, event.at]));
      return eventsOf(after, change).map((event) => ({
        ...event,
        sooner: change.what === 'change' && event.isEnd && event.at < (old.get(event.what) ?? Infinity),
      }));
    })
    .filter((event) => event.at > at && Number.isFinite(event.at))
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, what, sooner }) => ({ at: instantText(at), what, sooner }));
}

interface Event {
  at: number;
  what: string;
  isEnd: boolean;
}

function eventsOf({ model, labs }: Facility, { kind, name, lab = '' }: Change): Event[] {
  const event = (when: number | undefined, what: string, isEnd: boolean): Event[] =>
    when === undefined ? [] : [{ at: when, what, isEnd }];
  if (kind === 'Lab') {
    const members = labs.find(({ metadata }) => metadata.name === name)?.spec.members ?? [];
    return members.flatMap(({ user, expiresAt }) =>
      expiresAt === undefined ? [] : event(Date.parse(expiresAt), `${user} leaves lab ${name}`, true),
    );
  }
  const facts = kind === 'DataGrant' ? model.grantsOf(lab).find((grant) => grant.name === name) : undefined;
  if (!facts) return [];
  const where = facts.paths.map((path) => placeText({ lab, volume: facts.volume, path })).join(', ');
  const gives = facts.effect === 'Allow';
  return [
    ...event(facts.notBefore, `DataGrant ${lab}/${name} begins at ${where}`, !gives),
    ...event(facts.expiresAt, `DataGrant ${lab}/${name} ends at ${where}${gives ? '; pods with its data end by then' : ''}`, gives),
  ];
}

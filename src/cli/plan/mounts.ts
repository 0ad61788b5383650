// What instances gain and lose: mounts, people who may run something in their name, and what that does to their pods. Pure.
import { mayUse } from '../../access/compute.ts';
import { instanceFacts } from '../../access/read.ts';
import type { ProcessingInstance } from '../../api/kinds.ts';
import { keyOf } from '../../kube/object.ts';
import { labOfInstance, type Mount, mountsOf } from '../facility/mounts.ts';
import type { Facility } from '../facility/objects.ts';
import { peopleConcernedBy } from '../facility/people.ts';
import { fateOfPods } from './fate.ts';
import type { RunningPod } from './pods.ts';

export interface InstanceChange {
  /** `smith/relion`. */
  instance: string;
  gained: Mount[];
  lost: { mount: Mount; why: string }[];
  /** The same data in another mode, or with another end. */
  changed: { from: Mount; to: Mount }[];
  /** Who may, and who may no longer, run pods and Jobs in its name. */
  usersGained: string[];
  usersLost: string[];
  /** What becomes of its pods, in words; absent: nothing. */
  pods?: string;
  /** Pods that are there now and end at once, when a cluster was asked. */
  ended: string[];
}

export function instanceChanges(before: Facility, after: Facility, labs: string[], pods: RunningPod[], at: number): InstanceChange[] {
  const old = new Map(before.instances.map((instance) => [keyOf(instance), instance]));
  const now = new Map(after.instances.map((instance) => [keyOf(instance), instance]));
  const keys = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    if (![was, is].some((instance) => instance && concerns(instance, labs))) return [];
    const change = compare(before, after, was, is, pods, at);
    const { gained, lost, changed, usersGained, usersLost, pods: said } = change;
    return gained.length + lost.length + changed.length + usersGained.length + usersLost.length > 0 || said !== undefined ? [change] : [];
  });
}

const concerns = (instance: ProcessingInstance, labs: string[]): boolean =>
  labs.includes(labOfInstance(instance)) || (instance.spec.data ?? []).some(({ from }) => from !== undefined && labs.includes(from.lab));

function compare(
  before: Facility,
  after: Facility,
  was: ProcessingInstance | undefined,
  is: ProcessingInstance | undefined,
  pods: RunningPod[],
  at: number,
): InstanceChange {
  const either = (is ?? was) as ProcessingInstance;
  const old = was ? mountsOf(before, was, at) : [];
  const now = is ? mountsOf(after, is, at) : [];
  const sameData = (a: Mount) => (b: Mount) => a.mountPath === b.mountPath && a.source === b.source;
  const lost = old.flatMap((mount) => {
    const afterwards = now.find(sameData(mount));
    return mount.mounted && !afterwards?.mounted ? [{ mount, why: whyLost(is, afterwards) }] : [];
  });
  const gained = now.filter((mount) => mount.mounted && !old.find(sameData(mount))?.mounted);
  const changed = old.flatMap((from) => {
    const to = now.find(sameData(from));
    return from.mounted && to?.mounted && (from.mode !== to.mode || from.until !== to.until) ? [{ from, to }] : [];
  });
  const name = `${labOfInstance(either)}/${either.metadata.name}`;
  const change = { instance: name, gained, lost, changed, ...users(before, after, was, is, at) };
  const { words, ends } = fateOfPods([before, was], [after, is], change, at);
  const ofInstance = pods.filter((pod) => pod.namespace === either.metadata.namespace && pod.instance === either.metadata.name);
  return {
    ...change,
    ...(words !== undefined && { pods: words }),
    ended: ofInstance.filter(ends).map(({ name, part }) => `${name}${part === 'job' ? ' (Job)' : ''}`),
  };
}

const whyLost = (is: ProcessingInstance | undefined, mount: Mount | undefined): string =>
  !is ? 'the instance is gone' : !mount ? 'the instance asks for it no longer' : mount.mounted ? '' : mount.message;

function users(
  before: Facility,
  after: Facility,
  was: ProcessingInstance | undefined,
  is: ProcessingInstance | undefined,
  at: number,
): Pick<InstanceChange, 'usersGained' | 'usersLost'> {
  const may = ({ model }: Facility, instance: ProcessingInstance | undefined): string[] =>
    instance === undefined
      ? []
      : peopleConcernedBy(model, labOfInstance(instance))
          .filter(({ kind }) => kind === 'User' || kind === 'ExternalGroup')
          .filter(({ person }) => mayUse(model, instanceFacts(instance), person, at).allowed)
          .map(({ kind, name }) => (kind === 'ExternalGroup' ? `group ${name}` : name));
  const [old, now] = [may(before, was), may(after, is)];
  return { usersGained: now.filter((name) => !old.includes(name)), usersLost: old.filter((name) => !now.includes(name)) };
}

// Whom a change concerns: which instances may have to mount something else, and so which labs their LabPolicy, when a Lab, a DataRole or a
// DataGrant has changed. Reads indices only. More than needed is looked at again, never less.
import { type DataGrant, DataGrants, type DataRole, type Lab, Labs, type ProcessingInstance, ProcessingInstances } from '../api/kinds.ts';
import { labOf, namespaceOf } from '../api/names.ts';
import type { DataMount } from '../api/processinginstance.ts';
import type { Cache } from '../kube/kube.ts';
import { type KubeObject, keyOf, type Stored } from '../kube/object.ts';
import { grantKey, type NamedGrant } from './data.ts';

const byRole = 'byRole';
const bySubjectLab = 'bySubjectLab';
const byInputLab = 'byInputLab';
const byConsumedLab = 'byConsumedLab';

/** For the informers of whoever asks here. */
export const concernIndices = {
  labs: { [byRole]: rolesOfLab },
  grants: { [byRole]: ({ spec }: DataGrant) => spec.roles ?? [], [bySubjectLab]: subjectLabsOf, [byInputLab]: inputLabsOf },
  instances: { [byConsumedLab]: ({ spec }: ProcessingInstance) => unique((spec.data ?? []).flatMap(({ from }) => from?.lab ?? [])) },
};

function rolesOfLab({ spec: { members = [], groups = [], defaults } }: Lab): string[] {
  const named = [...members.flatMap(({ newDataRole }) => newDataRole ?? []), ...(defaults?.newDataRole ? [defaults.newDataRole] : [])];
  return unique([...[...members, ...groups].flatMap(({ roles = [] }) => roles), ...(defaults?.roles ?? []), ...named]);
}

/** Grants of other labs that speak of people of this one. */
export const grantsNaming = (cache: Cache, lab: string): Stored<DataGrant>[] =>
  cache.byIndex(DataGrants, bySubjectLab, lab).filter(({ metadata }) => metadata.namespace !== namespaceOf(lab));

/** Labs whose people and instances are, or are not, among the subjects. */
export function subjectLabsOf({ spec }: DataGrant): string[] {
  const of = ({ kind, name = '' }: { kind: string; name?: string | undefined }) => {
    const isInLab = (kind === 'Group' || kind === 'ServiceAccount') && name.includes('/');
    return kind === 'Lab' ? name : isInLab ? name.slice(0, name.indexOf('/')) : [];
  };
  return unique((spec.subjects ?? []).flatMap(of));
}

function inputLabsOf({ spec }: DataGrant): string[] {
  return unique((spec.derivedFrom ?? []).map(({ lab }) => lab));
}

/** Labs whose data somebody may reach otherwise since the people or the rules of a lab changed: its own, those with a rule that speaks of its
 *  people, and those with data derived from such. */
export const dataConcernedByLab = (cache: Cache, lab: string): Set<string> =>
  derived(cache, [lab, ...ownersOf(cache.byIndex(DataGrants, bySubjectLab, lab))]);

export const dataConcernedByGrant = (cache: Cache, grant: KubeObject): Set<string> => derived(cache, ownersOf([grant]));

export function dataConcernedByRole(cache: Cache, { metadata: { name } }: DataRole): Set<string> {
  const holders = cache.byIndex(Labs, byRole, name).map(({ metadata }) => metadata.name);
  return derived(cache, [...holders, ...ownersOf(cache.byIndex(DataGrants, byRole, name))]);
}

/** The labs, and those with data derived from theirs, however far. */
function derived(cache: Cache, labs: string[]): Set<string> {
  const found = new Set(labs);
  for (const lab of found) for (const owner of ownersOf(cache.byIndex(DataGrants, byInputLab, lab))) found.add(owner);
  return found;
}

/** Labs that own the data, and those with instances that ask for it. */
export const labsAround = (cache: Cache, owners: Iterable<string>): string[] =>
  unique([...owners].flatMap((lab) => [lab, ...ownersOf(cache.byIndex(ProcessingInstances, byConsumedLab, lab))]));

/** Instances of the labs that own the data, and those that ask for it, by their keys. */
export const instancesAround = (cache: Cache, owners: Iterable<string>): string[] =>
  unique(
    [...owners].flatMap((lab) =>
      [...cache.list(ProcessingInstances, namespaceOf(lab)), ...cache.byIndex(ProcessingInstances, byConsumedLab, lab)].map(keyOf),
    ),
  );

const ownersOf = (objects: KubeObject[]): string[] => objects.flatMap(({ metadata }) => labOf(metadata.namespace ?? '') ?? []);

/** The grants that instances name, and their owners. */
export function namedGrants(cache: Pick<Cache, 'get'>, instances: ProcessingInstance[]): Map<string, NamedGrant> {
  const named = instances.flatMap(({ spec }) => (spec.data ?? []).flatMap(({ from }: DataMount) => from ?? []));
  return new Map(
    named.map((from) => [
      grantKey(from),
      { owner: cache.get(Labs, from.lab), grant: cache.get(DataGrants, from.grant, namespaceOf(from.lab)) },
    ]),
  );
}

/** Whether people or data of a Lab changed, or what others need of it: not its mere conditions. */
export const isOtherLab = (before: Stored<Lab>, after: Stored<Lab>): boolean =>
  isOther(before, after) || before.status?.gid !== after.status?.gid || before.status?.namespace !== after.status?.namespace;

/** Whether the spec changed, or the deletion began. */
export const isOther = (before: KubeObject, after: KubeObject): boolean =>
  before.metadata.generation !== after.metadata.generation || before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp;

const unique = <T>(values: T[]): T[] => [...new Set(values)];

// What a set of manifests makes of the objects that are there: the objects afterwards, what changes, and which labs it reaches. Pure.
import { labOf } from '../../api/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Found, type Manifest, manifestKey } from '../facility/manifests.ts';
import type { Objects } from '../facility/objects.ts';

type Kinds = Pick<Objects, 'labs' | 'roles' | 'grants' | 'instances'>;

export interface Change {
  /** `DataGrant lab-smith/krios`. */
  key: string;
  /** Where it is written. */
  at: string;
  kind: string;
  name: string;
  /** The lab it lies in; the lab itself for a Lab; none for a DataRole. */
  lab: string | undefined;
  what: 'create' | 'change' | 'delete' | 'same' | 'absent';
}

const listOf: Record<string, keyof Kinds> = { Lab: 'labs', DataRole: 'roles', DataGrant: 'grants', ProcessingInstance: 'instances' };

/** Manifests are whole: a field that one leaves out is gone afterwards. Objects that none of them names stay.
 *  @param deleting whether what they name is deleted instead */
export function changed(before: Objects, found: Found[], deleting: boolean): { after: Objects; changes: Change[] } {
  const after: Objects = { ...before };
  const changes = found.map(({ object, at }): Change => {
    const list = listOf[object.kind] as keyof Kinds;
    const key = manifestKey(object);
    const old = (after[list] as KubeObject[]).find((other) => keyIn(object.kind, other) === key) as Manifest | undefined;
    const rest = (after[list] as KubeObject[]).filter((other) => other !== old);
    const kept = deleting ? [] : [old ? { ...old, spec: object.spec } : object];
    Object.assign(after, { [list]: [...rest, ...kept] });
    const lab = object.kind === 'Lab' ? object.metadata.name : labOf(object.metadata.namespace ?? '');
    return { key, at, kind: object.kind, name: object.metadata.name, lab, what: whatHappens(old, object, deleting) };
  });
  return { after, changes };
}

function whatHappens(old: Manifest | undefined, object: Manifest, deleting: boolean): Change['what'] {
  if (deleting) return old ? 'delete' : 'absent';
  if (!old) return 'create';
  return sameText(old.spec, object.spec) ? 'same' : 'change';
}

/** Objects by the key under which manifests are found. Lists of the API server leave the kind out. */
export const byKey = (objects: Objects): Map<string, KubeObject & { kind: string; spec: unknown }> =>
  new Map(
    Object.entries(listOf).flatMap(([kind, list]) =>
      (objects[list] as (KubeObject & { spec: unknown })[]).map((object) => [keyIn(kind, object), { ...object, kind }] as const),
    ),
  );

const keyIn = (kind: string, { metadata }: KubeObject): string =>
  manifestKey({ kind, metadata: { name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) } });

/** Equal whatever the order of the fields. */
const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, ordered(part)]),
  );
}

/** Labs in which the rights of somebody may change: what is changed there, whom their grants name, what they were derived from. */
export function reached(changes: Change[], before: Objects, after: Objects): string[] {
  const real = changes.filter(({ what }) => what !== 'same' && what !== 'absent');
  const labs = new Set(real.flatMap(({ lab }) => lab ?? []));
  const people = new Set(real.filter(({ kind }) => kind === 'Lab').flatMap(({ lab }) => lab ?? []));
  const roles = new Set(real.filter(({ kind }) => kind === 'DataRole').map(({ name }) => name));
  for (const { labs: all, grants } of [before, after]) {
    for (const { metadata, spec } of all) {
      const held = [
        ...(spec.defaults?.roles ?? []),
        spec.defaults?.newDataRole,
        ...(spec.members ?? []).flatMap((member) => [...(member.roles ?? []), member.newDataRole]),
        ...(spec.groups ?? []).flatMap((group) => group.roles ?? []),
      ];
      if (held.some((role) => role !== undefined && roles.has(role))) labs.add(metadata.name);
    }
    for (const { metadata, spec } of grants) {
      const named = (spec.subjects ?? []).some(
        ({ kind, name = '' }) => (kind === 'Lab' || kind === 'Group') && people.has(name.split('/')[0] ?? ''),
      );
      if (named || (spec.roles ?? []).some((role) => roles.has(role))) labs.add(labOf(metadata.namespace ?? '') ?? '');
    }
  }
  for (let size = -1; size !== labs.size; ) {
    size = labs.size;
    for (const { metadata, spec } of [...before.grants, ...after.grants])
      if ((spec.derivedFrom ?? []).some(({ lab }) => labs.has(lab))) labs.add(labOf(metadata.namespace ?? '') ?? '');
  }
  return [...labs].toSorted();
}

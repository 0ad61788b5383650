// What whoever proposes a change should know about it, though nothing forbids it. Pure.

import { stateOf } from '../../access/along.ts';
import { acceptanceLack } from '../../access/can.ts';
import { explain, placeText } from '../../access/explain.ts';
import type { GrantFacts } from '../../access/facts.ts';
import { lint } from '../../access/lint.ts';
import { whoCan } from '../../access/who.ts';
import type { DataGrant, DataRole, Lab, ProcessingInstance } from '../../api/kinds.ts';
import { labOf } from '../../api/names.ts';
import { keyOf } from '../../kube/object.ts';
import { labOfInstance, mountsOf } from '../facility/mounts.ts';
import type { Facility } from '../facility/objects.ts';
import { instantText } from '../instant.ts';
import type { Change } from './change.ts';

export interface Warning {
  /** In CamelCase, for programs. */
  type: string;
  /** The object that it is about. */
  about: string;
  message: string;
}

export function warnings(after: Facility, changes: Change[], at: number): Warning[] {
  const keys = new Map(changes.filter(({ what }) => what === 'create' || what === 'change').map((change) => [change.key, change]));
  const of = (kind: string, object: { metadata: { name: string; namespace?: string } }, said: Omit<Warning, 'about'>[]): Warning[] => {
    const about = `${kind} ${keyOf(object)}`;
    return keys.has(about) ? said.map((warning) => ({ ...warning, about })) : [];
  };
  return [
    ...after.labs.flatMap((lab) => of('Lab', lab, aboutLab(after, lab))),
    ...after.roles.flatMap((role) => of('DataRole', role, aboutRole(role))),
    ...after.grants.flatMap((grant) => of('DataGrant', grant, aboutGrant(after, grant, at))),
    ...after.instances.flatMap((instance) => of('ProcessingInstance', instance, aboutInstance(after, instance, at))),
    ...changes.filter(({ kind, what }) => kind === 'Lab' && what === 'delete').map(({ key }) => labGoes(key)),
  ];
}

type Said = Omit<Warning, 'about'>;

const labGoes = (about: string): Warning => ({
  type: 'LabGoes',
  about,
  message: 'everybody in it loses every right, and its grants and instances go with it; files and the reserved ids stay',
});

function aboutLab({ model }: Facility, { spec }: Lab): Said[] {
  const named = [
    ...(spec.defaults?.roles ?? []),
    ...(spec.defaults?.newDataRole === undefined ? [] : [spec.defaults.newDataRole]),
    ...(spec.members ?? []).flatMap(({ roles = [], newDataRole }) => [...roles, ...(newDataRole === undefined ? [] : [newDataRole])]),
    ...(spec.groups ?? []).flatMap(({ roles = [] }) => roles),
  ];
  const unknown = [...new Set(named)].filter((role) => !model.hasRole(role));
  const { visibility = 'Lab' } = spec.defaults ?? {};
  return [
    ...unknown.map((role) => ({ type: 'RoleUnknown', message: `role "${role}" does not exist: whoever holds it gets nothing from it` })),
    ...(visibility === 'Lab'
      ? []
      : [
          {
            type: 'OpenToAll',
            message: `defaults.visibility ${visibility}: ${visibility === 'Public' ? 'anybody' : 'everybody who is logged in'} reads whatever no grant restricts`,
          },
        ]),
  ];
}

/** CE-19, CE-20: whoever can make a copy that is his own takes it out, whatever the role leaves out. */
function aboutRole({ spec: { permissions } }: DataRole): Said[] {
  const without = ['fork', 'compute'].filter((verb) => permissions.includes(verb) && !permissions.includes('export'));
  return without.length === 0
    ? []
    : [
        {
          type: 'CopyOutPossible',
          message: `${without.join(' and ')} without export: whoever may copy data, or compute on it, can take it out (CE-19, CE-20)`,
        },
      ];
}

function aboutGrant(after: Facility, grant: DataGrant, at: number): Said[] {
  const { model, labs } = after;
  const labName = labOf(grant.metadata.namespace ?? '') ?? '';
  const facts = model.grantsOf(labName).find(({ name }) => name === grant.metadata.name);
  if (!facts) return [];
  const roots = labs.find(({ metadata }) => metadata.name === labName)?.spec.storage?.map(({ name }) => name);
  const half =
    facts.effect === 'Allow' && facts.subjects.length > 0
      ? [...openings(facts), ...missingHalves(after, facts), ...notAccepted(after, facts, at)]
      : [];
  return [
    ...(roots?.includes(facts.volume)
      ? []
      : [
          {
            type: 'VolumeUnknown',
            message: `lab "${labName}" has no storage root "${facts.volume}"; it has: ${roots?.join(', ') || 'none'}`,
          },
        ]),
    ...(stateOf(facts, at) === 'Ended'
      ? [{ type: 'AlreadyEnded', message: `expiresAt ${instantText(facts.expiresAt ?? 0)} has passed: it gives nothing` }]
      : []),
    ...facts.roles
      .filter((role) => !model.hasRole(role))
      .map((role) => ({ type: 'RoleUnknown', message: `role "${role}" does not exist: it gives nothing` })),
    ...half,
    ...lint(model, facts, at),
    ...shutsOut(after, facts, at),
  ];
}

function openings({ lab, subjects, expiresAt }: GrantFacts): Said[] {
  const all = subjects.filter(({ kind }) => kind === 'Everyone' || kind === 'Authenticated').map(({ kind }) => kind);
  const outside = subjects.filter(
    ({ kind, name = '' }) =>
      (kind === 'Lab' && name !== lab) ||
      (kind === 'Group' && !name.startsWith(`${lab}/`)) ||
      (kind === 'ServiceAccount' && !name.startsWith(`${lab}/`)),
  );
  return [
    ...all.map((kind) => ({
      type: 'OpenToAll',
      message: `${kind} is everybody ${kind === 'Everyone' ? 'there is, logged in or not' : 'who is logged in, of whatever lab'}`,
    })),
    ...(expiresAt === undefined && outside.length + all.length > 0
      ? [{ type: 'NoEnd', message: 'it is shared outside the lab and has no expiresAt' }]
      : []),
  ];
}

/** Sharing needs both: somebody who gives, and somebody who asks. */
function missingHalves({ model, instances }: Facility, { lab, name, subjects }: GrantFacts): Said[] {
  return subjects.flatMap(({ kind, name: subject = '' }): Said[] => {
    const [other = '', group] = subject.split('/');
    if (kind === 'Lab' || (kind === 'Group' && group !== undefined)) {
      const found = model.lab(other);
      if (!found) return [{ type: 'SubjectNotFound', message: `there is no lab "${other}": ${kind} ${subject} is nobody` }];
      if (group !== undefined && !found.groups.has(group))
        return [{ type: 'SubjectNotFound', message: `lab "${other}" has no group "${group}": Group ${subject} is nobody` }];
    }
    if (kind !== 'Lab' || other === lab) return [];
    const asks = instances.some(
      (instance) =>
        labOfInstance(instance) === other && (instance.spec.data ?? []).some(({ from }) => from?.lab === lab && from.grant === name),
    );
    return asks
      ? []
      : [
          {
            type: 'NobodyAsks',
            message: `no instance of lab "${other}" asks for it yet (data[].from: {lab: ${lab}, grant: ${name}}): nothing is mounted`,
          },
        ];
  });
}

function notAccepted({ model }: Facility, facts: GrantFacts, at: number): Said[] {
  const lack = acceptanceLack(model, facts, at);
  if (!lack) return [];
  const sentence = explain(
    { person: { user: facts.grantor ?? '' }, place: lack.place, verb: lack.verb },
    { allowed: false, rule: lack.rule },
  );
  return [{ type: 'NotAccepted', message: `it gives nothing: ${sentence}` }];
}

function shutsOut({ model }: Facility, { effect, lab, volume, paths }: GrantFacts, at: number): Said[] {
  if (effect !== 'Restrict') return [];
  return paths
    .map((path) => ({ lab, volume, path }))
    .filter((place) => whoCan(model, place, 'read', at).every(({ rule }) => rule.by === 'FacilityAdmin'))
    .map((place) => ({ type: 'NobodyLeft', message: `nobody but facility administrators reads ${placeText(place)} any more` }));
}

function aboutInstance(after: Facility, instance: ProcessingInstance, at: number): Said[] {
  return mountsOf(after, instance, at).flatMap((mount) =>
    mount.mounted ? [] : [{ type: 'MountRefused', message: `${mount.mountPath} is not mounted (${mount.reason}): ${mount.message}` }],
  );
}

// What the permission model says of one grant: whether its grantor may share what it gives, what it names that does not exist, what whoever answers
// for it should know. Pure.
import { acceptanceLack } from '../access/can.ts';
import { enforcementOf } from '../access/enforcement.ts';
import { explain } from '../access/explain.ts';
import type { GrantFacts } from '../access/facts.ts';
import { lint } from '../access/lint.ts';
import type { AccessModel } from '../access/model.ts';
import { grantFacts } from '../access/read.ts';
import { lossesAhead } from '../access/standing.ts';
import type { DataGrantReason, DataGrantStatus } from '../api/datagrant.ts';
import type { DataGrant } from '../api/kinds.ts';

export interface Assessment {
  /** What the grantor may not share, in words. */
  unshareable: string | undefined;
  /** The first kind of thing that the grant names and that does not exist. */
  missing: { reason: DataGrantReason; message: string } | undefined;
  warnings: NonNullable<DataGrantStatus['warnings']>;
  enforcement: DataGrantStatus['enforcement'];
  /** When time alone may change any of it. */
  changesAt: Date | undefined;
}

/** @param hasInstance whether a lab has an instance of this name: `lab/instance` */
export function assess(model: AccessModel, grant: DataGrant, hasInstance: (name: string) => boolean, now: Date): Assessment {
  const facts = grantFacts(grant);
  if (!facts) return { unshareable: undefined, missing: undefined, warnings: [], enforcement: undefined, changesAt: undefined };
  const at = now.getTime();
  const lack = acceptanceLack(model, facts, at);
  return {
    unshareable:
      lack && explain({ person: { user: facts.grantor ?? '' }, place: lack.place, verb: lack.verb }, { allowed: false, rule: lack.rule }),
    missing: missingFrom(model, facts, hasInstance),
    warnings: lint(model, facts, at),
    enforcement: enforcementOf(facts.effect === 'Allow' && facts.subjects.length > 0 ? model.permissionsOf(facts) : []),
    changesAt: nextChange(model, facts, at),
  };
}

function missingFrom(model: AccessModel, facts: GrantFacts, hasInstance: (name: string) => boolean): Assessment['missing'] {
  const { roles, derivedFrom } = facts;
  const unknownRoles = roles.filter((role) => !model.hasRole(role));
  const unknownInputs = derivedFrom.filter(({ lab }) => model.lab(lab) === undefined);
  const subjects = facts.subjects.filter(({ kind, name = '' }) => {
    const [lab = '', rest = ''] = name.split('/');
    if (kind === 'Lab') return model.lab(lab) === undefined;
    if (kind === 'Group' && name.includes('/')) return !model.lab(lab)?.groups.has(rest);
    return kind === 'ServiceAccount' && !hasInstance(name);
  });
  const said = (reason: DataGrantReason, message: string) => ({ reason, message });
  if (subjects.length > 0)
    return said(
      'SubjectNotFound',
      `spec.subjects names what does not exist: ${listOf(subjects.map(({ kind, name }) => `${kind} ${name}`))}`,
    );
  if (unknownRoles.length > 0)
    return said('RoleNotFound', `spec.roles names DataRoles that do not exist and give nothing: ${listOf(unknownRoles)}`);
  if (unknownInputs.length > 0)
    return said(
      'InputNotFound',
      `spec.derivedFrom names labs that do not exist, so nobody may read the paths: ${listOf(unknownInputs.map(({ lab }) => lab))}`,
    );
  return undefined;
}

/** Whether the grantor may share can change with his own membership, and with whatever gives the right to share in this lab. More often than needed
 *  does no harm: it costs a look. */
function nextChange(model: AccessModel, { lab: labName, grantor }: GrantFacts, at: number): Date | undefined {
  const lab = model.lab(labName);
  if (grantor === undefined || !lab) return undefined;
  const sharing = model
    .grantsOf(labName)
    .filter((grant) => ['share', 'shareExternal'].some((verb) => model.permissionsOf(grant).includes(verb)));
  const people = new Set([grantor, ...sharing.flatMap((grant) => grant.grantor ?? [])]);
  const instants = [
    ...sharing.flatMap(({ notBefore, expiresAt }) => [notBefore, expiresAt]),
    ...[...people].map((user) => lossesAhead(lab, { user }, at)).flatMap(({ ends, inactive }) => [ends, inactive]),
  ].filter((instant) => instant !== undefined && instant > at);
  return instants.length > 0 ? new Date(Math.min(...(instants as number[]))) : undefined;
}

const listOf = (names: string[]) => names.join(', ');

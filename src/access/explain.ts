// A decision in words, for people: what decided, and what to do about it. Pure.
import type { Decision, Question, Rule } from './can.ts';
import type { Place, Subject } from './facts.ts';

/** One sentence: `jo may read smith:projects/p1, as a member of lab smith with basic-read-write`. */
export function explain({ person, place, verb }: Pick<Question, 'person' | 'place' | 'verb'>, { allowed, rule }: Decision): string {
  const who = person.wholeLab !== undefined ? `lab ${person.wholeLab} as a whole` : (person.user ?? 'anybody (not logged in)');
  return `${who} ${allowed ? 'may' : 'may not'} ${verb} ${placeText(place)}: ${ruleText(rule)}`;
}

/** `smith:projects/p1`. */
export const placeText = ({ lab, volume, path }: Place): string => `${lab}:${[volume, ...path].join('/')}`;

/** Why, without who and what. */
export function ruleText(rule: Rule): string {
  switch (rule.by) {
    case 'FacilityAdmin':
      return 'a facility administrator may do everything';
    case 'Lab':
      return `lab ${rule.lab} as a whole holds its own data`;
    case 'Member':
      return `a member of lab ${rule.lab} with ${listed(rule.roles)}`;
    case 'Group':
      return `group ${rule.lab}/${rule.group} holds ${listed(rule.roles)}`;
    case 'PersonalDirectory':
      return `it is the personal directory of ${rule.owner}`;
    case 'GroupDelegation':
      return `group ${rule.group} may edit what belongs to ${rule.owner}`;
    case 'Visibility':
      return rule.visibility === 'Public' ? 'the lab is open to everybody' : 'the lab is open to everybody who is logged in';
    case 'Grant':
      return `DataGrant ${rule.lab}/${rule.grant} gives it`;
    case 'Inputs':
      return `everything it was derived from gives it (${rule.grants.join(', ')})`;
    case 'LabUnknown':
      return `lab ${rule.lab} is not known`;
    case 'NotActive':
      return inactive(rule);
    case 'Anonymous':
      return anonymous[rule.gate];
    case 'Restrict':
      return `DataGrant ${rule.lab}/${rule.grant} restricts it to ${subjectText(rule.missing)}`;
    case 'Input':
      return `it was derived from ${placeText(rule.input)}, and there: ${ruleText(rule.rule)}`;
    case 'PersonalDirectoryOfAnother':
      return rule.owner === undefined
        ? 'personal directories lie there, which roles in the lab do not change'
        : `it is the personal directory of ${rule.owner}; a group named after it may edit it when the lab delegates`;
    case 'NothingAllows':
      return 'no role, group or grant allows it; ask for a DataGrant or a role that holds it';
  }
}

const anonymous = {
  facility: 'the facility lets nobody in who is not logged in (access.allowAnonymous)',
  lab: 'the lab lets nobody in who is not logged in (spec.allowAnonymous)',
  import: 'whoever brings data in or manages it has to log in',
};

/** With the message of the period and whom to write to (CM-23, CM-24); its internal comment is not known here. */
function inactive({ because, since, period }: Extract<Rule, { by: 'NotActive' }>): string {
  if (because === 'LabSuspended') return 'the lab is suspended';
  if (because === 'Suspended') return 'the membership is suspended';
  const from = since === undefined ? '' : ` since ${new Date(since).toISOString()}`;
  if (because === 'Expired') return `the membership has ended${from}`;
  const contacts = period?.contacts.map(({ name, email }) => `${name} <${email}>`).join(', ');
  return [`inactive${from}, because group ${period?.group} was not used for too long`, period?.message, contacts && `contact ${contacts}`]
    .filter(Boolean)
    .join('; ');
}

export const subjectText = ({ kind, name }: Subject): string => (name === undefined ? kind.toLowerCase() : `${kind} ${name}`);
const listed = (roles: string[]) => (roles.length === 1 ? `role ${roles[0]}` : `roles ${roles.join(', ')}`);

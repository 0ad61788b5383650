// Who is kept out by the API server itself, whatever role bindings say: RBAC cannot take one person out of a group of the identity
// provider, and it knows no end of a membership. Pure; goes into the LabPolicy, where it holds with the operator off.
import type { InactivityFacts } from '../access/facts.ts';
import type { Inactive } from '../access/inactive.ts';
import type { LabSpec } from '../api/lab.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { Member } from '../api/people.ts';

/** Before anything that can be made: such a person is out already, whatever time it is. */
const always = '1970-01-01T00:00:00Z';
/** As many as a LabPolicy holds. Those whom the lab lists come first; of the others who were here once, the rest is refused by what they log in to. */
const most = 2000;
/** Bytes of a message that the API server shows; it leaves out a longer one, and one of several lines. */
const longestBytes = 3000;

/** Whoever is out is barred for good; whoever has an end is barred from it on, so that it comes even when nobody is there to write. */
export function barred(spec: LabSpec, inactive: Inactive[], now: Date): Pick<LabPolicySpec, 'barred' | 'periods'> {
  const ended = (spec.members ?? []).flatMap((member) => {
    const from = isOut(member, now) ? always : member.expiresAt;
    return from === undefined ? [] : [{ user: member.user, from }];
  });
  const unseen = inactive.map(({ user, period, externalGroups }) => ({
    ...{ user, from: always, inactiveIn: period.group },
    ...(externalGroups.length > 0 && { externalGroups }),
  }));
  const listed = [...ended, ...unseen.filter((entry) => !('externalGroups' in entry))].sort((a, b) => (a.user < b.user ? -1 : 1));
  const people = [...listed, ...unseen.filter((entry) => 'externalGroups' in entry)].slice(0, most);
  const periods = new Map(inactive.map(({ period }) => [period.group, period]));
  return {
    ...(people.length > 0 && { barred: people }),
    ...(periods.size > 0 && {
      periods: [...periods.keys()]
        .sort()
        .map((group) => ({ group, message: refusal(periods.get(group) as InactivityFacts, contact(spec)) })),
    }),
  };
}

/** Whether the member keeps the entry but no right. From the very instant of expiresAt on. */
const isOut = ({ suspended, expiresAt }: Member, now: Date): boolean =>
  suspended === true || (expiresAt !== undefined && new Date(expiresAt) <= now);

/** What an inactive person reads: the reason, the message of the period, and its contacts (CM-23, CM-24). */
function refusal({ group, message, contacts }: InactivityFacts, ofLab = 'an administrator of the facility'): string {
  const ask = contacts.length > 0 ? inWords(contacts) : ofLab;
  const words = [`inactive, because group ${group} was not used for too long`, message, `ask ${ask}`].filter(Boolean).join('; ');
  return cut(words.replaceAll(/\s+/g, ' '));
}

/** Never in the middle of a character. */
function cut(words: string): string {
  const bytes = Buffer.from(words);
  return bytes.length <= longestBytes ? words : `${new TextDecoder().decode(bytes.subarray(0, longestBytes)).replace(/\uFFFD+$/, '')}…`;
}

/** As it stands in refusals: Jo Smith <jo@uni.edu>. */
export const contact = ({ contacts = [] }: LabSpec): string | undefined => (contacts.length > 0 ? inWords(contacts) : undefined);
const inWords = (contacts: { name: string; email: string }[]) => contacts.map(({ name, email }) => `${name} <${email}>`).join(', ');

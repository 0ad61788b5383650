// Who is kept out by the API server itself, whatever role bindings say: RBAC cannot take one person out of a group of the identity
// provider, and it knows no end of a membership. Pure; goes into the LabPolicy, where it holds with the operator off.
import type { LabSpec } from '../api/lab.ts';
import type { LabPolicySpec } from '../api/labpolicy.ts';
import type { Member } from '../api/people.ts';

/** Before anything that can be made: such a person is out already, whatever time it is. */
const always = '1970-01-01T00:00:00Z';

/** Whoever is out is barred for good; whoever has an end is barred from it on, so that it comes even when nobody is there to write. */
export const barred = ({ members = [] }: LabSpec, now: Date): NonNullable<LabPolicySpec['barred']> =>
  members
    .flatMap((member) => {
      const from = isOut(member, now) ? always : member.expiresAt;
      return from === undefined ? [] : { user: member.user, from };
    })
    .sort((a, b) => (a.user < b.user ? -1 : 1));

/** Whether the member keeps the entry but no right. From the very instant of expiresAt on. */
const isOut = ({ suspended, expiresAt }: Member, now: Date): boolean =>
  suspended === true || (expiresAt !== undefined && new Date(expiresAt) <= now);

/** As it stands in refusals: Jo Smith <jo@uni.edu>. */
export const contact = ({ contacts = [] }: LabSpec): string | undefined =>
  contacts.length > 0 ? contacts.map(({ name, email }) => `${name} <${email}>`).join(', ') : undefined;

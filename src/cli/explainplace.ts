// `kubectl bulkhead explain`: every rule along a path, what each does for a person, until when, and who may change it.
import { Command } from 'commander';
import { type Bearing, rulesBearingOn } from '../access/along.ts';
import { can } from '../access/can.ts';
import { placeText, ruleText, subjectText } from '../access/explain.ts';
import type { Person, Place } from '../access/facts.ts';
import type { AccessModel } from '../access/model.ts';
import { standingOf } from '../access/standing.ts';
import { whoCan } from '../access/who.ts';
import { platformVerbs } from '../api/datarole.ts';
import { labOf } from '../api/names.ts';
import type { Facility } from './facility/objects.ts';
import { notes, type PersonFlags, personOf, type SourceFlags, withPersonFlags, withSource, withSourceFlags } from './facility/source.ts';
import { instantText, parseInstant } from './instant.ts';
import { parsePlace, placeHelp, requirePlace } from './place.ts';
import { printable, table } from './table.ts';

interface Flags extends SourceFlags, PersonFlags {
  at?: string;
}

export const explainCommand = () =>
  withPersonFlags(withSourceFlags(new Command('explain')))
    .description(
      `Say everything that bears on a place: what allows, what restricts, until when, and who may change it. PLACE is ${placeHelp}.`,
    )
    .argument('<place>', placeHelp)
    .option('--at <time>', 'when: 2026-12-31, 2026-12-31T08:00:00Z, +7d (default: now)')
    .action(async (text: string, flags: Flags) => {
      const place = parsePlace(text);
      const at = parseInstant('--at', flags.at, Date.now());
      await withSource(flags, [place.lab], async ({ facility, connection }) => {
        const person = await personOf(flags, connection);
        process.stderr.write(notes(facility));
        process.stdout.write(explainPlace(facility, place, person, at));
      });
    });

export function explainPlace(facility: Facility, place: Place, person: Person, at: number): string {
  requirePlace(facility, place);
  const { model } = facility;
  const who = printable(person.user ?? 'anybody (not logged in)');
  const rules = rulesBearingOn(model, place, person, at);
  const parts = [
    `${who} at ${placeText(place)}, ${instantText(at)}\n`,
    `In lab ${place.lab}: ${standingText(facility, place.lab, person, at)}\n`,
    table(['ANSWER', 'VERBS', 'WHY'], answers(model, person, place, at)),
    rules.length === 0
      ? `No grant bears on ${placeText(place)}.\n`
      : `Grants from the root down:\n${table(
          ['AT', 'GRANT', 'STATE', 'WHAT', 'APPLIES', 'UNTIL', 'ANSWERS', 'REASON'],
          rules.map((bearing) => row(facility, place, bearing)),
        )}`,
    changersText(facility, place, at),
  ];
  return parts.join('\n');
}

/** Verbs with one answer stand in one row. */
function answers(model: AccessModel, person: Person, place: Place, at: number): string[][] {
  const rows = new Map<string, { answer: string; verbs: string[]; why: string }>();
  for (const verb of platformVerbs) {
    const { allowed, rule } = can(model, { person, place, verb, at });
    const [answer, why] = [allowed ? 'yes' : 'no', ruleText(rule)];
    const row = rows.get(`${answer} ${why}`) ?? { answer, verbs: [], why };
    row.verbs.push(verb);
    rows.set(`${answer} ${why}`, row);
  }
  return [...rows.values()].map(({ answer, verbs, why }) => [answer, verbs.join(', '), why]);
}

function standingText({ model }: Facility, labName: string, person: Person, at: number): string {
  const lab = model.lab(labName);
  const standing = lab && standingOf(lab, person, at);
  if (!standing || standing.is === 'none') return 'neither a member nor in a group';
  if (standing.is === 'out') return ruleText({ by: 'NotActive', ...standing });
  const { member, groups } = standing;
  const end = member?.expiresAt !== undefined ? ` until ${instantText(member.expiresAt)}` : '';
  const roles = member && (member.roles.length > 0 ? member.roles : lab.facts.defaultRoles);
  return [
    ...(member ? [`a member${end} with ${roles?.length ? roles.join(', ') : 'no role'}`] : []),
    ...groups.map(
      (group) => `in group ${group}${lab.groups.get(group)?.roles.length ? ` with ${lab.groups.get(group)?.roles.join(', ')}` : ''}`,
    ),
  ].join('; ');
}

function row({ grants }: Facility, { lab, volume }: Place, { grant, path, state, concerns }: Bearing): string[] {
  const object = grants.find(({ metadata }) => metadata.name === grant.name && labOf(metadata.namespace ?? '') === lab);
  const until = state === 'Pending' && grant.notBefore !== undefined ? `from ${instantText(grant.notBefore)}` : end(grant.expiresAt);
  return [
    placeText({ lab, volume, path }),
    grant.name,
    state,
    whatText(grant),
    grant.subjects.length === 0 ? '-' : concerns ? 'yes' : 'no',
    until,
    grant.grantor ?? 'the facility',
    object?.spec.reason ?? '',
  ];
}

const end = (expiresAt: number | undefined): string => (expiresAt === undefined ? 'no end' : instantText(expiresAt));

/** What a grant does, to whom. */
export function whatText({ effect, subjects, roles, permissions, derivedFrom }: Bearing['grant']): string {
  const named = subjects.map(subjectText).join(effect === 'Allow' ? ' or ' : ' and ');
  return [
    ...(subjects.length === 0
      ? []
      : [effect === 'Allow' ? `gives ${[...roles, ...permissions].join(', ') || 'nothing'} to ${named}` : `only for ${named}`]),
    ...(derivedFrom.length === 0 ? [] : [`derived from ${derivedFrom.map(placeText).join(', ')}`]),
  ].join('; ');
}

/** Whoever may share a place changes what grants say there; whoever administers the lab changes who belongs to it. */
function changersText({ model }: Facility, place: Place, at: number): string {
  const named = (verb: string) => [
    ...new Set(
      whoCan(model, place, verb, at)
        .filter(({ rule }) => rule.by !== 'FacilityAdmin')
        .map(({ name }) => printable(name)),
    ),
  ];
  const admins = [...model.facility.admins.users, ...model.facility.admins.groups.map((group) => `group ${group}`)].map(printable);
  return [
    `May share it inside the lab:  ${named('share').join(', ') || 'nobody'}`,
    `May share it with others:     ${named('shareExternal').join(', ') || 'nobody'}`,
    `May change people and roles:  ${named('administer').join(', ') || 'nobody'}`,
    `Facility administrators:      ${admins.join(', ') || 'none known'}`,
    '',
  ].join('\n');
}

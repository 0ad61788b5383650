// `kubectl bulkhead status`: labs at a glance, or one lab with its people, instances and grants. Reads; decides nothing.
import { Command } from 'commander';
import { stateOf } from '../access/along.ts';
import { ruleText } from '../access/explain.ts';
import { standingOf } from '../access/standing.ts';
import type { Lab } from '../api/kinds.ts';
import { namespaceOf } from '../api/names.ts';
import type { Condition } from '../api/schema.ts';
import { CommandFailed } from './error.ts';
import { labNames, labView } from './facility/labview.ts';
import { mountsOf } from './facility/mounts.ts';
import type { Facility } from './facility/objects.ts';
import { peopleOf } from './facility/people.ts';
import { notes, type SourceFlags, withSource, withSourceFlags } from './facility/source.ts';
import { instantText } from './instant.ts';
import { printable, table } from './table.ts';

export const statusCommand = () =>
  withSourceFlags(new Command('status'))
    .description(
      'Show labs at a glance: conditions, walls, people, instances, grants and what time alone will change next. With LAB: that lab in detail.',
    )
    .argument('[lab]', 'name of a lab')
    .action(async (lab: string | undefined, flags: SourceFlags) => {
      await withSource(flags, lab === undefined ? [] : [lab], async ({ facility }) => {
        process.stderr.write(notes(facility));
        process.stdout.write(lab === undefined ? facilityStatus(facility, Date.now()) : labStatus(facility, lab, Date.now()));
      });
    });

interface Conditioned {
  status?: { conditions?: Condition[] | undefined };
}
const condition = ({ status }: Conditioned, type: string) => status?.conditions?.find((one) => one.type === type);
const short = (object: Conditioned, type: string): string => {
  const found = condition(object, type);
  return !found ? '-' : found.status === 'True' ? 'yes' : `${found.status === 'False' ? 'no' : 'unknown'} (${found.reason})`;
};

export function facilityStatus(facility: Facility, at: number): string {
  const rows = facility.labs.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).map((lab) => labRow(facility, lab, at));
  if (rows.length === 0) return 'no labs\n';
  return table(['LAB', 'READY', 'ISOLATED', 'PEOPLE', 'OUT', 'INSTANCES', 'GRANTS', 'NEXT'], rows);
}

function labRow(facility: Facility, lab: Lab, at: number): string[] {
  const { name } = lab.metadata;
  const { people, out } = standings(facility, name, at);
  const instances = facility.instances.filter(({ metadata }) => metadata.namespace === namespaceOf(name));
  const grants = facility.model.grantsOf(name);
  const ready = instances.filter((instance) => short(instance, 'Ready') === 'yes').length;
  const active = grants.filter((grant) => stateOf(grant, at) === 'Active').length;
  return [
    name,
    short(lab, 'Ready'),
    short(lab, 'Isolated'),
    `${people.length - out.length}`,
    `${out.length}`,
    `${ready}/${instances.length}`,
    `${active}/${grants.length}`,
    nextText(facility, name, at),
  ];
}

function standings({ model }: Facility, labName: string, at: number): { people: string[]; out: { user: string; why: string }[] } {
  const lab = model.lab(labName);
  const people = peopleOf(model, labName);
  const out = people.flatMap((user) => {
    const standing = lab && standingOf(lab, { user }, at);
    return standing?.is === 'out' ? [{ user, why: ruleText({ by: 'NotActive', ...standing }) }] : [];
  });
  return { people, out };
}

/** What time alone changes first. */
function nextText({ model }: Facility, labName: string, at: number): string {
  const events = [
    ...model.grantsOf(labName).flatMap(({ name, notBefore, expiresAt }) => [
      { at: notBefore, what: `grant ${name} begins` },
      { at: expiresAt, what: `grant ${name} ends` },
    ]),
    ...(model.lab(labName)?.facts.members ?? []).map(({ user, expiresAt }) => ({ at: expiresAt, what: `${user} leaves` })),
  ].filter((event): event is { at: number; what: string } => event.at !== undefined && event.at > at && Number.isFinite(event.at));
  const [next] = events.toSorted((a, b) => a.at - b.at);
  return next ? `${instantText(next.at)} ${next.what}` : '-';
}

export function labStatus(facility: Facility, name: string, at: number): string {
  const lab = labView(facility, name);
  if (!lab) throw new CommandFailed(`error: there is no lab "${name}"; there are: ${labNames(facility).join(', ') || 'none'}`);
  const { people, out } = standings(facility, name, at);
  const instances = facility.instances.filter(({ metadata }) => metadata.namespace === namespaceOf(name));
  const grants = facility.grants.filter(({ metadata }) => metadata.namespace === namespaceOf(name));
  const parts = [
    `Lab ${name}, ${instantText(at)}\n`,
    lab.conditions
      ? table(
          ['CONDITION', 'STATUS', 'REASON', 'MESSAGE'],
          lab.conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
        )
      : 'conditions are not known: only administrators of the lab and of the facility read them\n',
    `${people.length - out.length} people in, ${out.length} out\n${out.map(({ user, why }) => `  ${printable(user)}: ${printable(why)}\n`).join('')}`,
    instances.length === 0
      ? 'no instances\n'
      : table(
          ['INSTANCE', 'READY', 'MOUNTS', 'NOT MOUNTED'],
          instances.map((instance) => {
            const mounts = mountsOf(facility, instance, at);
            const refused = mounts.flatMap((mount) => (mount.mounted ? [] : [`${mount.mountPath}: ${mount.message}`]));
            return [
              instance.metadata.name,
              short(instance, 'Ready'),
              `${mounts.length - refused.length}/${mounts.length}`,
              refused.join('; ') || '-',
            ];
          }),
        ),
    grants.length === 0
      ? 'no grants\n'
      : table(
          ['GRANT', 'ACCEPTED', 'ACTIVE', 'ENFORCED', 'FOR LABS', 'NEXT', 'WARNINGS'],
          grants.map((grant) => {
            const { nextTransition, consumers = [], warnings = [] } = grant.status ?? {};
            return [
              grant.metadata.name,
              short(grant, 'Accepted'),
              short(grant, 'Active'),
              short(grant, 'Enforced'),
              [...new Set(consumers.map(({ lab }) => lab))].join(', ') || '-',
              nextTransition ? `${nextTransition.at} ${nextTransition.to}` : '-',
              warnings.map(({ type }) => type).join(', ') || '-',
            ];
          }),
        ),
  ];
  return parts.join('\n');
}

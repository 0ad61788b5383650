// `kubectl bulkhead can-i`: one question, one sentence with the rule that decided. Exit code 0: yes, 1: no, 2: it could not be found out.
import { Command } from 'commander';
import { can } from '../access/can.ts';
import { type Task, tasks, type Where } from '../access/cellengine.ts';
import { mayUse } from '../access/compute.ts';
import { explain, placeText, ruleText } from '../access/explain.ts';
import type { Person, Place } from '../access/facts.ts';
import { instanceFacts } from '../access/read.ts';
import { mayDo, type TaskRequest } from '../access/task.ts';
import { permissionPattern, platformVerbs } from '../api/datarole.ts';
import { namespaceOf } from '../api/names.ts';
import { CommandFailed } from './error.ts';
import type { Facility } from './facility/objects.ts';
import { notes, type PersonFlags, personOf, type SourceFlags, withPersonFlags, withSource, withSourceFlags } from './facility/source.ts';
import { parseInstant } from './instant.ts';
import { parsePlace, placeHelp, requirePlace } from './place.ts';
import { printable } from './table.ts';

interface Flags extends SourceFlags, PersonFlags, TaskPlaces {
  at?: string;
  instance?: string;
  task?: string;
  output: string;
}

interface TaskPlaces {
  source?: string[];
  parent?: string[];
  newParent?: string[];
  oldParent?: string[];
  below?: string[];
  replacing?: true;
}

/** Neither yes nor no. */
const cannotTell = 2;

/** What is printed. */
export interface Answer {
  allowed: boolean;
  sentence: string;
  /** The rule, for programs. */
  rule?: unknown;
}

export const canICommand = () =>
  withPersonFlags(withSourceFlags(new Command('can-i')))
    .description(
      `Say whether a person may do something at a place, and by which rule. Exit code 0: yes; 1: no; 2: it could not be found out.

  can-i VERB PLACE                  VERB is one of ${platformVerbs.join(', ')}, or app:resource.verb
  can-i compute LAB --instance NAME whether the person may run pods and Jobs in the name of an instance
  can-i --task NAME PLACE           a task of CellEngine, by its number (CE-T36) or its title

PLACE is ${placeHelp}.`,
    )
    .usage('VERB PLACE [flags]')
    .argument('<words...>', 'verb and place')
    .option('--at <time>', 'when: 2026-12-31, 2026-12-31T08:00:00Z, +7d (default: now)')
    .option('--instance <name>', 'instance of the lab, for the verb compute')
    .option('--task <name>', 'task of CellEngine instead of a verb')
    .option('--source <place...>', 'with --task: experiments that are read')
    .option('--parent <place...>', 'with --task: folder that holds it (default: the directory above)')
    .option('--new-parent <place...>', 'with --task: folder that will hold it')
    .option('--old-parent <place...>', 'with --task: folder that it leaves (default: the directory above)')
    .option('--below <place...>', 'with --task: experiments below the folder')
    .option('--replacing', 'with --task: what is read is replaced')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (words: string[], flags: Flags) => {
      process.exitCode = await canI(words, flags).catch((error: unknown) => {
        throw error instanceof CommandFailed ? new CommandFailed(error.message, cannotTell) : error;
      });
    });

async function canI(words: string[], flags: Flags): Promise<number> {
  if (flags.output !== 'text' && flags.output !== 'json')
    throw new CommandFailed(`error: invalid value "${flags.output}" for --output: text or json`);
  const at = parseInstant('--at', flags.at, Date.now());
  const question = read(words, flags);
  return withSource(flags, [question.lab], async ({ facility, connection }) => {
    const person = await personOf(flags, connection);
    const answer = question.ask(facility, person, at);
    process.stderr.write(notes(facility));
    process.stdout.write(flags.output === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : `${printable(answer.sentence)}\n`);
    return answer.allowed ? 0 : 1;
  });
}

interface Asked {
  lab: string;
  ask: (facility: Facility, person: Person, at: number) => Answer;
}

/** @throws CommandFailed when words and flags make no question */
function read(words: string[], flags: Flags): Asked {
  const [first = '', second, ...more] = words;
  if (flags.task !== undefined) {
    if (second !== undefined) throw new CommandFailed('error: with --task give one PLACE and no verb');
    const [task, place] = [taskNamed(flags.task), parsePlace(first)];
    return { lab: place.lab, ask: (facility, person, at) => askTask(facility, { ...taskRequest(task, place, flags), person, at }) };
  }
  if (second === undefined || more.length > 0) throw new CommandFailed('error: give a verb and a place: can-i read smith:projects/p1');
  if (!permissionPattern.test(first))
    throw new CommandFailed(`error: "${first}" is no verb; there are ${platformVerbs.join(', ')}, and app:resource.verb`);
  if (flags.instance !== undefined) {
    const { instance } = flags;
    if (first !== 'compute') throw new CommandFailed('error: --instance goes with the verb compute');
    return { lab: second, ask: (facility, person, at) => askInstance(facility, second, instance, person, at) };
  }
  const place = parsePlace(second);
  return { lab: place.lab, ask: (facility, person, at) => askPlace(facility, person, place, first, at) };
}

export function askPlace(facility: Facility, person: Person, place: Place, verb: string, at: number): Answer {
  requirePlace(facility, place);
  const question = { person, place, verb, at };
  const decision = can(facility.model, question);
  return { allowed: decision.allowed, sentence: explain(question, decision), rule: decision.rule };
}

/** Whoever runs something in the name of an instance holds compute in the lab and is in its audience. */
export function askInstance({ model, instances }: Facility, lab: string, name: string, person: Person, at: number): Answer {
  const ofLab = instances.filter(({ metadata }) => metadata.namespace === namespaceOf(lab));
  const instance = ofLab.find(({ metadata }) => metadata.name === name);
  if (!instance)
    throw new CommandFailed(
      `error: lab "${lab}" has no instance "${name}"; it has: ${ofLab.map(({ metadata }) => metadata.name).join(', ') || 'none'}`,
    );
  const { allowed, why, rule } = mayUse(model, instanceFacts(instance), person, at);
  return {
    allowed,
    sentence: `${person.user ?? 'anybody (not logged in)'} ${allowed ? 'may' : 'may not'} compute as ${lab}/${name}: ${why}`,
    rule,
  };
}

export function askTask(facility: Facility, request: TaskRequest): Answer {
  requirePlace(facility, request.here);
  const decision = mayDo(facility.model, request);
  const { person, task, here } = request;
  const who = person.user ?? 'anybody (not logged in)';
  const what = `${who} ${decision.allowed ? 'may' : 'may not'} do ${task.id} "${task.title}" at ${placeText(here)}`;
  if (decision.allowed) return { allowed: true, sentence: `${what}: every permission that it needs is held` };
  const { missing, place, rule } = decision;
  return {
    allowed: false,
    sentence: `${what}: it needs ${missing.join(' or ')} at ${placeText(place)}, and there: ${ruleText(rule)}`,
    rule,
  };
}

/** By number, by the whole title, or by a part that only one title has.
 *  @throws CommandFailed with the titles that could be meant */
export function taskNamed(text: string): Task {
  const wanted = text.toLowerCase();
  const number = tasks.find(({ id }) => id.toLowerCase() === wanted);
  if (number) return number;
  const plain = (title: string) => title.toLowerCase().replaceAll('’', "'").replaceAll(/[“”]/g, '"');
  const after = (title: string) => plain(title).slice(title.indexOf(': ') + 2);
  const whole = tasks.filter(({ title }) => plain(title) === wanted || after(title) === wanted);
  const parts = whole.length > 0 ? whole : tasks.filter(({ title }) => plain(title).includes(wanted));
  if (parts.length === 1) return parts[0]!;
  const shown = (parts.length > 0 ? parts : tasks).map(({ id, title }) => `  ${id}  ${title}`).join('\n');
  throw new CommandFailed(`error: --task "${text}" ${parts.length > 0 ? 'could be several tasks' : 'is no task'}; there are:\n${shown}`);
}

export function taskRequest(task: Task, here: Place, flags: TaskPlaces): Omit<TaskRequest, 'person' | 'at'> {
  if (!flags.source && task.needs.some(({ where }) => where === 'Source'))
    throw new CommandFailed(`error: ${task.id} reads another experiment; name it with --source`);
  const above: Place[] = here.path.length > 0 ? [{ ...here, path: here.path.slice(0, -1) }] : [];
  const given: Partial<Record<Exclude<Where, 'Here'>, string[] | undefined>> = {
    Source: flags.source,
    Parent: flags.parent,
    NewParent: flags.newParent,
    OldParent: flags.oldParent,
    Below: flags.below,
  };
  const places = Object.fromEntries(Object.entries(given).flatMap(([where, texts]) => (texts ? [[where, texts.map(parsePlace)]] : [])));
  return { task, here, places: { Parent: above, OldParent: above, ...places }, replacing: flags.replacing ?? false };
}

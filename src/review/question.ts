// What may be asked of POST /v1/review, shaped like a SubjectAccessReview: who, where, and what, as a verb or as a task of CellEngine. Strict: what
// nobody understands is refused, never left out, because a question that is half understood has a wrong answer.
import { z } from 'zod';
import { tasks, type Where } from '../access/cellengine.ts';
import type { Person, Place } from '../access/facts.ts';
import { permissionPattern } from '../api/datarole.ts';
import { dnsLabel, relativePathRule } from '../api/schema.ts';

const [segment] = /\[A-Za-z0-9\].*?\}/.exec(relativePathRule[0]) ?? [''];
const path = z
  .string()
  .max(512)
  .regex(new RegExp(`^(${segment}(/${segment})*)?$`), relativePathRule[1])
  .describe('Relative to the root of the volume; empty: the root itself.');
const otherPlace = z.strictObject({ lab: dnsLabel.optional(), volume: dnsLabel.optional(), path });
const others = z.array(otherPlace).min(1).max(256).optional();

const spec = z
  .strictObject({
    user: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('As the API server or the identity provider names the person. Absent: nobody is logged in.'),
    groups: z.array(z.string().min(1).max(253)).max(256).default([]).describe('Groups that the identity provider gives the person.'),
    lab: dnsLabel,
    volume: dnsLabel,
    path: path.default(''),
    verb: z.string().max(128).regex(permissionPattern).optional().describe('A platform verb, or app:resource.verb.'),
    task: z
      .enum(tasks.map(({ id }) => id))
      .optional()
      .describe('A task of CellEngine by its number, CE-T01 to CE-T92.'),
    places: z
      .strictObject({ source: others, parent: others, newParent: others, oldParent: others, below: others })
      .default({})
      .describe(
        'Further places of the task; lab and volume are those of the question unless they say otherwise. Absent: the task has none.',
      ),
    replacing: z.boolean().default(false).describe('Whether the task replaces what it reads.'),
    visit: z.boolean().default(false).describe('true: the person is there now, which counts as a visit of the lab (CM-22).'),
  })
  .refine(({ verb, task }) => (verb === undefined) !== (task === undefined), 'exactly one of verb and task must be there')
  .refine(
    ({ user, groups }) => user !== undefined || groups.length === 0,
    'groups without a user: nobody who is not logged in is in a group',
  )
  .refine(
    ({ task, places }) => !needs(task, 'Source') || places.source !== undefined,
    'this task reads from somewhere else: places.source must be there',
  );

export const ReviewRequest = z.strictObject({
  apiVersion: z.literal('review.bulkhead.science/v1').optional(),
  kind: z.literal('Review').optional(),
  spec,
});
export type ReviewSpec = z.output<typeof spec>;

const needs = (id: string | undefined, where: Where) =>
  tasks.find((task) => task.id === id)?.needs.some((need) => need.where === where) ?? false;

const segments = (text: string): string[] => (text === '' ? [] : text.split('/'));

export const personOf = ({ user, groups }: ReviewSpec): Person => (user === undefined ? {} : { user, groups });
export const hereOf = ({ lab, volume, path }: ReviewSpec): Place => ({ lab, volume, path: segments(path) });
/** Every further place, by what it is to the task. */
export function othersOf({
  lab,
  volume,
  places: { source, parent, newParent, oldParent, below },
}: ReviewSpec): Record<Exclude<Where, 'Here'>, Place[]> {
  const placed = (list: typeof source = []): Place[] =>
    list.map((one) => ({ lab: one.lab ?? lab, volume: one.volume ?? volume, path: segments(one.path) }));
  return {
    Source: placed(source),
    Parent: placed(parent),
    NewParent: placed(newParent),
    OldParent: placed(oldParent),
    Below: placed(below),
  };
}

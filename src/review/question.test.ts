import { expect, test } from 'vitest';
import { ReviewRequest } from './question.ts';

const nothing = { user: 'jo', lab: 'smith', volume: 'projects', path: 'p1' };
const spec = { ...nothing, verb: 'read' };

test.for<[string, object]>([
  ['a verb', spec],
  ['the root', { ...spec, path: '' }],
  ['nobody who is logged in', { ...spec, user: undefined }],
  ['a task with its places', { ...nothing, task: 'CE-T26', places: { source: [{ lab: 'other', volume: 'raw', path: 'a/b' }] } }],
])('%s can be asked', ([, spec]) => {
  expect(ReviewRequest.safeParse({ spec }).success).toBe(true);
});

test.for<[string, object, string]>([
  ['neither verb nor task', nothing, 'exactly one of verb and task'],
  ['both', { ...spec, task: 'CE-T01' }, 'exactly one of verb and task'],
  ['a task that does not exist', { ...nothing, task: 'CE-T93' }, 'task'],
  ['a task that reads from somewhere, and not where', { ...nothing, task: 'CE-T26' }, 'places.source'],
  ['a verb that is none', { ...spec, verb: 'fly' }, 'verb'],
  ['a path that leaves the volume', { ...spec, path: '../x' }, 'path'],
  ['an absolute path', { ...spec, path: '/p1' }, 'path'],
  ['an empty segment', { ...spec, path: 'a//b' }, 'path'],
  ['a hidden segment', { ...spec, path: '.ssh' }, 'path'],
  ['groups of nobody', { ...spec, user: undefined, groups: ['g'] }, 'groups without a user'],
  ['a field that nobody knows', { ...spec, action: 'read' }, 'action'],
])('%s is refused with its name', ([, spec, says]) => {
  const { error } = ReviewRequest.safeParse({ spec });
  expect(JSON.stringify(error?.issues)).toContain(says);
});

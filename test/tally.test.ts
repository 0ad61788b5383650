import { expect, test } from 'vitest';
import { closingLine, countsOf, type FileResult } from './tally.ts';

const file = (broken: boolean, ...states: FileResult['tests'][number]['state'][]): FileResult => ({
  broken,
  tests: states.map((state) => ({ name: `is ${state}`, state })),
});

test('counts what passed, failed and was skipped', () => {
  expect(countsOf([file(true, 'passed', 'passed', 'failed'), file(false, 'skipped', 'passed')], 1)).toEqual({
    passed: 3,
    failed: 1,
    skipped: 1,
  });
});

test('counts a file that cannot be loaded, or whose preparation failed, as a failure', () => {
  expect(countsOf([file(true), file(true, 'skipped'), file(false, 'passed')], 1)).toEqual({ passed: 1, failed: 2, skipped: 1 });
});

test('counts a run that left no results, or had no tests, as a failure', () => {
  expect(countsOf(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countsOf([], 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('counts a failure outside all tests', () => {
  expect(countsOf([file(false, 'passed')], 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('closes with the sum in plain words, and names skipped tests only when there are some', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

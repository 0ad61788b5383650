import { expect, test } from 'vitest';
import { closingLine, countsOf } from './tally.ts';

const report = (...files: { status: string; tests: string[] }[]) =>
  JSON.stringify({
    testResults: files.map(({ status, tests }) => ({
      name: 'file',
      status,
      assertionResults: tests.map((state) => ({ fullName: `is ${state}`, status: state })),
    })),
  });

test('counts what passed, failed and was skipped', () => {
  const { counts, skipped } = countsOf(report({ status: 'failed', tests: ['passed', 'passed', 'failed', 'skipped'] }), 1);
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1 });
  expect(skipped).toEqual([{ name: 'is skipped' }]);
});

test('counts a file that cannot be loaded as a failure', () => {
  expect(countsOf(report({ status: 'failed', tests: [] }, { status: 'passed', tests: ['passed'] }), 1).counts).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  });
});

test('counts a run without a report as a failure', () => {
  expect(countsOf(undefined, 1).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('counts a failure outside all tests', () => {
  expect(countsOf(report({ status: 'passed', tests: ['passed'] }), 1).counts).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('closes with the sum in plain words, and names skipped tests only when there are some', () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

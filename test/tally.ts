// What a run of tests came to, and the closing line of `npm test`.

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** One file of tests as `reporter.ts` leaves it. */
export interface FileResult {
  /** Something in the file failed: a test, a hook, or loading it. */
  broken: boolean;
  tests: { name: string; state: 'passed' | 'failed' | 'skipped' | 'pending' /** Given by the test with `skip('why')`. */; why?: string }[];
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };
export const plus = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** `12 passed, 0 failed`, with `, 1 skipped` when something was. */
export const closingLine = ({ passed, failed, skipped }: Counts) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** Counts of one run. A file that is broken without a failed test, a run that left no results, and a run without tests count as one failure each.
 * @param files undefined when the run left nothing */
export function countsOf(files: FileResult[] | undefined, exitCode: number): Counts {
  const tests = files?.flatMap((file) => file.tests) ?? [];
  const broken = files?.filter((file) => file.broken && !file.tests.some(({ state }) => state === 'failed')) ?? [];
  const counts = {
    passed: tests.filter(({ state }) => state === 'passed').length,
    failed: tests.filter(({ state }) => state === 'failed').length + broken.length,
    skipped: tests.filter(({ state }) => state === 'skipped' || state === 'pending').length,
  };
  const nothingRan = tests.length === 0;
  return counts.failed === 0 && (exitCode !== 0 || nothingRan) ? { ...counts, failed: 1 } : counts;
}

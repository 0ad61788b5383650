// What a run of vitest came to, read from its JSON report, and the closing line of `npm test`.

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
export interface Skipped {
  name: string;
  /** Given by the test with `skip('why')`. */
  why?: string;
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

interface Report {
  testResults: {
    name: string;
    status: string;
    assertionResults: { fullName: string; status: string; meta?: { skipped?: string } }[];
  }[];
}

/** Counts of one report. A file that could not even be loaded, a missing report and a failure outside all tests each count as one failed test. */
export function countsOf(report: string | undefined, exitCode: number): { counts: Counts; skipped: Skipped[] } {
  if (report === undefined) return { counts: { ...noCounts, failed: 1 }, skipped: [] };
  const { testResults } = JSON.parse(report) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const counts = {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + brokenFiles.length,
    skipped: skipped.length,
  };
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return { counts, skipped: skipped.map(({ fullName, meta }) => ({ name: fullName, ...(meta?.skipped ? { why: meta.skipped } : {}) })) };
}

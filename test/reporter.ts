// Vitest reporter that leaves the tally of a run in the file that BULKHEAD_TALLY names, for test/main.ts. The run's own display is another reporter's.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { FileResult } from './tally.ts';

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((module): FileResult => {
      const tests = [...module.children.allTests()].map((test) => {
        const result = test.result();
        return { name: test.fullName, state: result.state, ...(result.state === 'skipped' && result.note && { why: result.note }) };
      });
      return { broken: module.state() === 'failed', tests };
    });
    if (process.env.BULKHEAD_TALLY) writeFileSync(process.env.BULKHEAD_TALLY, JSON.stringify(files));
  }
}

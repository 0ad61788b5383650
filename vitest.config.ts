// Three tiers of tests. Unit tests need nothing; integration tests need a control plane; e2e tests need a node. `npm test` runs them in order
// and brings the cluster up; a tier alone: `npm run test:unit`.
import { defineConfig } from 'vitest/config';
import { Sequencer } from './test/sequencer.ts';

/** A busy machine is slow, not wrong: polls end as soon as the state is there. */
const expect = { poll: { timeout: 15_000 } };
const outsideUnit = ['test/integration/**', 'test/attacks/**', 'test/e2e/**'];

export default defineConfig({
  test: {
    sequence: { sequencer: Sequencer },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], exclude: outsideUnit, expect, testTimeout: 30_000 } },
      {
        // Every file has a control plane of its own. Mostly they wait for something, so two files at a time keep two cores busy.
        test: {
          name: 'integration',
          expect,
          include: ['test/integration/**/*.test.ts', 'test/attacks/apiserver/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      {
        // One story on one node: a later chapter needs what an earlier one left.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/attacks/node/**/*.test.ts'],
          globalSetup: ['test/e2e/setup.ts'],
          fileParallelism: false,
          sequence: { concurrent: false },
          testTimeout: 180_000,
          hookTimeout: 2_400_000,
        },
      },
    ],
  },
});
